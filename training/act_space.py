"""Fit the space in which what is said and what an act means are compared.

One ridge regression from n-grams to two targets: which act of which SOP a sentence performs, and the meaning of that
act (its wording, by latent semantic analysis). The second target is shared by acts that are worded alike in different
SOPs, which is why it carries over to SOPs never seen.
"""

from collections.abc import Iterator

import numpy as np
from scipy.sparse.linalg import svds

from models.act_features import ActSpace, unit_rows, wording
from models.ngrams import NgramSpace
from models.protocols import Matrix
from training.data import Data, Json, Labelled, obligation_acts, step_acts

DIMENSIONS = 64
MEANINGS = 128
RIDGE = 1.0
# Of the turns that perform no act every third is enough to show what that looks like, at a ninth of the cost.
OTHER_TURNS = 3


def fit_act_space(data: Data, ngrams: NgramSpace, *, without: set[str]) -> ActSpace:
    """Learn the projections from every SOP but those of `without`."""
    names, wordings = _wordings(data, without)
    meanings = _meanings(ngrams, wordings)
    texts, performed = _sentences(data, without)
    vectors = unit_rows(ngrams.rows(wordings) @ meanings)
    membership = np.zeros((len(texts), len(names)))
    for row, name in enumerate(performed):
        if name:
            membership[row, names.index(name)] = 1.0
    weights = _ridge(ngrams, texts, np.hstack([membership - membership.mean(axis=0), membership @ vectors]))
    return ActSpace(ngrams, _reduced(weights[:, : len(names)]), meanings, weights[:, len(names) :])


def _ridge(ngrams: NgramSpace, texts: list[str], targets: Matrix) -> Matrix:
    """Weights (size, targets) in the dual form: as many unknowns as sentences, far fewer than n-grams."""
    rows = ngrams.rows(texts)
    kernel = (rows @ rows.T).toarray() + RIDGE * np.eye(len(texts))
    weights: Matrix = rows.T @ np.linalg.solve(kernel, targets)
    return weights


def _reduced(weights: Matrix) -> Matrix:
    """The strongest directions: weights = U S V' gives U S = weights V, and V is cheap from the small Gram matrix."""
    _, directions = np.linalg.eigh(weights.T @ weights)
    reduced: Matrix = weights @ directions[:, ::-1][:, :DIMENSIONS]
    return reduced


def _meanings(ngrams: NgramSpace, wordings: list[str]) -> Matrix:
    rows = ngrams.rows(wordings)
    kept = min(MEANINGS, rows.shape[0] - 1)
    _, _, directions = svds(rows, k=kept, rng=np.random.default_rng(0))
    return np.ascontiguousarray(directions.T)


def _wordings(data: Data, without: set[str]) -> tuple[list[str], list[str]]:
    """Names (`sop/act`) and wordings of all steps and triggers."""
    found = []
    for name, sop in data.sops.items():
        if name in without:
            continue
        found += [(f"{name}/{s['id']}", wording(act)) for s, act in zip(sop["steps"], step_acts(sop), strict=True)]
        triggers = zip(sop.get("obligations", []), obligation_acts(sop, "trigger"), strict=True)
        found += [(f"{name}/{o['id']}", wording(act)) for o, act in triggers]
    return [name for name, _ in found], [text for _, text in found]


def _sentences(data: Data, without: set[str]) -> tuple[list[str], list[str]]:
    """Sentences with the act they perform (`sop/act`), and turns that perform none ("")."""
    named = [pair for name, sop in data.sops.items() if name not in without for pair in _examples(name, sop)]
    for conversation in data.conversations:
        if conversation.sop in without:
            continue
        performed = _performed(conversation)
        for index, turn in enumerate(conversation.turns):
            acts = performed.get(index)
            if acts:
                named += [(turn.text, f"{conversation.sop}/{act}") for act in acts]
            elif index % OTHER_TURNS == 0:
                named.append((turn.text, ""))
    return [text for text, _ in named], [name for _, name in named]


def _examples(name: str, sop: Json) -> Iterator[tuple[str, str]]:
    parts = [(step["id"], step) for step in sop["steps"]]
    parts += [(obligation["id"], obligation["trigger"]) for obligation in sop.get("obligations", [])]
    for act_id, part in parts:
        yield from ((str(sentence), f"{name}/{act_id}") for sentence in part.get("examples") or ())


def _performed(conversation: Labelled) -> dict[int, list[str]]:
    acts: dict[int, list[str]] = {}
    for step in conversation.gold["steps"]:
        for turn in step["turns"]:
            acts.setdefault(turn, []).append(step["id"])
    for episode in conversation.gold["obligations"]:
        acts.setdefault(episode["trigger_turn"], []).append(episode["id"])
    return acts
