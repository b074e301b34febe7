"""Journeys as JSON objects; findings stand in them as the contract writes them, each with its conversation."""

import json
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Protocol

from qa_service.domain.analysis_json import analysis_to_json
from qa_service.domain.journey import (
    Contact,
    JourneyAnalysis,
    JourneyCheck,
    JourneyElement,
    JourneyObligation,
    JourneyOrder,
    JourneyPart,
    JourneyStep,
    Place,
    Seen,
)
from qa_service.domain.score import Score

Json = dict[str, Any]
Judged = Mapping[str, Json]
"""The contract objects of the analyses, by conversation."""

# The fields of an analysis that tell how a contact was judged.
VERDICT = ("sop", "sop_version", "versions", "score", "score_low", "score_high", "score_state", "passed", "veto")


class _Doubtful(Protocol):
    @property
    def confidence(self) -> float: ...
    @property
    def unsure(self) -> bool: ...


def journey_to_line(analysis: JourneyAnalysis) -> str:
    """One line of a file of journeys: the same journey is always the same bytes."""
    return json.dumps(journey_to_json(analysis), ensure_ascii=False, separators=(", ", ": "))


def journey_to_json(analysis: JourneyAnalysis) -> Json:
    """The object of a journey."""
    contacts = analysis.journey.contacts
    judged = {one.id: analysis_to_json(one.analysis) for one in contacts if one.analysis}
    return {
        "customer_id": analysis.journey.customer_id,
        "as_of": analysis.journey.as_of.isoformat(),
        "begun_at": contacts[0].at.isoformat(),
        "last_at": contacts[-1].at.isoformat(),
        "most_days_apart": analysis.most_days_apart,
        "versions": dict(analysis.versions),
        "contacts": _contacts(contacts, judged),
        "parts": [_part(part, judged) for part in analysis.parts],
        "promises": _listed(judged, "promises"),
        "red_lines": _listed(judged, "red_lines"),
        "complaints": [_in(one, judged[one.conversation_id]["complaint"]) for one in analysis.complaints],
        "refunds": [_in(one, judged[one.conversation_id]["refund"]) for one in analysis.refunds],
    }


def _contacts(contacts: Sequence[Contact], judged: Judged) -> list[Json]:
    """`promises_before`: how many of the journey's promises were made before this contact began."""
    made = [len(one.analysis.promises) if one.analysis else 0 for one in contacts]
    return [_contact(one, before, judged) for one, before in zip(contacts, accumulate([0, *made]), strict=False)]


def _contact(one: Contact, promises_before: int, judged: Judged) -> Json:
    conversation, verdict = one.conversation, judged.get(one.id)
    body: Json = {
        "conversation_id": one.id,
        "started_at": one.at.isoformat(),
        "channel": conversation.channel.value,
        "product": conversation.product,
        "stage": conversation.stage,
        "agent_id": conversation.agent.id,
        "analysed": verdict is not None,
        "promises_before": promises_before,
    }
    return body | {name: verdict[name] if verdict else None for name in VERDICT}


def _part(part: JourneyPart, judged: Judged) -> Json:
    own = {name: judged[name] for name in part.contacts}
    return {
        "sop": part.sop,
        "sop_version": part.sop_version,
        "stage": part.stage,
        "contacts": list(part.contacts),
        **_score(part.score),
        "steps": [_step(step, judged) for step in part.steps],
        "order_violations": [_order(order) for order in part.orders],
        "obligations": [_obligation(episode) for episode in part.obligations],
        "red_lines": _listed(own, "red_lines"),
        "checks": [_check(check) for check in part.checks],
        "doubts": [{"conversation_id": one.conversation_id, "doubt": one.finding} for one in part.doubts],
    }


def _score(score: Score) -> Json:
    return {
        "score": score.value,
        "score_low": score.low,
        "score_high": score.high,
        "score_state": score.state.value,
        "passed": score.passed,
        "veto": score.veto.value if score.veto else None,
    }


def _step(step: JourneyStep, judged: Judged) -> Json:
    """`shown` is what decided, as the analysis of that contact has it; `contacts` is the best guess in each."""
    shown = next(one for one in judged[step.shown.conversation_id]["steps"] if one["id"] == step.id)
    body = _sure({"id": step.id, "scope": step.scope.value, "status": step.status.value}, step)
    body["shown"] = _in(step.shown, {name: value for name, value in shown.items() if name not in ("id", "elements")})
    body["contacts"] = [
        _in(one, {"status": one.finding.status.value, "turns": list(one.finding.turns)}) for one in step.contacts
    ]
    return body | ({"elements": [_element(element) for element in step.elements]} if step.elements else {})


def _element(element: JourneyElement) -> Json:
    shown = _in(element.shown, {"turns": list(element.shown.finding.turns)})
    return {"id": element.id, "done": element.done, "confidence": element.confidence, "shown": shown}


def _order(order: JourneyOrder) -> Json:
    return _sure({"before": order.before, "after": order.after, "places": list(map(_place, order.places))}, order)


def _obligation(episode: JourneyObligation) -> Json:
    body = {
        "id": episode.id,
        "scope": episode.scope.value,
        "trigger": _place(episode.trigger),
        "response": _place(episode.response) if episode.response else None,
        "met": episode.met,
    }
    return _sure(body, episode)


def _check(check: JourneyCheck) -> Json:
    places = [
        _in(one, {"turn": span.turn, "start": span.start, "end": span.end, "quote": one.finding.quote})
        for one in check.places
        for span in (one.finding.span,)
    ]
    body: Json = {"id": check.id, "scope": check.scope.value, "verdict": check.verdict.value, "places": places}
    body["contacts"] = [_in(one, {"verdict": one.finding.verdict.value}) for one in check.contacts]
    return _sure(body, check)


def _place(place: Place) -> Json:
    return {"conversation_id": place.conversation_id, "turn": place.turn}


def _listed(judged: Judged, name: str) -> list[Json]:
    return [{"conversation_id": one_id, **item} for one_id, body in judged.items() for item in body[name]]


def _in(seen: Seen[Any], body: Json) -> Json:
    return {"conversation_id": seen.conversation_id, **body}


def _sure(body: Json, finding: _Doubtful) -> Json:
    return body | {"confidence": finding.confidence} | ({"unsure": True} if finding.unsure else {})
