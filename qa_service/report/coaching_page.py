"""The coaching report as blocks: what to talk about, what matters most, examples, questions, grievances."""

from typing import Any

from qa_service.report.blocks import (
    TIMES,
    Badge,
    Block,
    Box,
    Card,
    Cards,
    Cell,
    Chart,
    Lines,
    Note,
    Opens,
    Report,
    Said,
    Section,
    Table,
    Words,
    badge,
    columns,
    ordered,
    said,
    share,
)
from qa_service.report.texts import Both, beside, percent, same, say

Document = Any
STRENGTH_BOXES, PRIORITY_BOXES = ("good",), ("missed", "good", "colleague")


def coaching_page(doc: Document) -> Report:
    """The report of one agent, from its document."""
    agent, compared = doc["agent"], doc["compared_with"]
    names = [agent["id"] if agent["name"] else None, agent["team"], f"{doc['from'] or '…'} – {doc['to'] or '…'}"]
    scope = say(
        "scope.coaching",
        n=doc["n_conversations"],
        group=say(f"group.{compared['group']}"),
        colleagues=compared["n_agents"],
        before=compared["n_conversations"],
    )
    heading = same(agent["name"] or agent["id"])
    aside = " · ".join(name for name in names if name)
    return Report(say("title.coaching"), heading, aside, scope, _sections(doc), say("method.coaching"))


def _sections(doc: Document) -> tuple[Section, ...]:
    lines = standing_lines(doc["headlines"])
    return (
        Section(say("points.coaching"), (Lines(lines),), half=True),
        Section(say("coaching.todo"), (ordered(doc["todo"]),), half=True, tone="todo"),
        Section(say("coaching.priorities"), (_cards(doc, "priorities", PRIORITY_BOXES),), _ranking(doc["priorities"])),
        Section(say("coaching.strengths"), (_cards(doc, "strengths", STRENGTH_BOXES),), half=True),
        _scores(doc),
        _last_time(doc["last_time"]),
        _steps(doc),
        Section(say("coaching.needs"), (_needs(doc["needs"]),)),
        _grievances(doc),
        Section(say("section.red_lines"), (_red_lines(doc["red_lines"]),), half=True),
    )


def standing_lines(headlines: Document) -> tuple[tuple[Badge | None, Both], ...]:
    """Sentences with their standing; one about everything says itself that nothing differs or could be judged."""
    marks = (
        None if line["about"] == "all" or not line["direction"] else badge(line["direction"], "higher", "standing")
        for line in headlines
    )
    return tuple((mark, line["text"]) for mark, line in zip(marks, headlines, strict=True))


def _ranking(priorities: Document) -> Both | None:
    """By what they are ranked, said once."""
    if not priorities:
        return None
    known = any(point["worth"]["by"] == "effect" for point in priorities)
    return say("coaching.ranked.effect" if known else "coaching.ranked.points")


def _cards(doc: Document, which: str, kinds: tuple[str, ...]) -> Block:
    if not doc[which]:
        return Note(say(f"coaching.no_{which}"))
    cards = tuple(_card(point, kinds) for point in doc[which])
    return Cards(say(f"coaching.{which}"), cards)


def _card(point: Document, kinds: tuple[str, ...]) -> Card:
    mark = badge(point["change"]["direction"], "higher", "standing")
    cell: Cell = (
        share(point, TIMES),
        _about(point["shrunken"], point["n"]),
        Words(_colleagues("rate", point)),
        *_worth(point),
    )
    return Card(point["name"], _place(point, with_sop=True), cell, mark, _boxes(point["cases"], kinds))


def _about(own: Document, n: int) -> Words:
    low, high = (percent(own[key], n) for key in ("ci_low", "ci_high"))
    return Words(say("coaching.shrunken", rate=percent(own["value"], n), low=low, high=high), "muted")


def _colleagues(which: str, body: Document) -> Both:
    past = body["change"]["before"]
    rate = percent(past["rate"], past["n"])
    return say(f"coaching.colleagues.{which}", rate=rate, k=int(past["k"]), n=past["n"])


def _worth(point: Document) -> Cell:
    if point["change"]["direction"] != "lower":
        return ()
    worth = point["worth"]
    text = worth.get("text") or say("coaching.worth.points", points=f"{max(0.0, worth['value']):.1f}")
    return (Words(text, "strong"),)


def _boxes(cases: Document, kinds: tuple[str, ...]) -> tuple[Box, ...]:
    found = []
    for kind in kinds:
        mine = tuple(_case(case) for case in cases if case["kind"] == kind)
        if mine:
            found.append(Box(say(f"coaching.{kind}"), mine, kind))
    return tuple(found)


def _case(case: Document) -> Said | Opens:
    if not case["quote"]:
        where = case["conversation_id"]
        return Opens(beside(say("coaching.nothing_near"), same(where), between=" "), (where,))
    by = case["agent"] if case["kind"] == "colleague" else ""
    return Said(case["quote"], case["conversation_id"], case["turn"], by)


def _scores(doc: Document) -> Section:
    notes = tuple((None, line) for line in doc["scores"]["text"])
    grievances = tuple(
        (
            (Words(say(f"coaching.{key}"), "strong"),),
            (share(doc[key]),),
            (badge(doc[key]["change"]["direction"], "lower", "more"), Words(_colleagues("had", doc[key]), "muted")),
        )
        for key in ("complaints", "refunds")
    )
    table = Table(say("coaching.grievances"), columns("kind", "n", "standing"), grievances)
    return Section(say("coaching.scores"), (Lines(notes), table), half=True)


def _last_time(moved: Document) -> Section:
    note = say("coaching.last_time.note")
    if not moved:
        return Section(say("coaching.last_time"), (Note(say("coaching.last_time.none")),))
    rows = tuple(
        (
            (Words(one["name"], "strong"),),
            (Words(same(one["on"])),),
            (share(one["then"], TIMES), _about(one["then"]["shrunken"], one["then"]["n"])),
            (share(one, TIMES),),
            (badge(one["change"]["direction"], "higher", "moved"),),
        )
        for one in moved
    )
    table = Table(say("coaching.last_time"), columns("step", "coached_on", "then", "since", "change"), rows)
    return Section(say("coaching.last_time"), (table,), note)


def _steps(doc: Document) -> Section:
    points = doc["points"]
    if not points:
        return Section(say("coaching.steps"), (Note(say("nothing.coaching")),))
    several = len({point["sop"] for point in points}) > 1
    legend = (say("coaching.own"), say("coaching.colleagues"))
    rows = tuple(
        (
            (Words(point["name"], "strong"), Words(_place(point, with_sop=several), "muted")),
            (share(point, TIMES),),
            (share(point["change"]["before"], TIMES),),
            (badge(point["change"]["direction"], "higher", "standing"),),
        )
        for point in points
    )
    table = Table(say("coaching.steps"), columns("step", "own", "colleagues", "standing"), rows)
    # Drawn is what can be compared; the rest stands in the table.
    drawn = [point for point in points if point["change"]["direction"] != "not_enough_data"]
    if not drawn:
        return Section(say("coaching.steps"), (table,))
    chart = Chart("dumbbells", "steps", drawn, legend=legend)
    return Section(say("coaching.steps"), (chart, table), say("coaching.steps.note"))


def _place(point: Document, *, with_sop: bool) -> Both:
    kind = say(f"kind.{point['kind']}")
    return beside(kind, point["sop_title"]) if with_sop else kind


def _needs(needs: Document) -> Block:
    if not needs:
        return Note(say("nothing.coaching"))
    headings = columns("need", "share", "answered_own", "answered_colleagues", "best_answer")
    return Table(say("coaching.needs"), headings, tuple(_need(need) for need in needs))


def _need(need: Document) -> tuple[Cell, ...]:
    label: Cell = (Words(same(need["label"]), "strong"), Words(same(" · ".join(need["keywords"])), "muted"))
    if need["objections"]:
        label += (Words(say("coaching.objections", k=need["objections"]), "muted"),)
    answered = need["answered"]
    own: Cell = (share(answered, TIMES),) if answered["n"] else (Words(same("–")),)
    if need["open"]:
        own += (Opens(say("left_open", k=len(need["open"])), tuple(need["open"])),)
    past = answered["change"]["before"]
    mark = badge(answered["change"]["direction"], "higher", "standing")
    others: Cell = (share(past, TIMES), mark) if past["n"] else (Words(same("–")),)
    return label, (share(need),), own, others, _answers(need)


def _answers(need: Document) -> Cell:
    """The approved wording where there is one, else the best answer of a colleague."""
    approved: Cell = tuple(
        item
        for one in need["approved"]
        for item in (Words(say("coaching.approved"), "muted"), Words(same(one["text"])))
    )
    best = need["best_answer"]
    if best:
        approved += (Said(best["quote"], best["conversation_id"], best["turn"], best["agent"]),)
    return approved or (Words(same("–")),)


def _grievances(doc: Document) -> Section:
    if not doc["grievances"]:
        return Section(say("coaching.grievances"), (Note(say("nothing.coaching")),), half=True)
    cards = tuple(_grievance(one) for one in doc["grievances"])
    return Section(say("coaching.grievances"), (Cards(say("coaching.grievances"), cards),), half=True)


def _grievance(one: Document) -> Card:
    reasons = {lang: "、".join(reason["name"][lang] for reason in one["reasons"]) for lang in ("zh", "en")}
    boxes = []
    if one["promises"]:
        cell: Cell = tuple(
            item for promise in one["promises"] for item in (Words(promise["name"], "muted"), *said([promise]))
        )
        boxes.append(Box(say("coaching.promises"), cell))
    cell = said([one["quote"]]) if one["quote"] else (Opens(same(one["conversation_id"]), (one["conversation_id"],)),)
    return Card(one["name"], reasons, cell, None, tuple(boxes))


def _red_lines(lines: Document) -> Block:
    if not lines:
        return Note(say("nothing.coaching"))
    cards = tuple(Card(line["name"], _severity(line), said([line])) for line in lines)
    return Cards(say("section.red_lines"), cards)


def _severity(line: Document) -> Both | None:
    return say(f"severity.{line['severity']}") if line["severity"] else None
