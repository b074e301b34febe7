"""Courses of complaints, refunds and needs over weeks, and what came of sales: for one caller, from the store."""

from collections.abc import Iterator
from typing import Any

from qa_service.domain.role import Action, Caller
from qa_service.domain.sale import SalesRecord, sales_row_to_json
from qa_service.report import Names
from qa_service.report.voc_sales import sales_to_json
from qa_service.store import ConversationFilter, Store
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.write_voice_of_customer import prepare_stored_voice, stored_sales

Body = dict[str, Any]


def read_trends(store: Store, caller: Caller, week: str, *, by: str) -> list[Body]:
    """Each share week by week up to a week, and its change against the weeks before.

    `by` is product, channel or team; with "all" the whole, its change taken apart into rate effect and mix effect.
    """
    document = prepare_stored_voice(store, _reach(caller), week)
    if by == "all":
        return [_whole(figure) for figure in _figures(document)]
    return [trend for trend in document["trends"] if trend["dimension"] == by]


def read_sales(store: Store, caller: Caller, week: str) -> Body:
    """What came of the sales up to a week: refunds and complaints, how soon, and after which promises."""
    record = stored_sales(store, _reach(caller), week)
    names = Names(load_codebook(), {})
    return sales_to_json(record, names) | {"rows": _rows(record)}


def _reach(caller: Caller) -> ConversationFilter:
    return ConversationFilter(scope=caller.reach(Action.REPORT))


def _rows(record: SalesRecord) -> list[Body]:
    return [sales_row_to_json(row) for row in record.rows]


def _figures(document: Body) -> Iterator[Body]:
    """The whole of everything whose course a report shows, each once."""
    for part in ("complaints", "refunds"):
        yield document[part]
        yield from document[part]["reasons"]
    yield from document["departments"]
    seen: set[str] = set()
    for need in [*document["needs"], *document["emerging"]]:
        if need["id"] not in seen:
            seen.add(need["id"])
            yield need


def _whole(figure: Body) -> Body:
    kept = ("change", "series", "split")
    place = {"what": figure["id"], "dimension": "", "level": "", "name": figure["name"]}
    return place | {name: figure[name] for name in kept} | {"emergence": figure.get("emergence")}
