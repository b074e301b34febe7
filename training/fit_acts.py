"""Fit the act matcher so that it works on SOPs it has never seen.

Everything is learnt from features computed for SOPs held out: the projection that makes a pair's features never saw
the SOP of that pair, and the calibration never saw the SOP in the trees.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from models.act_features import FEATURES, ActSpace, pair_features, prepare
from models.act_matcher import BoostedActMatcher, peaks
from models.linear import logit, sigmoid
from models.ngrams import NgramSpace
from models.protocols import ActText, Matrix
from models.tasks import RED_LINES
from models.trees import Trees
from training.act_space import fit_act_space
from training.data import Data, Json, Labelled, obligation_acts, own_red_line_acts, step_acts
from training.fit_alignment import align_held_out, fit_alignment
from training.fit_stack import Readers

TREES, DEPTH, RATE, SEED = 200, 4, 0.06, 0
GROUPS = 9
READ = np.array(["read" in name for name in FEATURES])


@dataclass(frozen=True)
class Pairs:
    """Pairs of turn and act of one kind in one conversation: features, truth, and which act a pair is of."""

    features: Matrix
    holds: NDArray[np.bool_]
    column: NDArray[np.int64]
    kind: str
    sop: str
    conversation: str


@dataclass(frozen=True)
class FittedActs:
    """The matcher, and held-out probabilities per block of pairs for the evaluation of the run."""

    matcher: BoostedActMatcher
    pairs: Sequence[Pairs]
    held_out: Sequence[Matrix]


def act_pairs(data: Data, ngrams: NgramSpace, readers: Readers, *, progress: Any = iter) -> list[Pairs]:
    """All pairs with features from a space, and an encoder, that never saw the SOP of the pair."""
    pairs: list[Pairs] = []
    for group in progress(sop_groups(data)):
        space = fit_act_space(data, ngrams, without=set(group))
        for sop in group:
            read = replace(space, matching=readers({sop}))
            pairs += [block for c in data.conversations if c.sop == sop for block in _pairs(c, data.sops[sop], read)]
    return pairs


def fit_matcher(pairs: Sequence[Pairs], groups: Sequence[Sequence[str]], space: ActSpace) -> FittedActs:
    """Trees and calibration over pairs; `space` is what the matcher will see the world through."""
    if space.matching is None:
        pairs = [replace(block, features=without_reading(block.features)) for block in pairs]
    unaligned = _held_out(pairs, groups)
    held_out = _aligned(pairs, unaligned)
    matcher = BoostedActMatcher(
        space=space,
        trees=fit_trees(pairs),
        alignment=fit_alignment(*courses_of(pairs, [logit(part) for part in unaligned])),
        calibration=fit_calibration(pairs, held_out),
    )
    return FittedActs(matcher, pairs, held_out)


def courses_of(pairs: Sequence[Pairs], values: Sequence[Matrix]) -> tuple[list[Matrix], list[Matrix]]:
    """Values and truth of each conversation's steps, each (agent turns, steps)."""
    steps = [(block, value) for block, value in zip(pairs, values, strict=True) if block.kind == "step"]
    widths = [int(block.column.max()) + 1 for block, _ in steps]
    return (
        [value.reshape(-1, width) for (_, value), width in zip(steps, widths, strict=True)],
        [block.holds.reshape(-1, width).astype(float) for (block, _), width in zip(steps, widths, strict=True)],
    )


def _aligned(pairs: Sequence[Pairs], held_out: Sequence[Matrix]) -> list[Matrix]:
    """The steps' probabilities after alignment, the other acts' as they are."""
    groups = [block.sop for block in pairs if block.kind == "step"]
    aligned = iter(align_held_out(*courses_of(pairs, held_out), groups))
    return [
        next(aligned).ravel() if block.kind == "step" else part for block, part in zip(pairs, held_out, strict=True)
    ]


def without_reading(features: Matrix) -> Matrix:
    """Features as they are where no encoder reads."""
    return np.where(READ, 0.0, features)


def sop_groups(data: Data, *, at_most: int = GROUPS) -> list[list[str]]:
    """The SOPs in at most so many groups: one group is held out at a time."""
    names = sorted({conversation.sop for conversation in data.conversations})
    count = min(at_most, len(names))
    return [names[start::count] for start in range(count)]


def _pairs(conversation: Labelled, sop: Json, space: ActSpace) -> Iterator[Pairs]:
    gold = conversation.gold
    steps = {(turn, step["id"]) for step in gold["steps"] for turn in step["turns"]}
    yield from _block(conversation, "step", step_acts(sop), [s["id"] for s in sop["steps"]], steps, space=space)
    if "obligations" in gold:
        yield from _obligation_pairs(conversation, sop, space)
    if "red_lines" in gold:
        yield from _own_red_line_pairs(conversation, sop, space)


def _obligation_pairs(conversation: Labelled, sop: Json, space: ActSpace) -> Iterator[Pairs]:
    gold = conversation.gold
    ids = [obligation["id"] for obligation in sop.get("obligations", [])]
    triggers = {(episode["trigger_turn"], episode["id"]) for episode in gold["obligations"]}
    yield from _block(conversation, "trigger", obligation_acts(sop, "trigger"), ids, triggers, space=space)
    responses = {(e["response_turn"], e["id"]) for e in gold["obligations"] if e["met"]}
    windows = _response_windows(conversation, sop)
    yield from _block(
        conversation, "response", obligation_acts(sop, "response"), ids, responses, space=space, only=windows
    )


def _own_red_line_pairs(conversation: Labelled, sop: Json, space: ActSpace) -> Iterator[Pairs]:
    own = own_red_line_acts(sop, RED_LINES)
    own_ids = [
        line["id"] for line in sop.get("red_lines", []) if isinstance(line, dict) and line["id"] not in RED_LINES
    ]
    lines = {(line["turn"], line["id"]) for line in conversation.gold["red_lines"]}
    yield from _block(conversation, "red_line", own, own_ids, lines, space=space)


def _response_windows(conversation: Labelled, sop: Json) -> set[tuple[int, str]]:
    """Pairs that are asked about at all: agent turns soon after a trigger."""
    within = {o["id"]: o["within"] for o in sop.get("obligations", [])}
    asked = set()
    for episode in conversation.gold["obligations"]:
        first = episode["trigger_turn"]
        for turn in range(first + 1, min(len(conversation.turns), first + 2 * within[episode["id"]] + 1)):
            asked.add((turn, episode["id"]))
    return asked


def _block(
    conversation: Labelled,
    kind: str,
    acts: Sequence[ActText],
    ids: Sequence[str],
    true: set[tuple[int, str]],
    *,
    space: ActSpace,
    only: set[tuple[int, str]] | None = None,
) -> Iterator[Pairs]:
    chosen = np.array(
        [
            [
                t.speaker == act.speaker and (only is None or (i, name) in only)
                for act, name in zip(acts, ids, strict=True)
            ]
            for i, t in enumerate(conversation.turns)
        ],
        dtype=bool,
    ).reshape(len(conversation.turns), len(acts))
    if not chosen.any():
        return
    features = pair_features(conversation.turns, prepare(acts, space), space)
    holds = np.array([[(i, name) in true for name in ids] for i in range(len(conversation.turns))])
    column = np.broadcast_to(np.arange(len(acts)), chosen.shape)
    yield Pairs(features[chosen], holds[chosen], column[chosen], kind, conversation.sop, conversation.id)


def fit_trees(pairs: Sequence[Pairs]) -> Trees:
    """Boost trees over all pairs and take them out of scikit-learn as arrays."""
    features = np.concatenate([block.features for block in pairs])
    holds = np.concatenate([block.holds for block in pairs])
    boosted = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_depth=DEPTH,
        learning_rate=RATE,
        min_samples_leaf=20,
        early_stopping=False,
        random_state=SEED,
    )
    return to_arrays(boosted.fit(features, holds))


def to_arrays(boosted: HistGradientBoostingClassifier) -> Trees:
    """Pad the trees to one size; a leaf points to itself."""
    grown = [stage[0].nodes for stage in boosted._predictors]
    shape = (len(grown), max(len(nodes) for nodes in grown))
    feature, left, right = (np.zeros(shape, dtype=np.int32) for _ in range(3))
    threshold, value = np.zeros(shape), np.zeros(shape)
    for row, nodes in enumerate(grown):
        n, leaf = len(nodes), nodes["is_leaf"].astype(bool)
        feature[row, :n] = np.where(leaf, 0, nodes["feature_idx"])
        threshold[row, :n] = np.where(leaf, 0.0, nodes["num_threshold"])
        left[row, :n] = np.where(leaf, np.arange(n), nodes["left"])
        right[row, :n] = np.where(leaf, np.arange(n), nodes["right"])
        value[row, :n] = np.where(leaf, nodes["value"], 0.0)
    return Trees(feature, threshold, left, right, value, float(boosted._baseline_prediction.item()), DEPTH)


def _held_out(pairs: Sequence[Pairs], groups: Sequence[Sequence[str]]) -> list[Matrix]:
    """Probabilities of every block by trees that never saw its SOP."""
    trees: Mapping[str, Trees] = {
        name: fitted
        for group in groups
        for fitted in [fit_trees([block for block in pairs if block.sop not in group])]
        for name in group
    }
    return [sigmoid(trees[block.sop].log_odds(block.features)) for block in pairs]


def fit_calibration(pairs: Sequence[Pairs], held_out: Sequence[Matrix]) -> Matrix:
    """P(step done anywhere) from the peaks of its turns: weights of `peaks`, then the bias."""
    shown, done = peaks_and_done(pairs, held_out)
    if done.all() or not done.any():
        # Nothing to tell apart: trust the turns as they are.
        return np.array([0.0, 0.0, 1.0, 0.0])
    fitted = LogisticRegression(C=1.0).fit(shown, done)
    calibration: Matrix = np.append(fitted.coef_[0], fitted.intercept_[0])
    return calibration


def peaks_and_done(pairs: Sequence[Pairs], held_out: Sequence[Matrix]) -> tuple[Matrix, NDArray[np.bool_]]:
    """For every step of every conversation its peaks, and whether it was done."""
    shown, done = [], []
    for block, probabilities in zip(pairs, held_out, strict=True):
        if block.kind != "step":
            continue
        for act in range(int(block.column.max()) + 1):
            mine = block.column == act
            shown.append(peaks(probabilities[mine][:, None])[0])
            done.append(bool(block.holds[mine].any()))
    return np.array(shown), np.array(done)
