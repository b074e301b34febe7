"""Sales and what came of them: promises made at the sale, later complaints, refunds asked for and refunds made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qa_service.domain.change import Change, change_to_json
from qa_service.domain.counted import Counted, counted_to_json
from qa_service.domain.metrics import Rate
from qa_service.domain.quote import Quote, quote_to_json
from qa_service.domain.trend import Split, split_to_json
from qa_service.domain.weekly import Stratum


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise as it was made."""

    kind: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class SaleContact:
    """One conversation with a customer, as far as sales and refunds go; the outcomes are the conversation's fields."""

    conversation_id: str
    customer_key: str
    at: datetime
    week: str
    stratum: Stratum
    promises: tuple[Promised, ...] = ()
    complained: bool = False
    asked_refund: bool = False
    bought: bool | None = None
    refunded: bool | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """What one customer bought, from whom, and what came of it.

    `refunded` and `complained` are None where nobody knows yet. `days` went by from the sale to the first refund or
    request for one; without one, to the last day known.
    """

    customer_key: str
    week: str
    stratum: Stratum
    promises: tuple[Promised, ...]
    refunded: bool | None
    asked_refund: bool
    complained: bool
    days: float
    grievances: tuple[tuple[str, str], ...] = ()

    @property
    def conversations(self) -> tuple[str, ...]:
        """The later conversations in which the customer complained or asked for money back."""
        return tuple(conversation_id for _, conversation_id in self.grievances)


@dataclass(frozen=True, slots=True)
class AfterPromise:
    """What became of sales with one kind of promise, beside sales without it.

    `outcome` is `refunded`, `asked_refund` or `complained`; `split` compares like with like (product, channel, team).
    `examples` are promises with the conversation in which the customer came back.
    """

    kind: str
    outcome: str
    with_promise: Counted
    without: Rate
    change: Change
    split: Split | None
    examples: tuple[tuple[Quote, str, str], ...]


@dataclass(frozen=True, slots=True)
class SalesRow:
    """Of the paying customers of one group, the share to whom something happened."""

    outcome: str
    dimension: str
    level: str
    counted: Counted


@dataclass(frozen=True, slots=True)
class RefundTimes:
    """How soon money is asked or given back: shares of sales by so many days, those not yet so old accounted for."""

    n: int
    refunds: int
    median_days: float | None
    by_days: tuple[tuple[int, float | None, float | None, float | None], ...]


@dataclass(frozen=True, slots=True)
class SalesRecord:
    """What came of all sales of some weeks."""

    n: int
    first_week: str | None
    rows: tuple[SalesRow, ...]
    times: RefundTimes
    promises: tuple[AfterPromise, ...]


def sales_row_to_json(row: SalesRow) -> dict[str, Any]:
    """A row as a plain object."""
    return {"outcome": row.outcome, "dimension": row.dimension, "level": row.level} | counted_to_json(row.counted)


def after_promise_to_json(one: AfterPromise) -> dict[str, Any]:
    """What became of sales with a promise, as a plain object."""
    body = {"kind": one.kind, "outcome": one.outcome} | counted_to_json(one.with_promise)
    examples = [quote_to_json(quote) | {"later": later, "what": what} for quote, what, later in one.examples]
    split = split_to_json(one.split) if one.split else None
    return body | {"change": change_to_json(one.change), "split": split, "examples": examples}


def times_to_json(times: RefundTimes) -> dict[str, Any]:
    """How soon refunds come, as a plain object; null where no sale is that old."""
    by_days = [
        {"days": days, "share": share, "ci_low": low, "ci_high": high} for days, share, low, high in times.by_days
    ]
    return {"n": times.n, "refunds": times.refunds, "median_days": times.median_days, "by_days": by_days}
