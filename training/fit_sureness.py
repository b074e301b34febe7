"""How likely a reported item is right, learnt from items of conversations held out; and from where on it may stand.

The confidence of an item is a logistic regression over its signals (`models.findings`), one for each kind of item.
Its bound (`unsure_below` of the rulebook) is looked for on confidences that come from SOPs the regression never saw.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.findings import RED_LINE
from models.sureness import BIAS, PLAIN, PROBABILITY, Signals, Sureness
from models.tasks import DETECTED
from training.abstention import Decided, decided
from training.calibration import ENOUGH
from training.data import Data
from training.harmless_turns import ACTS, alarms, harmless_turns
from training.held_out_turns import HeldOutTurns
from training.items import EVERY_NOMINATION, Judged, candidates, judged_items
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


@dataclass(frozen=True)
class Learnt:
    """Weights for a release; the items of all conversations by models and weights that never saw their SOPs."""

    sureness: Sureness
    items: Sequence[Judged]
    deciding: Sureness
    by_sop: Mapping[str, Sureness]

    def without(self, group: str) -> Sureness:
        """What decides on red lines, complaints and refunds, learnt without a group."""
        return self.by_sop.get(group, self.deciding)


def learn_sureness(data: Data, held_out: HeldOutTurns, rulebook: Rulebook) -> Learnt:
    """What decides, then how sure one may be of what is reported.

    Red lines are weighed against those nominated in turns written for acts as well: most turns are harmless.
    """
    turns = {c.sop: held_out.without(c.sop) for c in data.conversations}
    weighed = [j for c in data.conversations for j in candidates(c, data.sops[c.sop], turns[c.sop], rulebook)]
    harmless = (turn for turn in harmless_turns(data, rulebook) if turn.kind == ACTS)
    for alarm in alarms(harmless, held_out, rulebook, lambda _: EVERY_NOMINATION):
        weighed.append(Judged(alarm.item, "", alarm.turn.group, right=False))
    by_sop = {sop: sureness for sops, sureness in _without(weighed) for sop in sops}
    deciding = fit_sureness(weighed)
    items = []
    for c in data.conversations:
        mine = by_sop.get(c.sop, PLAIN)
        found = judged_items(c, data.sops[c.sop], turns[c.sop], rulebook, sureness=mine)
        items += [replace(j, confidence=_confidence(j, mine)) for j in found]
    others = [judged for judged in items if not _decided(judged)]
    for sops, sureness in _without(others):
        items = [
            replace(j, confidence=_confidence(j, sureness)) if j.sop in sops and not _decided(j) else j for j in items
        ]
    return Learnt(Sureness({**fit_sureness(others).weights, **deciding.weights}), items, deciding, by_sop)


def _decided(judged: Judged) -> bool:
    """Whether an item is reported because its weights say so: its confidence is what decided."""
    return judged.item.kind == RED_LINE or judged.item.label == DETECTED


def _confidence(judged: Judged, sureness: Sureness) -> float:
    item = judged.item
    return item.probability if item.label == DETECTED else sureness.of(item.kind, item.signals)


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
    sure = np.array([judged.confidence for judged in items])
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
