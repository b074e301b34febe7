"""Fit the space in which what is said and what an act means are compared.

One ridge regression from n-grams to three targets: which act of which SOP a sentence performs (a random code for each
act, of which there are too many for a column each), the meaning of that act (its wording, by latent semantic
analysis), and whether it performs any act. The second target is shared by acts that are worded alike in different
SOPs, which is why it carries over to SOPs never seen.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.sparse.linalg import svds

from models.act_features import ActSpace, wording
from models.matching import unit_rows
from models.ngrams import NgramSpace
from models.protocols import Matrix
from training.data import Data, Json, obligation_acts, step_acts

DIMENSIONS = 64
MEANINGS = 128
RIDGE = 1.0
# Conjugate gradients: with unit rows and this ridge the residual is below a thousandth after so many steps.
STEPS = 60
# Of the turns that perform no act every third is enough to show what that looks like, at a ninth of the cost.
OTHER_TURNS = 3


def fit_act_space(data: Data, ngrams: NgramSpace, *, without: set[str]) -> ActSpace:
    """Learn the projections from every SOP but those of `without`."""
    names, wordings = _wordings(data, without)
    meanings = _meanings(ngrams, wordings)
    texts, performed = _sentences(data, without)
    vectors = unit_rows(ngrams.rows(wordings) @ meanings)
    codes = np.random.default_rng(0).normal(scale=DIMENSIONS**-0.5, size=(len(names), DIMENSIONS))
    known = {name: index for index, name in enumerate(names)}
    targets = np.zeros((len(texts), DIMENSIONS + MEANINGS + 1))
    for row, name in enumerate(performed):
        if name:
            targets[row] = np.concatenate([codes[known[name]], vectors[known[name]], [1.0]])
    weights = _ridge(ngrams, texts, targets)
    return ActSpace(ngrams, weights[:, :DIMENSIONS], meanings, weights[:, DIMENSIONS:-1], weights[:, -1])


def _ridge(ngrams: NgramSpace, texts: list[str], targets: Matrix) -> Matrix:
    """Weights (size, targets) by conjugate gradients in the dual form, all targets at once."""
    rows = ngrams.rows(texts)
    duals = np.zeros_like(targets)
    residual = targets.copy()
    direction = residual.copy()
    norms = np.einsum("ij,ij->j", residual, residual)
    for _ in range(STEPS):
        image = rows @ (rows.T @ direction) + RIDGE * direction
        stride = norms / np.maximum(np.einsum("ij,ij->j", direction, image), 1e-30)
        duals += stride * direction
        residual -= stride * image
        previous, norms = norms, np.einsum("ij,ij->j", residual, residual)
        direction = residual + (norms / np.maximum(previous, 1e-30)) * direction
    weights: Matrix = rows.T @ duals
    return weights


def _meanings(ngrams: NgramSpace, wordings: list[str]) -> Matrix:
    rows = ngrams.rows(wordings)
    kept = min(MEANINGS, rows.shape[0] - 1)
    _, _, directions = svds(rows, k=kept, rng=np.random.default_rng(0))
    return np.pad(directions.T, ((0, 0), (0, MEANINGS - kept)))


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
        performed = conversation.performed()
        for index, turn in enumerate(conversation.turns):
            acts = _known_by_wording(performed.get(index, ()))
            if acts:
                named += [(turn.text, f"{conversation.sop}/{act}") for act in acts]
            elif index % OTHER_TURNS == 0:
                named.append((turn.text, ""))
    for single in data.act_turns:
        if single.sop not in without:
            acts = _known_by_wording(sorted(single.acts))
            named += [(single.turn.text, f"{single.sop}/{act}") for act in acts] or [(single.turn.text, "")]
    return [text for text, _ in named], [name for _, name in named]


def _examples(name: str, sop: Json) -> Iterator[tuple[str, str]]:
    parts = [(step["id"], step) for step in sop["steps"]]
    parts += [(obligation["id"], obligation["trigger"]) for obligation in sop.get("obligations", [])]
    for act_id, part in parts:
        yield from ((str(sentence), f"{name}/{act_id}") for sentence in part.get("examples") or ())


def _known_by_wording(acts: Iterable[str]) -> list[str]:
    """Ids of steps and triggers; a response is no act of the space: what answers a trigger is known by the trigger."""
    return [act[2:] for act in acts if act[0] in "st"]
