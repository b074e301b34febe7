"""Metrics from counts, computed over all resamples at once: one line gives value and interval."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = NDArray[np.float64]
Totals = Mapping[str, Values]

SET_METRICS = (
    *("missed", "step", "order", "obl", "red", "complaint", "refund"),
    *("complaint_reason", "refund_reason", "promises", "competitors"),
)
MACRO_METRICS = ("step", "red", "complaint_reason", "refund_reason")


def count_metrics(totals: Totals) -> Iterator[tuple[str, Values, Values]]:
    """Name, value and n of every metric that is a function of counts, in the order they are read."""
    for name in SET_METRICS:
        yield from _precision_recall(totals, name)
    for name in MACRO_METRICS:
        yield f"{name}_macro_f1", _macro(totals, name), _of(totals, f"{name}.tp") + _of(totals, f"{name}.fn")
    yield "step_kappa", _kappa(totals), _of(totals, "steps")
    for name in ("step_turn", "red_at_turn"):
        yield f"{name}_f1", _f1(totals, name), _of(totals, f"{name}.tp") + _of(totals, f"{name}.fn")
    yield from _precision_recall(totals, "need")
    yield "need_kind_accuracy", ratio(_of(totals, "need.same_kind"), _of(totals, "need.tp")), _of(totals, "need.tp")
    yield "score_mae", ratio(_of(totals, "score.error"), _of(totals, "score.n")), _of(totals, "score.n")
    yield "pass_agreement", ratio(_of(totals, "score.same_pass"), _of(totals, "score.n")), _of(totals, "score.n")
    turns = _of(totals, "agent_turns")
    yield "red_false_per_1000_turns", ratio(1000 * _of(totals, "red_at_turn.fp"), turns), turns
    asked, sure = _of(totals, "decided.asked"), _of(totals, "decided.sure")
    yield "step_decided_share", ratio(sure, asked), asked
    yield "step_decided_error", ratio(_of(totals, "decided.wrong"), sure), sure


def kappa_of_pairs(pairs: Sequence[tuple[str, str]]) -> float:
    """Cohen's kappa of two labellings; NaN when chance alone would agree always."""
    names = sorted({name for pair in pairs for name in pair})
    table = np.zeros((len(names), len(names)))
    for one, other in pairs:
        table[names.index(one), names.index(other)] += 1
    n = table.sum()
    chance = float((table.sum(axis=0) * table.sum(axis=1)).sum() / n / n) if n else 1.0
    return float((np.trace(table) / n - chance) / (1 - chance)) if chance < 1 else float("nan")


def calibration_error(items: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error over ten bins of equal size (Naeini 2015, equal-mass)."""
    ordered = sorted(items)
    size = max(1, len(ordered) // 10)
    total = 0.0
    for start in range(0, len(ordered), size):
        part = ordered[start : start + size]
        confidence = sum(c for c, _ in part) / len(part)
        right = sum(ok for _, ok in part) / len(part)
        total += len(part) / len(ordered) * abs(confidence - right)
    return total


def brier_skill(items: Sequence[tuple[str, float, bool]]) -> float:
    """1 − Brier score over that of always saying the step's own rate; 0 is no skill, 1 perfect."""
    rates: dict[str, list[bool]] = {}
    for key, _, done in items:
        rates.setdefault(key, []).append(done)
    base = {key: sum(values) / len(values) for key, values in rates.items()}
    ours = sum((p - done) ** 2 for _, p, done in items)
    flat = sum((base[key] - done) ** 2 for key, _, done in items)
    return 1 - ours / flat if flat else float("nan")


def ratio(part: Values, whole: Values) -> Values:
    """Part over whole, 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros_like(np.asarray(part, dtype=np.float64)), where=whole > 0)


def _of(totals: Totals, key: str) -> Values:
    return totals.get(key, np.zeros_like(next(iter(totals.values()))))


def _precision_recall(totals: Totals, name: str) -> Iterator[tuple[str, Values, Values]]:
    tp, fp, fn = (_of(totals, f"{name}.{part}") for part in ("tp", "fp", "fn"))
    yield f"{name}_precision", ratio(tp, tp + fp), tp + fp
    yield f"{name}_recall", ratio(tp, tp + fn), tp + fn
    yield f"{name}_f1", ratio(2 * tp, 2 * tp + fp + fn), tp + fn


def _f1(totals: Totals, name: str) -> Values:
    tp, fp, fn = (_of(totals, f"{name}.{part}") for part in ("tp", "fp", "fn"))
    return ratio(2 * tp, 2 * tp + fp + fn)


def _macro(totals: Totals, name: str) -> Values:
    """Mean F1 of the labels that gold holds."""
    labels = sorted({key[len(name) + 1 : -3] for key in totals if key.startswith(f"{name}:")})
    if not labels:
        return np.full_like(next(iter(totals.values())), np.nan)
    scores = np.stack([_f1(totals, f"{name}:{label}") for label in labels])
    held = np.stack([_of(totals, f"{name}:{label}.tp") + _of(totals, f"{name}:{label}.fn") > 0 for label in labels])
    mean = ratio((scores * held).sum(axis=0), held.sum(axis=0).astype(np.float64))
    return np.where(held.any(axis=0), mean, np.nan)


def _kappa(totals: Totals) -> Values:
    """Kappa of done against missed, over all steps of all conversations."""
    n = _of(totals, "steps")
    tp, fp, fn = (_of(totals, f"missed.{part}") for part in ("tp", "fp", "fn"))
    agree = 1 - ratio(fp + fn, n)
    gold, found = ratio(tp + fn, n), ratio(tp + fp, n)
    chance = gold * found + (1 - gold) * (1 - found)
    return np.where(chance < 1, (agree - chance) / np.where(chance < 1, 1 - chance, 1.0), np.nan)
