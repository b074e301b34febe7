"""The team's coaching table as blocks: no ranking, only what differs by more than chance."""

from typing import Any

from qa_service.report.blocks import (
    TIMES,
    Amount,
    Cell,
    Lines,
    Note,
    Report,
    Section,
    Table,
    Words,
    badge,
    columns,
    ordered,
    share,
)
from qa_service.report.coaching_page import standing_lines
from qa_service.report.figures import CLEAR
from qa_service.report.texts import Both, joined, same, say

Document = Any


def team_page(doc: Document) -> Report:
    """The report of a team, from its document."""
    sections = (
        Section(say("points.coaching"), (Lines(standing_lines(doc["headlines"])),), half=True),
        Section(say("todo"), (ordered(doc["todo"]),), half=True, tone="todo"),
        Section(say("team.agents"), (_agents(doc),), say("team.note")),
        Section(say("team.steps"), (_steps(doc),)),
    )
    scope = say("scope.coaching_team", n=doc["n_conversations"], agents=doc["n_agents"])
    aside = f"{doc['from'] or '…'} – {doc['to'] or '…'}"
    return Report(say("title.coaching_team"), same(doc["team"]), aside, scope, sections, say("method.coaching_team"))


def _agents(doc: Document) -> Table:
    headings = columns("agent", "n", "score", "complaints", "refunds", "below", "above")
    return Table(say("team.agents"), headings, tuple(_agent(row) for row in doc["agents"]))


def _agent(row: Document) -> tuple[Cell, ...]:
    n = row["n_conversations"]
    return (
        _name(row["agent"]),
        (Amount(n, same(f"{n:,}")),),
        _score(row["score"]),
        (share(row["complaints"]),),
        (share(row["refunds"]),),
        _steps_of(row["below"]),
        _steps_of(row["above"]),
    )


def _name(agent: Document) -> Cell:
    name = Words(same(agent["name"] or agent["id"]), "strong")
    return (name, Words(same(agent["id"]), "muted")) if agent["name"] else (name,)


def _score(score: Document) -> Cell:
    pulled = score["shrunken"]
    if pulled is None:
        return (Words(say("team.score.few", n=score["n"]), "muted"),)
    parts = {"mean": f"{pulled['value']:.1f}", "low": f"{pulled['ci_low']:.0f}", "high": f"{pulled['ci_high']:.0f}"}
    amount = Amount(pulled["value"], say("team.score", n=score["n"], **parts), pulled["ci_low"], pulled["ci_high"])
    return amount, badge(score["direction"], "higher", "standing")


def _steps_of(names: list[Both]) -> Cell:
    return (Words(joined(names)),) if names else (Words(same("–"), "muted"),)


def _steps(doc: Document) -> Table | Note:
    if not doc["steps"]:
        return Note(say("nothing.coaching"))
    people = {row["agent"]["id"]: row["agent"]["name"] or row["agent"]["id"] for row in doc["agents"]}
    headings = (*columns("step", "team"), *(same(name) for name in people.values()))
    several = len({step["sop"] for step in doc["steps"]}) > 1
    rows: list[tuple[Cell, ...]] = []
    for step in doc["steps"]:
        mine = {cell["agent"]: cell for cell in step["agents"]}
        kind = Words(step["sop_title"] if several else say(f"kind.{step['kind']}"), "muted")
        cells = tuple(_cell(mine.get(agent)) for agent in people)
        rows.append(((Words(step["name"], "strong"), kind), (share(step["team"], TIMES),), *cells))
    return Table(say("team.steps"), headings, tuple(rows))


def _cell(cell: Document) -> Cell:
    if cell is None:
        return (Words(same("–"), "muted"),)
    clear = cell["direction"] in CLEAR
    return (share(cell, TIMES), *((badge(cell["direction"], "higher", "standing"),) if clear else ()))
