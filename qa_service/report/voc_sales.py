"""What came of sales in the weekly report: refunds of paying customers, how soon, and after which promises."""

from qa_service.domain.change import Direction
from qa_service.domain.sale import (
    AfterPromise,
    SalesRecord,
    SalesRow,
    after_promise_to_json,
    sales_row_to_json,
    times_to_json,
)
from qa_service.report.figures import CLEAR, Json
from qa_service.report.texts import Both, Names, percent, same, say

MOST_HEADLINES = 2
# Tables of a page; agents and weeks are in the tables of the service.
SHOWN = ("", "product", "team")


def sales_to_json(record: SalesRecord, names: Names) -> Json:
    """Paying customers and what came of them; `promises` is what came of each kind of promise."""
    return {
        "n": record.n,
        "since_week": record.first_week,
        "rows": [_row(row, names) for row in record.rows if row.dimension in SHOWN],
        "times": times_to_json(record.times),
        "promises": [_promise(one, names) for one in _ranked(record)],
    }


def promise_headlines(record: SalesRecord, names: Names) -> list[Json]:
    """Sentences about promises after which money was asked back more often than without them."""
    worse = [one for one in _ranked(record) if one.change.direction is Direction.HIGHER]
    return [
        {"text": _told(one, names), "direction": Direction.HIGHER.value, "about": f"promise/{one.kind}"}
        for one in worse[:MOST_HEADLINES]
    ]


def _ranked(record: SalesRecord) -> list[AfterPromise]:
    """What can be told first, the greater difference first."""
    order = {Direction.NOT_ENOUGH_DATA: 2, Direction.NO_CLEAR_CHANGE: 1}

    def rank(one: AfterPromise) -> tuple[int, float, str, str]:
        known = 0 if one.change.direction in CLEAR else order.get(one.change.direction, 2)
        return known, -(one.change.difference.value or 0.0), one.kind, one.outcome

    return sorted(record.promises, key=rank)


def _row(row: SalesRow, names: Names) -> Json:
    name = names.level(row.dimension, row.level) if row.dimension else say("everyone")
    return {"name": name, "outcome_name": _outcome(row.outcome)} | sales_row_to_json(row)


def _promise(one: AfterPromise, names: Names) -> Json:
    parts = {"name": names.promise(one.kind), "outcome_name": _outcome(one.outcome)}
    return parts | {"verdict": say(f"promise.{one.change.direction.value}")} | after_promise_to_json(one)


def _told(one: AfterPromise, names: Names) -> Both:
    mine, others = one.with_promise.rate, one.without
    return say(
        "headline.promise",
        promise=names.promise(one.kind),
        outcome=_outcome(one.outcome),
        rate=percent(mine.value, mine.n),
        k=int(mine.k),
        n=mine.n,
        rate_without=percent(others.value, others.n),
        k_without=int(others.k),
        n_without=others.n,
    )


def _outcome(outcome: str) -> Both:
    return say(f"sale.{outcome}") if outcome else same("")
