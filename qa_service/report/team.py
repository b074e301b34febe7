"""The team's coaching table as a document."""

from qa_service.domain.change import Direction
from qa_service.domain.coaching import TeamCell, TeamRow, TeamSheet, TeamStep
from qa_service.domain.counted import rate_to_json
from qa_service.report.coaching import estimate_to_json, mean_to_json
from qa_service.report.figures import Json, counted
from qa_service.report.texts import Both, Names, joined, percent, say

FORMAT = 1
# A step that the whole team gives less often than this is trained together, not agent by agent.
LOW_FOR_ALL = 0.5
MOST = 5


def team_document(sheet: TeamSheet, names: Names) -> Json:
    """All agents of a team, by id; what differs by more than chance is said, nothing is ranked."""
    people = {row.agent_id: row.agent_name or row.agent_id for row in sheet.rows}
    period = sheet.period
    first, last = period.first or sheet.first_day, period.last or sheet.last_day
    return {
        "report": "coaching_team",
        "format": FORMAT,
        "team": sheet.team,
        "from": first.isoformat() if first else None,
        "to": last.isoformat() if last else None,
        "n_conversations": sheet.n,
        "n_agents": len(sheet.rows),
        "headlines": _headlines(sheet, names, people),
        "agents": [_row(row, sheet, names) for row in sheet.rows],
        "steps": [_step(step, names) for step in sheet.steps],
    }


def _headlines(sheet: TeamSheet, names: Names, people: dict[str, str]) -> list[Json]:
    found: list[Json] = []
    for step in sorted(sheet.steps, key=lambda one: (one.whole.value or 0.0, one.id)):
        name = names.part(step.sop, step.kind, step.id)
        below = [_named(cell, people) for cell in step.cells if cell.direction is Direction.LOWER]
        if below:
            text = say("team.below", step=name, names=joined(below))
        elif step.whole.value is not None and step.whole.high < LOW_FOR_ALL:
            rate = percent(step.whole.value, step.whole.n)
            text = say("team.many_below", step=name, rate=rate, k=int(step.whole.k), n=step.whole.n)
        else:
            continue
        found.append({"text": text, "direction": "lower", "about": step.id})
    return found[:MOST] or [{"text": say("team.nobody"), "direction": "no_clear_change", "about": "all"}]


def _named(cell: TeamCell, people: dict[str, str]) -> Both:
    own = cell.own.rate
    counted = say("times_k_of_n", k=int(own.k), n=own.n)
    return {
        "zh": f"{people[cell.agent_id]}（{counted['zh']}）",
        "en": f"{people[cell.agent_id]} ({counted['en']})",
    }


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
