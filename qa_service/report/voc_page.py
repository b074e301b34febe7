"""The weekly report as blocks: what changed, whether it is real, and what to do."""

from typing import Any

from qa_service.report.blocks import (
    TIMES,
    Amount,
    Badge,
    Block,
    Cell,
    Chart,
    Lines,
    Note,
    Opens,
    Report,
    Section,
    Table,
    Tile,
    Tiles,
    Words,
    badge,
    before,
    columns,
    ordered,
    said,
    share,
)
from qa_service.report.texts import Both, beside, joined, same, say
from qa_service.report.voc_sales_page import largest, mix_notes, sales_sections

Document = Any
MOST_COMPETITORS = 8
COLORS = {"complaint": "#b42318", "refund": "#b06a00"}


def voc_page(doc: Document) -> Report:
    """The report of a week, from its document."""
    scope = say(
        "scope.voc",
        n=doc["n_conversations"],
        customers=doc["n_customers"],
        agents=doc["n_agents"],
        weeks=len(doc["weeks_compared"]),
        before=doc["n_compared"],
    )
    if "n_misheard" in doc:
        scope = beside(scope, say("scope.misheard", n=doc["n_misheard"]), between=" ")
    sections = (
        Section(say("points"), (_headlines(doc),), half=True),
        Section(say("todo"), (ordered(doc["todo"]),), half=True, tone="todo"),
        Section(say("section.figures"), (_figures(doc), *mix_notes(doc)), say("section.figures.note")),
        *_emerging(doc),
        Section(say("section.needs"), (_needs(doc),)),
        _grievances(doc["complaints"], "complaint", "section.complaints"),
        _grievances(doc["refunds"], "refund", "section.refunds"),
        *_departments(doc),
        *_tickets(doc),
        *sales_sections(doc),
        Section(say("section.red_lines"), (_red_lines(doc),), half=True),
        _competitors(doc["competitors"]),
    )
    heading = say("week", year=doc["week"][:4], week=str(int(doc["week"][6:])))
    return Report(say("title.voc"), heading, f"{doc['from']} – {doc['to']}", scope, sections, say("method.voc"))


def _headlines(doc: Document) -> Lines:
    lines = []
    new = {f"topic/{need['topic_id']}" for need in doc.get("emerging") or ()}
    for line in doc["headlines"]:
        about = line["about"]
        good = "higher" if about == "passed" else None if about.startswith("topic") else "lower"
        # A sentence about all figures says itself that nothing changed or could be judged.
        if not line["direction"] or about == "all":
            mark = None
        else:
            mark = Badge(say("emerging.badge"), "bad") if about in new else badge(line["direction"], good)
        lines.append((mark, line["text"]))
    return Lines(tuple(lines))


def _figures(doc: Document) -> Tiles:
    tiles = (
        Tile(
            one["name"],
            share(one, of=one["base"]),
            badge(one["change"]["direction"], "higher" if one["id"] == "passed" else "lower"),
            one["series"],
            before(one["change"]),
        )
        for one in doc["figures"]
    )
    return Tiles("figures", say("section.figures"), tuple(tiles))


def _needs(doc: Document) -> Block:
    if not doc["needs"]:
        return Note(say("nothing"))
    rows = tuple(
        (
            (*_label(need), Words(same(" · ".join(need["keywords"])), "muted")),
            (share(need),),
            _change(need, None),
            _answered(need),
            said(need["quotes"]),
        )
        for need in doc["needs"]
    )
    return Table(say("section.needs"), columns("need", "share", "change", "answered", "quotes"), rows)


def _label(need: Document) -> Cell:
    new = (Badge(say("emerging.badge"), "bad"),) if need.get("emerging") else ()
    return (Words(same(need["label"]), "strong"), *new)


def _emerging(doc: Document) -> tuple[Section, ...]:
    """Needs that are new or grow fast; where there are none, what it would take."""
    if not doc.get("emerging"):
        note = Note(say("section.emerging.none"))
        return (Section(say("section.emerging"), (note,)),) if doc["n_conversations"] else ()
    rows = tuple(
        (
            (Words(same(need["label"]), "strong"), *_who(need)),
            (share(need),),
            (before(need["change"]),),
            said(need["quotes"]),
        )
        for need in doc["emerging"]
    )
    table = Table(say("section.emerging"), columns("need", "share", "change", "quotes"), rows)
    return (Section(say("section.emerging"), (table,), say("section.emerging.note")),)


def _who(need: Document) -> Cell:
    found = need.get("emergence") or {}
    parts = {key: found.get(key) for key in ("recent_weeks", "customers", "agents")}
    if None in parts.values():
        return ()
    return (Words(say("emerging.who", weeks=parts.pop("recent_weeks"), **parts), "muted"),)


def _departments(doc: Document) -> tuple[Section, ...]:
    """Complaints by the department that is responsible, where the document tells them."""
    if not doc.get("departments"):
        return ()
    rows = tuple(
        (
            (Words(one["name"], "strong"),),
            (share(one), Amount(one["per_1000"], say("per_1000", value=f"{one['per_1000']:g}"))),
            _change(one, "lower"),
            (Words(joined([_counted(reason) for reason in one["reasons"]])),),
        )
        for one in doc["departments"]
    )
    table = Table(say("section.departments"), columns("department", "n", "change", "reason"), rows)
    return (Section(say("section.departments"), (table,), say("section.departments.note")),)


def _tickets(doc: Document) -> tuple[Section, ...]:
    """What was handed to departments and is not answered yet, where there is any; what is overdue by name."""
    told = doc.get("tickets")
    if not told:
        return ()
    rows = tuple(
        ((Words(same(one["name"]), "strong"),), (Words(same(str(one["open"]))),), (Words(same(str(one["overdue"]))),))
        for one in told["departments"]
    )
    blocks: tuple[Block, ...] = (
        Table(say("section.tickets"), columns("department", "tickets_open", "tickets_overdue"), rows),
    )
    late = tuple(
        (
            (Words(same(f"#{one['id']} {one['title']}"), "strong"),),
            (Words(same(one["name"])), Words(same(one["owner"]), "muted")),
            (Words(say("ticket.late", day=one["due_on"], days=one["days_late"])),),
        )
        for one in told["late"]
    )
    if late:
        blocks += (Table(say("tickets.late"), columns("ticket", "department", "due"), late),)
    return (Section(say("section.tickets"), blocks, say("section.tickets.note")),)


def _counted(reason: Document) -> Both:
    counted = {"zh": f"{reason['k']} 通", "en": f"({reason['k']})"}
    return {language: f"{name} {counted[language]}" for language, name in reason["name"].items()}


def _change(body: Document, good: str | None) -> Cell:
    mark = badge(body["change"]["direction"], good)
    if "comparable_from" in body:
        return mark, Words(say("since", day=body["comparable_from"]), "muted")
    return mark, before(body["change"])


def _answered(need: Document) -> Cell:
    answered, left = need["answered"], need["open"]
    if not answered["n"]:
        return (Words(same("–"), "muted"),)
    found: Cell = (share(answered, TIMES),)
    if left["k"]:
        found += (Opens(say("left_open", k=int(left["k"])), tuple(left["conversations"])),)
    return found


def _grievances(part: Document, kind: str, title: str) -> Section:
    head = (share(part), badge(part["change"]["direction"], "lower"))
    if not part["reasons"]:
        return Section(say(title), (Note(say("nothing")),), head=head, half=True)
    reasons = Table(
        beside(say(title), say("column.reason")),
        columns("reason", "n", "change"),
        tuple((_reason(one), (share(one),), _change(one, "lower")) for one in part["reasons"]),
    )
    groups = Table(
        beside(say(title), say("column.group")),
        columns("group", "n"),
        tuple(((Words(_level(row)),), (share(row),)) for row in largest(part["groups"])),
    )
    chart = Chart("bars", f"{kind}s", part["reasons"], {"color": COLORS[kind]})
    return Section(say(title), (chart, reasons, groups), head=head, half=True)


def _level(row: Document) -> Both:
    return beside(say(f"dimension.{row['dimension']}"), row.get("name") or same(row["level"]))


def _reason(one: Document) -> Cell:
    found: Cell = (Words(one["name"], "strong"),)
    if one["departments"]:
        found += (Words(say("department", names=joined(one["departments"])), "muted"),)
    return found + said(one["quotes"], 2)


def _red_lines(doc: Document) -> Block:
    if not doc["red_lines"]:
        return Note(say("nothing"))
    rows = tuple((_line(one), (share(one),), _change(one, "lower")) for one in doc["red_lines"])
    return Table(say("section.red_lines"), columns("red_line", "n", "change"), rows)


def _line(one: Document) -> Cell:
    severity = (Words(say(f"severity.{one['severity']}"), "muted"),) if one["severity"] else ()
    return (Words(one["name"], "strong"), *severity, *said(one["quotes"]))


def _competitors(part: Document) -> Section:
    head = (share(part), badge(part["change"]["direction"], None))
    if not part["named"]:
        return Section(say("section.competitors"), (Note(say("nothing")),), head=head, half=True)
    rows = tuple(
        ((Words(one["name"], "strong"),), (share(one),), said(one["quotes"], 2))
        for one in part["named"][:MOST_COMPETITORS]
    )
    named = Table(say("section.competitors"), columns("competitor", "n", "quotes"), rows)
    stances = Table(
        beside(say("section.competitors"), say("stances")),
        columns("stance", "n"),
        tuple(((Words(one["name"]),), (share(one),)) for one in part["stances"]),
    )
    return Section(say("section.competitors"), (named, stances), head=head, half=True)
