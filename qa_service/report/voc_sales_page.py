"""The parts of the weekly page about what came of sales, and about changes that only another mix made."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from qa_service.report.blocks import Amount, Block, Cell, Lines, Section, Table, Words, badge, columns, said, share
from qa_service.report.figures import CLEAR
from qa_service.report.texts import Both, percent, say

Document = Any
MOST_PROMISES, MOST_LEVELS = 8, 6
CUSTOMERS = "customers_k_of_n"


def largest(rows: Iterable[Document]) -> list[Document]:
    """Of each dimension the first rows; a company of forty teams finds the others in the JSON."""
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for row in rows:
        place = (row["dimension"], row.get("outcome", ""))
        seen[place] += 1
        if seen[place] <= MOST_LEVELS:
            kept.append(row)
    return kept


def sales_sections(doc: Document) -> tuple[Section, ...]:
    """Refunds and complaints of paying customers, and what came after each kind of promise; nothing without sales."""
    sales = doc.get("sales")
    if not sales or not sales["n"]:
        return ()
    blocks: tuple[Block, ...] = (_shares(sales), *_times(sales["times"]))
    note = say("section.sales.note", n=sales["n"], **_week(sales["since_week"]))
    after = Section(say("section.sales"), blocks, note, half=True)
    known = [one for one in sales["promises"] if one["n"] and one["change"]["before"]["n"]]
    promises = known[:MOST_PROMISES]
    if not promises:
        return (after,)
    table = Table(
        say("section.promises"),
        columns("promise", "with", "without", "verdict"),
        tuple(_promise(one) for one in promises),
    )
    return (after, Section(say("section.promises"), (table,), say("section.promises.note"), half=True))


def _week(week: str) -> dict[str, str]:
    return {"year": week[:4], "week": str(int(week[6:]))}


def mix_notes(doc: Document) -> tuple[Lines, ...]:
    """Changes of a total that went the other way among like conversations (Simpson's paradox)."""
    lines = tuple(
        (None, say("split.reversed", name=one["name"]))
        for one in _figures(doc)
        if one["split"] and one["split"]["reversed"]
    )
    return (Lines(lines),) if lines else ()


def _figures(doc: Document) -> Iterator[Document]:
    yield from doc["figures"]
    for part in ("complaints", "refunds"):
        yield from doc[part]["reasons"]
    yield from doc["needs"]


def _shares(sales: Document) -> Table:
    """Whole first, then by product; teams and agents are in the JSON and the service."""
    told = [row for row in sales["rows"] if row["n"] and row["dimension"] in ("", "product")]
    rows = largest(sorted(told, key=lambda row: (row["outcome"], bool(row["dimension"]), -row["k"])))
    return Table(
        say("section.sales"),
        columns("outcome", "group", "customers"),
        tuple(((Words(row["outcome_name"], "strong"),), (Words(row["name"]),), (_customers(row),)) for row in rows),
    )


def _times(times: Document) -> tuple[Block, ...]:
    known = [one for one in times["by_days"] if one["share"] is not None]
    if not times["refunds"] or not known:
        return ()
    rows = tuple(((Words(say("within_days", days=one["days"])),), (_within(one, times["n"]),)) for one in known)
    return (Table(say("section.times"), (say("section.times"), say("column.customers")), rows),)


def _within(one: Document, n: int) -> Amount:
    low, high = one["ci_low"], one["ci_high"]
    parts = {"rate": percent(one["share"], n), "n": n}
    text = say("share_of_n", **parts)
    if low is not None:
        text = say("share_of_n_interval", low=percent(low, n), high=percent(high, n), **parts)
    return Amount(one["share"], text, low, high)


def _promise(one: Document) -> tuple[Cell, ...]:
    clear = one["change"]["direction"] in CLEAR
    verdict: Cell = (badge(one["change"]["direction"], "lower") if clear else Words(one["verdict"], "muted"),)
    examples = said(one["examples"], 1) if clear else ()
    outcome: Both = one["outcome_name"]
    return (
        (Words(one["name"], "strong"), Words(outcome, "muted"), *examples),
        (_customers(one),),
        (_customers(one["change"]["before"]),),
        verdict,
    )


def _customers(body: Document) -> Any:
    return share(body, CUSTOMERS)
