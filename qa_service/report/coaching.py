"""The coaching report: one agent's sheet to a document that says what goes well and what matters most."""

from typing import Any

from qa_service.domain.change import Direction, change_to_json
from qa_service.domain.coaching import (
    CoachingCase,
    CoachingNeed,
    CoachingPoint,
    CoachingSheet,
    Estimate,
    Grievance,
    Mean,
    Moved,
    Scores,
)
from qa_service.domain.counted import rate_to_json
from qa_service.domain.quote import quote_to_json
from qa_service.report.coaching_todo import coaching_todo
from qa_service.report.figures import Json, counted, iso
from qa_service.report.texts import Both, Names, percent, say

FORMAT = 1


def coaching_document(sheet: CoachingSheet, names: Names, fewest: int) -> Json:
    """The report as a plain object: the same content as its page."""
    period = sheet.period
    return {
        "report": "coaching",
        "format": FORMAT,
        "agent": {"id": sheet.agent_id, "name": sheet.agent_name, "team": sheet.team},
        "from": iso(period.first or sheet.first_day),
        "to": iso(period.last or sheet.last_day),
        "n_conversations": sheet.n,
        "conversations": list(sheet.conversations),
        "compared_with": {
            "group": sheet.compared_with,
            "n_agents": sheet.n_colleague_agents,
            "n_conversations": sheet.n_colleagues,
        },
        "headlines": _headlines(sheet, names, fewest),
        "todo": coaching_todo(sheet, names),
        "scores": _scores(sheet.scores),
        "strengths": [_point(point, names) for point in sheet.strengths],
        "priorities": [_point(point, names) for point in sheet.priorities],
        "points": [_point(point, names) for point in sheet.points],
        "last_time": [_moved(moved, names) for moved in sheet.moved],
        "needs": [_need(need) for need in sheet.needs],
        "complaints": counted(sheet.complaints, sheet.complaint_change),
        "refunds": counted(sheet.refunds, sheet.refund_change),
        "grievances": [_grievance(one, names) for one in sheet.grievances],
        "red_lines": [
            {"id": line, "name": names.red_line(line), "severity": names.severity(line)} | quote_to_json(quote)
            for line, quote in sheet.red_lines
        ],
    }


def _headlines(sheet: CoachingSheet, names: Names, fewest: int) -> list[Json]:
    found: list[Json] = []
    for point in sheet.priorities:
        text = say(f"coaching.priority.{_ranked_by(point)}", **_parts(point, names), **_worth_parts(point))
        found.append({"text": text, "direction": "lower", "about": point.id})
    for point in sheet.strengths[:2]:
        parts = _parts(point, names)
        found.append({"text": say("coaching.strength", **parts), "direction": "higher", "about": point.id})
    if found:
        return found
    if any(point.change.direction is Direction.NO_CLEAR_CHANGE for point in sheet.points):
        return [{"text": say("coaching.alike"), "direction": "no_clear_change", "about": "all"}]
    text = say("coaching.few", n=sheet.n, fewest=fewest)
    return [{"text": text, "direction": "not_enough_data", "about": "all"}]


def _ranked_by(point: CoachingPoint) -> str:
    return "effect" if point.helpful else "points"


def _worth_parts(point: CoachingPoint) -> dict[str, Any]:
    """What closing the gap would bring, in the words of the reader: of a hundred conversations, or points of each."""
    worth = point.worth
    if point.helpful is None:
        return {"points": f"{max(0.0, worth.value):.1f}"}
    numbers = {"more": worth.value, "low": worth.low, "high": worth.high}
    parts = {key: f"{100 * value:.1f}" for key, value in numbers.items()}
    return parts | {"outcome": say(f"outcome.{point.helpful.outcome}"), "n_effect": point.helpful.n}


def _parts(point: CoachingPoint, names: Names) -> dict[str, Any]:
    own, colleagues = point.own.rate, point.change.difference.before
    return {
        "step": names.part(point.sop, point.kind, point.id),
        "own": percent(own.value, own.n),
        "k": int(own.k),
        "n": own.n,
        "colleagues": percent(colleagues.value, colleagues.n),
        "k_colleagues": int(colleagues.k),
        "n_colleagues": colleagues.n,
    }


def _point(point: CoachingPoint, names: Names) -> Json:
    body = {
        "sop": point.sop,
        "sop_title": names.sop(point.sop),
        "kind": point.kind,
        "id": point.id,
        "name": names.part(point.sop, point.kind, point.id),
        "weight": point.weight,
        "points_lost": round(point.points_lost, 2),
        "shrunken": estimate_to_json(point.shrunken),
        "gap": estimate_to_json(point.gap),
        "worth": _worth(point),
    }
    # The conversations behind a step are those in which it was missed.
    return body | counted(point.own, point.change) | {"cases": [_case(case) for case in point.cases]}


def _worth(point: CoachingPoint) -> Json:
    """What closing the gap would bring: of an outcome where an effect was found, else points of the score."""
    found: Json = {"by": _ranked_by(point)} | estimate_to_json(point.worth)
    if point.helpful is None:
        return found
    known = point.helpful
    effect = estimate_to_json(known.effect) | {"n": known.n, "grade": known.grade}
    return found | {"outcome": known.outcome, "effect": effect, "text": say("coaching.worth", **_worth_parts(point))}


def estimate_to_json(one: Estimate) -> Json:
    """A number with its interval."""
    return {"value": round(one.value, 4), "ci_low": round(one.low, 4), "ci_high": round(one.high, 4)}


def _moved(moved: Moved, names: Names) -> Json:
    point = moved.point
    name = names.part(point.sop, point.kind, point.id)
    body = {"sop": point.sop, "kind": point.kind, "id": point.id, "name": name, "on": point.on.isoformat()}
    then = rate_to_json(point.own) | {"shrunken": estimate_to_json(point.shrunken)}
    return body | {"then": then} | counted(moved.since, moved.change)


def _case(case: CoachingCase) -> Json:
    return {"kind": case.kind, "agent": case.agent_id} | quote_to_json(case.quote)


def _need(need: CoachingNeed) -> Json:
    return {
        "topic_id": need.topic.id,
        "label": need.topic.label,
        "keywords": list(need.topic.keywords),
        "objections": need.objections,
        **counted(need.own),
        "answered": {
            "k": int(need.answered.difference.now.k),
            "n": need.answered.difference.now.n,
            "rate": need.answered.difference.now.value,
            "change": change_to_json(need.answered),
        },
        "open": list(need.open_in),
        "best_answer": _case(need.best_answer) if need.best_answer else None,
        "approved": [{"id": one.id, "text": one.text, "product": one.product} for one in need.approved],
    }


def _grievance(one: Grievance, names: Names) -> Json:
    return {
        "kind": one.kind,
        "name": say(f"figure.{one.kind}"),
        "conversation_id": one.conversation_id,
        "reasons": [{"id": reason, "name": names.reason(one.kind, reason)} for reason in one.reasons],
        "quote": quote_to_json(one.quote) if one.quote else None,
        "promises": [
            {"kind": kind, "name": names.promise(kind)} | quote_to_json(quote) for kind, quote in one.promises
        ],
    }


def _scores(scores: Scores) -> Json:
    return {
        "own": mean_to_json(scores.own),
        "colleagues": mean_to_json(scores.colleagues),
        "provisional": {"n": scores.provisional, "low": scores.provisional_low, "high": scores.provisional_high},
        "text": _scores_text(scores),
    }


def _scores_text(scores: Scores) -> list[Both]:
    own, others = scores.own, scores.colleagues
    if own.low is None or others.low is None:
        found = [say("coaching.scores.few", n=own.n, n_colleagues=others.n)]
    else:
        ours = {"n": own.n, "mean": f"{own.value:.1f}", "low": f"{own.low:.0f}", "high": f"{own.high:.0f}"}
        theirs = {"n_colleagues": others.n, "colleagues": f"{others.value:.1f}"}
        bounds = {"c_low": f"{others.low:.0f}", "c_high": f"{others.high:.0f}"}
        found = [say("coaching.scores.text", **ours, **theirs, **bounds)]
    if scores.provisional:
        low, high = f"{scores.provisional_low:.0f}", f"{scores.provisional_high:.0f}"
        found.append(say("coaching.scores.provisional", n=scores.provisional, low=low, high=high))
    return found


def mean_to_json(mean: Mean) -> Json:
    """A mean with its n and interval."""
    parts = {"mean": mean.value, "ci_low": mean.low, "ci_high": mean.high}
    return {"n": mean.n} | {key: None if value is None else round(value, 2) for key, value in parts.items()}
