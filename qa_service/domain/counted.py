"""Counts that open the conversations behind them."""

from dataclasses import dataclass
from typing import Any

from qa_service.domain.metrics import Rate


@dataclass(frozen=True, slots=True)
class Counted:
    """A share, and the conversations in which it happened (sorted; at most as many as the bounds keep)."""

    rate: Rate
    conversations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CountRow:
    """One count of a table: what was counted, within which group. Dimension and level are empty for the whole."""

    what: tuple[str, ...]
    dimension: str
    level: str
    counted: Counted


def rate_to_json(rate: Rate) -> dict[str, Any]:
    """A share as a plain object: k of n, the rate and its 95% interval; null where n is 0."""
    known = rate.n > 0
    return {
        "k": rate.k,
        "n": rate.n,
        "rate": round(rate.k / rate.n, 4) if known else None,
        "ci_low": round(rate.low, 4) if known else None,
        "ci_high": round(rate.high, 4) if known else None,
    }


def counted_to_json(counted: Counted) -> dict[str, Any]:
    """A count as a plain object, with the conversations behind it."""
    return rate_to_json(counted.rate) | {"conversations": list(counted.conversations)}


def row_to_json(row: CountRow, names: tuple[str, ...]) -> dict[str, Any]:
    """A row as a plain object; `names` are the keys for the parts of `what`."""
    body: dict[str, Any] = dict(zip(names, row.what, strict=False))
    return body | {"dimension": row.dimension, "level": row.level} | counted_to_json(row.counted)
