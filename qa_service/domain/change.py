"""Whether a share changed between two groups of conversations, judged within a family of such questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qa_service.domain.comparison import Difference, difference, false_discovery
from qa_service.domain.counted import rate_to_json
from qa_service.domain.metrics import Rate


class Direction(StrEnum):
    """What may be said of a difference."""

    HIGHER = "higher"
    LOWER = "lower"
    NO_CLEAR_CHANGE = "no_clear_change"
    NOT_ENOUGH_DATA = "not_enough_data"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True)
class Change:
    """A difference, its q-value in its family, and what to say of it."""

    difference: Difference
    q_value: float | None
    direction: Direction


@dataclass(frozen=True, slots=True)
class ChangeBounds:
    """When a change is judged: groups of at least `fewest`; nothing is said within intervals wider than the half."""

    fewest: int
    significant_q: float
    widest_half: float


def judge_changes(
    pairs: Sequence[tuple[Rate, Rate]], bounds: ChangeBounds, *, spreads: Sequence[float] | None = None
) -> list[Change]:
    """Compare (now, before) pairs as one family; groups below `fewest` are not judged.

    `spreads`: how many times the variance of independent conversations each of them has.
    """
    wider = spreads or [1.0] * len(pairs)
    found = [difference(now, before, spread=one) for (now, before), one in zip(pairs, wider, strict=True)]
    enough = [min(now.n, before.n) >= bounds.fewest for now, before in pairs]
    q_values = false_discovery([d.p_value if ok else None for d, ok in zip(found, enough, strict=True)])
    return [Change(d, q, _direction(d, q, bounds)) for d, q in zip(found, q_values, strict=True)]


def _direction(found: Difference, q_value: float | None, bounds: ChangeBounds) -> Direction:
    if q_value is None or found.value is None:
        return Direction.NOT_ENOUGH_DATA
    if q_value > bounds.significant_q:
        wide = found.high - found.low > 2 * bounds.widest_half
        return Direction.NOT_ENOUGH_DATA if wide else Direction.NO_CLEAR_CHANGE
    return Direction.HIGHER if found.value > 0 else Direction.LOWER


def change_to_json(change: Change) -> dict[str, Any]:
    """A change as a plain object; the difference is now minus before."""
    found = change.difference
    known = found.value is not None
    return {
        "before": rate_to_json(found.before),
        "difference": round(found.value, 4) if found.value is not None else None,
        "ci_low": round(found.low, 4) if known else None,
        "ci_high": round(found.high, 4) if known else None,
        "q_value": None if change.q_value is None else round(change.q_value, 4),
        "direction": change.direction.value,
    }
