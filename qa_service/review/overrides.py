"""What an override may say: every mistake is refused with the sentence that helps to mend it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from qa_service.domain.conversation import Conversation, Speaker
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import CheckVerdict, StepStatus
from qa_service.domain.review import Decision
from qa_service.domain.sop import Sop
from qa_service.errors import InvalidInput
from qa_service.review.bodies import GRIEVANCES, KINDS

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KnownIds:
    """The ids that a person may choose from, by kind of finding."""

    complaint: Collection[str]
    refund: Collection[str]
    need: Collection[str]
    promise: Collection[str]
    competitor: Collection[str]


@dataclass(frozen=True, slots=True)
class Frame:
    """What an override is checked against."""

    conversation: Conversation
    sop: Sop | None
    known: KnownIds


def kind_of(finding_key: str) -> str:
    """The kind of finding that a key names."""
    kind = finding_key.split("/", 1)[0]
    if kind not in KINDS:
        raise InvalidInput(f"{finding_key!r} names no finding; a key begins with one of {', '.join(KINDS)}")
    return kind


def checked_value(kind: str, decision: Decision, value: Body, frame: Frame) -> dict[str, Any]:
    """The value of an override with quotes cut from the text; raises InvalidInput."""
    if kind == "step" and decision is Decision.REMOVE:
        raise InvalidInput("a step is never removed; `change` its status to missed or not_applicable")
    if decision in (Decision.CONFIRM, Decision.REMOVE):
        if value:
            raise InvalidInput(f"`value` must be empty when the decision is {decision.value}")
        return {}
    if not value:
        raise InvalidInput("`value` is empty; give the fields of the finding as it should be")
    return _CHECKS[kind](dict(value), frame)


def _step(value: dict[str, Any], frame: Frame) -> dict[str, Any]:
    _only(value, "id", "status", "turns")
    _one_of(value.get("status"), [status.value for status in StepStatus], "status")
    if "id" in value:
        _one_of(value["id"], [step.id for step in frame.sop.steps] if frame.sop else [], "id")
    turns = _turns(value.get("turns", []), frame, Speaker.AGENT)
    if value["status"] == "done" and not turns:
        raise InvalidInput("a step that was done needs `turns`: the agent turns that do it")
    return value | {"turns": turns}


def _order(value: dict[str, Any], frame: Frame) -> dict[str, Any]:
    _only(value, "before", "after", "turns")
    pairs = [f"{pair.before}>{pair.after}" for pair in frame.sop.order] if frame.sop else []
    _one_of(f"{value.get('before')}>{value.get('after')}", pairs, "before>after")
    turns = value.get("turns")
    if not isinstance(turns, list) or len(turns) != 2:
        raise InvalidInput("`turns` must hold two turns: the first of `before` and the first of `after`")
    return value | {"turns": [_turn(turn, frame, Speaker.AGENT) for turn in turns]}


def _obligation(value: dict[str, Any], frame: Frame) -> dict[str, Any]:
    _only(value, "id", "trigger_turn", "response_turn", "met")
    if "id" in value:
        _one_of(value["id"], [one.id for one in frame.sop.obligations] if frame.sop else [], "id")
    if "trigger_turn" in value:
        _turn(value["trigger_turn"], frame, Speaker.CUSTOMER)
    _one_of(value.get("met"), [True, False], "met")
    if value["met"]:
        _turn(value.get("response_turn"), frame, Speaker.AGENT)
    return {"response_turn": None} | value


def _red_line(value: dict[str, Any], frame: Frame) -> dict[str, Any]:
    _only(value, "id", "turn", "start", "end", "quote")
    _one_of(value.get("id"), [line.id for line in frame.sop.red_lines] if frame.sop else [], "id")
    return value | _span(value, frame, Speaker.AGENT, "quote")


def _check(value: dict[str, Any], frame: Frame) -> dict[str, Any]:
    _only(value, "id", "verdict", "places")
    _one_of(value.get("verdict"), [verdict.value for verdict in CheckVerdict], "verdict")
    if "id" in value:
        _one_of(value["id"], [check.id for check in frame.sop.checks] if frame.sop else [], "id")
    places = value.get("places", [])
    if not isinstance(places, list) or not all(isinstance(place, Mapping) for place in places):
        raise InvalidInput("`places` must be a list of objects with `turn` and `quote`")
    return value | {"places": [_span(place, frame, None, "quote") for place in places]}


def _need(value: dict[str, Any], frame: Frame) -> dict[str, Any]:
    _only(value, "turn", "start", "end", "text", "kind", "handled", "response_turn")
    _one_of(value.get("kind"), frame.known.need, "kind")
    if value.get("handled") is not None:
        _one_of(value["handled"], ("answered", "partly", "evaded", "none"), "handled")
    if value.get("response_turn") is not None:
        _turn(value["response_turn"], frame, Speaker.AGENT)
    return value | _span(value, frame, Speaker.CUSTOMER, "text")


def _promise(value: dict[str, Any], frame: Frame) -> dict[str, Any]:
    _only(value, "turn", "start", "end", "quote", "kind")
    _one_of(value.get("kind"), frame.known.promise, "kind")
    return value | _span(value, frame, Speaker.AGENT, "quote")


def _competitor(value: dict[str, Any], frame: Frame) -> dict[str, Any]:
    _only(value, "turn", "start", "end", "quote", "stance")
    _one_of(value.get("stance"), frame.known.competitor, "stance")
    return value | _span(value, frame, None, "quote")


def _grievance(labels: Collection[str], value: dict[str, Any], frame: Frame) -> dict[str, Any]:
    _only(value, "detected", "turns", "reasons")
    _one_of(value.get("detected"), [True, False], "detected")
    turns = _turns(value.get("turns", []), frame, Speaker.CUSTOMER)
    reasons = value.get("reasons", [])
    if not isinstance(reasons, list) or not all(isinstance(reason, Mapping) for reason in reasons):
        raise InvalidInput("`reasons` must be a list of objects with `id` and `turns`")
    for reason in reasons:
        _one_of(reason.get("id"), labels, "reasons[].id")
    checked = [{"id": r["id"], "turns": _turns(r.get("turns", turns), frame, Speaker.CUSTOMER)} for r in reasons]
    return value | {"turns": turns, "reasons": checked}


_CHECKS: Mapping[str, Callable[[dict[str, Any], Frame], dict[str, Any]]] = {
    "step": _step,
    "order": _order,
    "obligation": _obligation,
    "red_line": _red_line,
    "check": _check,
    "need": _need,
    "promise": _promise,
    "competitor": _competitor,
    "complaint": lambda value, frame: _grievance(frame.known.complaint, value, frame),
    "refund": lambda value, frame: _grievance(frame.known.refund, value, frame),
}
assert set(GRIEVANCES) < set(_CHECKS) == set(KINDS)


def _only(value: Body, *known: str) -> None:
    for key in value:
        if key not in known:
            raise InvalidInput(f"`value.{key}` is not known here; known are {', '.join(known)}")


def _one_of(value: Any, allowed: Collection[Any], name: str) -> None:
    if isinstance(value, list | dict) or value not in allowed:
        choices = ", ".join(str(one).lower() if isinstance(one, bool) else str(one) for one in allowed)
        raise InvalidInput(f"`value.{name}` must be one of: {choices or '(this SOP has none)'}")


def _turn(value: Any, frame: Frame, speaker: Speaker | None) -> int:
    turns = frame.conversation.turns
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(turns):
        raise InvalidInput(f"a turn must be a number from 0 to {len(turns) - 1}")
    if speaker is not None and turns[value].speaker is not speaker:
        raise InvalidInput(f"turn {value} is not a turn of the {speaker.value}")
    return value


def _turns(value: Any, frame: Frame, speaker: Speaker) -> list[int]:
    if not isinstance(value, list):
        raise InvalidInput("`value.turns` must be a list of turn numbers")
    return sorted({_turn(turn, frame, speaker) for turn in value})


def _span(value: Body, frame: Frame, speaker: Speaker | None, name: str) -> dict[str, Any]:
    """Turn, start, end and quote; the place may be given by offsets, or by the quote alone."""
    turn = _turn(value.get("turn"), frame, speaker)
    text = frame.conversation.turns[turn].text
    start, end, quote = value.get("start"), value.get("end"), value.get(name)
    if start is None and isinstance(quote, str) and quote and quote in text:
        start, end = text.index(quote), text.index(quote) + len(quote)
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(text):
        raise InvalidInput(f"the words are not in turn {turn}; give `{name}` letter for letter, or `start` and `end`")
    return {"turn": turn, "start": start, "end": end, name: EvidenceSpan(turn, start, end).quote(text)}
