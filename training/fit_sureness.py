"""How likely a reported item is right, learnt from items of conversations held out; and from where on it may stand.

The confidence of an item is a logistic regression over its signals (`models.findings`), one for each kind of item.
Its bound (`unsure_below` of the rulebook) is looked for on confidences that come from SOPs the regression never saw.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.protocols import Matrix
from models.sureness import BIAS, PLAIN, PROBABILITY, Signals, Sureness
from models.tasks import DETECTED
from training.abstention import Decided, decided
from training.calibration import ENOUGH
from training.data import Data
from training.held_out_turns import HeldOutTurns
from training.items import Judged, judged_items, verdicts
from training.rulebook_files import Rulebook

FOLDS = 5
# Inverse strength of the L2 penalty on the signals' weights.
C = 0.1
DIGITS = 4
# The bounds of the rulebook, and the kinds of items each holds for.
BOUNDED: Mapping[str, tuple[str, ...]] = {
    "red_line": ("red_line",),
    "grievance": ("complaint", "no_complaint", "refund", "no_refund"),
    "reason": ("complaint_reason", "refund_reason"),
    "need": ("need",),
    "promise": ("promise",),
}
WRONG_SHARES = (0.05, 0.10)


def held_out_items(data: Data, held_out: HeldOutTurns, rulebook: Rulebook) -> list[Judged]:
    """The items of all conversations, from classifiers that never saw their SOPs.

    What decides on complaints and refunds was learnt without their SOPs as well.
    """
    turns = {c.sop: held_out.without(c.sop) for c in data.conversations}
    first = [judged for c in data.conversations for judged in verdicts(c, turns[c.sop], rulebook)]
    decides = {sop: sureness for sops, sureness in _without(first) for sop in sops}
    return [
        judged
        for c in data.conversations
        for judged in judged_items(c, data.sops[c.sop], turns[c.sop], rulebook, sureness=decides.get(c.sop, PLAIN))
    ]


def _without(items: Sequence[Judged]) -> Iterator[tuple[set[str], Sureness]]:
    """SOPs, and weights learnt without them; every SOP is left out once."""
    groups = [judged.sop for judged in items]
    if len(set(groups)) >= FOLDS:
        for train, test in GroupKFold(FOLDS, shuffle=True, random_state=0).split(groups, groups=groups):
            yield {groups[i] for i in test}, fit_sureness([items[i] for i in train])


def fit_sureness(items: Sequence[Judged]) -> Sureness:
    """Weights of each kind of item; none for a kind that is (nearly) never wrong or never right.

    Those of a complaint or refund tell whether there is one, whatever was answered.
    """
    weights = {}
    learnt = [(_learnt(judged), judged) for judged in items]
    for kind in sorted({kind for (kind, _), _ in learnt}):
        mine = [(_signals(judged), holds) for (known, holds), judged in learnt if known == kind]
        holding = sum(holds for _, holds in mine)
        if min(holding, len(mine) - holding) >= ENOUGH:
            weights[kind] = _weights(mine)
    return Sureness(weights)


def _learnt(judged: Judged) -> tuple[str, bool]:
    """The kind an item teaches, and what of it: there is such a thing, or the item is right."""
    kind = judged.item.kind
    return (kind.removeprefix("no_"), not judged.right) if kind.startswith("no_") else (kind, judged.right)


def _weights(items: Sequence[tuple[Signals, bool]]) -> dict[str, float]:
    signals = DictVectorizer()
    rows = signals.fit_transform([known for known, _ in items])
    fitted = LogisticRegression(C=C, max_iter=2000).fit(rows, [holds for _, holds in items])
    pairs = zip(signals.get_feature_names_out(), fitted.coef_[0], strict=True)
    return {BIAS: round(float(fitted.intercept_[0]), DIGITS)} | {
        name: round(float(weight), DIGITS) for name, weight in pairs
    }


def _signals(judged: Judged) -> dict[str, float]:
    return {name: value for name, value in judged.item.signals.items() if name != PROBABILITY}


def held_out_confidence(items: Sequence[Judged]) -> Matrix:
    """The confidence of each item, from weights that never saw its SOP; verdicts carry theirs already."""
    found = np.array([judged.item.probability for judged in items])
    for sops, sureness in _without(items):
        for number, judged in enumerate(items):
            if judged.sop in sops and judged.item.label != DETECTED:
                found[number] = sureness.of(judged.item.kind, judged.item.signals)
    return found


def bounds(items: Sequence[Judged]) -> dict[str, Any]:
    """For each bound of the rulebook: items, how many of them are right, what may be decided at 5% and 10% wrong."""
    report: dict[str, Any] = {}
    for name, kinds in BOUNDED.items():
        mine = [judged for judged in items if judged.item.kind in kinds]
        if mine:
            report[name] = _row(mine)
    return report


def _row(items: Sequence[Judged]) -> dict[str, Any]:
    right = np.array([judged.right for judged in items])
    plain = np.array([judged.item.probability for judged in items])
    sure = held_out_confidence(items)
    row: dict[str, Any] = {"items": len(items), "right": round(float(right.mean()), 3)}
    for share in WRONG_SHARES:
        row[f"{share:.0%} wrong"] = shown(decided(sure, right, wrong_at_most=share))
        row[f"{share:.0%} wrong, by the probability alone"] = shown(decided(plain, right, wrong_at_most=share))
    kinds = sorted({judged.item.kind for judged in items})
    first = decided(sure, right)
    if len(kinds) > 1 and first:
        row["of these"] = {kind: _part(kind, items, sure >= first.bound, right) for kind in kinds}
    return row


def _part(kind: str, items: Sequence[Judged], taken: NDArray[np.bool_], right: NDArray[np.bool_]) -> dict[str, float]:
    mine = np.array([judged.item.kind == kind for judged in items])
    both = mine & taken
    wrong = float((~right[both]).mean()) if both.any() else 0.0
    return {"items": int(mine.sum()), "share": round(float(taken[mine].mean()), 3), "wrong": round(wrong, 3)}


def shown(bound: Decided | None) -> dict[str, float] | None:
    """A bound in three digits."""
    if bound is None:
        return None
    return {
        "bound": bound.bound,
        "share": round(bound.share, 3),
        "wrong": round(bound.wrong, 3),
        "wrong_at_most": round(bound.wrong_at_most, 3),
    }
