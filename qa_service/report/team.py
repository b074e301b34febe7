"""The team's coaching table as a document."""

from collections.abc import Sequence

from qa_service.domain.change import Direction
from qa_service.domain.coaching import TeamCell, TeamRow, TeamSheet, TeamStep
from qa_service.domain.counted import rate_to_json
from qa_service.report.coaching import estimate_to_json, mean_to_json
from qa_service.report.figures import Json, counted, iso
from qa_service.report.texts import Both, Names, joined, percent, say

FORMAT = 1
# A step that the whole team gives less often than this is trained together, not agent by agent.
LOW_FOR_ALL = 0.5
MOST, MOST_STEPS, MOST_TOGETHER = 5, 3, 2


def team_document(sheet: TeamSheet, names: Names) -> Json:
    """All agents of a team, by id; what differs by more than chance is said, nothing is ranked."""
    people = {row.agent_id: row.agent_name or row.agent_id for row in sheet.rows}
    period = sheet.period
    return {
        "report": "coaching_team",
        "format": FORMAT,
        "team": sheet.team,
        "from": iso(period.first or sheet.first_day),
        "to": iso(period.last or sheet.last_day),
        "n_conversations": sheet.n,
        "n_agents": len(sheet.rows),
        "headlines": _headlines(sheet, names, people),
        "todo": _todo(sheet, names, people),
        "agents": [_row(row, sheet, names) for row in sheet.rows],
        "steps": [_step(step, names) for step in sheet.steps],
    }


def _headlines(sheet: TeamSheet, names: Names, people: dict[str, str]) -> list[Json]:
    """What the whole team lacks, then agent by agent, by id, what each lacks."""
    found: list[Json] = []
    for step in _lacked_by_all(sheet):
        parts = {"rate": percent(step.whole.value, step.whole.n), "k": int(step.whole.k), "n": step.whole.n}
        text = say("team.many_below", step=names.part(step.sop, step.kind, step.id), **parts)
        found.append({"text": text, "direction": None, "about": step.id})
    lacking = {agent: own for agent in people if (own := _lacked_by(sheet, agent))}
    for agent, own in list(lacking.items())[:MOST]:
        text = say("team.below", agent=people[agent], steps=_told(own, names))
        found.append({"text": text, "direction": "lower", "about": f"agent/{agent}"})
    if len(lacking) > MOST:
        found.append({"text": say("team.others", n=len(lacking) - MOST), "direction": None, "about": "all"})
    return found or [{"text": say("team.nobody"), "direction": "no_clear_change", "about": "all"}]


def _todo(sheet: TeamSheet, names: Names, people: dict[str, str]) -> list[Both]:
    """Train together what all lack, sit down with whom lacks something, let whom does it well show it."""
    together = _lacked_by_all(sheet)
    found = [say("team.todo.together", step=names.part(step.sop, step.kind, step.id)) for step in together]
    lacked: list[TeamStep] = []
    for agent in people:
        for step, _ in _lacked_by(sheet, agent)[:1]:
            lacked.append(step)
            found.append(say("team.todo.agent", agent=people[agent], step=names.part(step.sop, step.kind, step.id)))
    return [*found[:MOST], *_to_show([*together, *lacked], names, people)] or [say("team.todo.nothing")]


def _to_show(lacked: Sequence[TeamStep], names: Names, people: dict[str, str]) -> list[Both]:
    for step in lacked:
        for cell in step.cells:
            if cell.direction is Direction.HIGHER:
                name = names.part(step.sop, step.kind, step.id)
                return [say("team.todo.learn", agent=people[cell.agent_id], step=name)]
    return []


def _lacked_by_all(sheet: TeamSheet) -> list[TeamStep]:
    low = [step for step in sheet.steps if step.whole.value is not None and step.whole.high < LOW_FOR_ALL]
    return sorted(low, key=lambda step: (step.whole.value or 0.0, step.id))[:MOST_TOGETHER]


def _lacked_by(sheet: TeamSheet, agent: str) -> list[tuple[TeamStep, TeamCell]]:
    """The steps in which an agent is clearly below the others, least done first."""
    pairs = ((step, cell) for step in sheet.steps for cell in step.cells if cell.agent_id == agent)
    below = [(step, cell) for step, cell in pairs if cell.direction is Direction.LOWER]
    return sorted(below, key=lambda pair: (pair[1].own.rate.value or 0.0, pair[0].id))


def _told(own: Sequence[tuple[TeamStep, TeamCell]], names: Names) -> Both:
    steps = [
        say("team.below.step", step=names.part(step.sop, step.kind, step.id), k=int(cell.own.rate.k), n=cell.own.rate.n)
        for step, cell in own[:MOST_STEPS]
    ]
    more = [say("team.below.more", n=len(own) - MOST_STEPS)] if len(own) > MOST_STEPS else []
    return joined([*steps, *more])


def _row(row: TeamRow, sheet: TeamSheet, names: Names) -> Json:
    score = mean_to_json(row.score) | {"direction": row.direction.value}
    return {
        "agent": {"id": row.agent_id, "name": row.agent_name},
        "n_conversations": row.n,
        "score": score | {"shrunken": estimate_to_json(row.shrunken) if row.shrunken else None},
        "complaints": counted(row.complaints),
        "refunds": counted(row.refunds),
        "below": _standing(row, sheet, names, Direction.LOWER),
        "above": _standing(row, sheet, names, Direction.HIGHER),
    }


def _standing(row: TeamRow, sheet: TeamSheet, names: Names, way: Direction) -> list[Both]:
    return [
        names.part(step.sop, step.kind, step.id)
        for step in sheet.steps
        for cell in step.cells
        if cell.agent_id == row.agent_id and cell.direction is way
    ]


def _step(step: TeamStep, names: Names) -> Json:
    part = {"sop": step.sop, "kind": step.kind, "id": step.id, "name": names.part(step.sop, step.kind, step.id)}
    cells = [
        {"agent": cell.agent_id, "direction": cell.direction.value, "shrunken": estimate_to_json(cell.shrunken)}
        | counted(cell.own)
        for cell in step.cells
    ]
    return part | {"sop_title": names.sop(step.sop), "team": rate_to_json(step.whole), "agents": cells}
