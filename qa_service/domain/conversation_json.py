"""Conversations to and from the contract's JSON objects, with errors that name the field."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any, TypeVar

from qa_service.domain.conversation import (
    Agent,
    Channel,
    Conversation,
    Customer,
    Outcome,
    PersonalSpan,
    Speaker,
    Turn,
)
from qa_service.domain.json_values import refuse_control, refuse_number, refuse_unkeepable
from qa_service.errors import InvalidConversation, TooLarge

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
MAX_TURNS = 20_000
MAX_TURN_CHARACTERS = 20_000
MAX_FIELD_CHARACTERS = 200
"""Of ids and names, which are indexed: PostgreSQL's index entries end at 2,700 bytes."""
MAX_FREE_TEXT = 4_000
YEARS = range(1970, 2200)
TURN_TYPES = ("text", "image", "voice", "video", "file", "link", "card", "red_packet", "other")

Json = Mapping[str, Any]
Moment = TypeVar("Moment", datetime, date)


def conversation_from_json(body: Any, *, zone: tzinfo = CHINA) -> Conversation:
    """Read a contract object; times without an offset are taken in `zone`. Raises InvalidConversation."""
    body = _object(body, "the conversation")
    turns = body.get("turns")
    if not isinstance(turns, list) or not turns:
        raise InvalidConversation("`turns` must be a list with at least one turn")
    if len(turns) > MAX_TURNS:
        raise TooLarge(f"{len(turns)} turns; at most {MAX_TURNS} are taken in one conversation: split it")
    known = {field.name for field in fields(Conversation)} - {"extra"}
    return Conversation(
        id=_required_id(body),
        turns=tuple(_turn(turn, f"turns[{index}]", zone) for index, turn in enumerate(turns)),
        channel=Channel(_choice(body, "channel", _CHANNELS) or "call"),
        **{key: _text(body, key) for key in _TEXT_FIELDS},
        agent=_agent(body.get("agent")),
        customer=_customer(body.get("customer")),
        started_at=_time(body, "started_at", zone),
        duration_s=_number(body, "duration_s"),
        consent=_free(body.get("consent"), "consent"),
        outcome=_outcome(body.get("outcome")),
        tags=_tags(body.get("tags")),
        extra=_free({key: value for key, value in body.items() if key not in known}, "the conversation"),
    )


def conversation_to_json(conversation: Conversation) -> dict[str, Any]:
    """The contract object of a conversation; fields that are absent stay absent."""
    body: dict[str, Any] = {"id": conversation.id, "channel": conversation.channel.value}
    body |= _present({key: getattr(conversation, key) for key in (*_TEXT_FIELDS, "duration_s", "consent")})
    body |= _present({"started_at": _iso(conversation.started_at)})
    parts: dict[str, Agent | Customer | Outcome] = {
        "agent": conversation.agent,
        "customer": conversation.customer,
        "outcome": conversation.outcome,
    }
    body |= {name: part for name, value in parts.items() if (part := _part_to_json(value))}
    if conversation.tags:
        body["tags"] = dict(conversation.tags)
    body |= conversation.extra
    body["turns"] = [turn_to_json(turn) for turn in conversation.turns]
    return body


def turn_to_json(turn: Turn) -> dict[str, Any]:
    """The contract object of one turn."""
    body: dict[str, Any] = {"speaker": turn.speaker.value, "text": turn.text}
    optional = ("start_ms", "end_ms", "speaker_id", "asr_confidence", "role_confidence")
    body |= _present({key: getattr(turn, key) for key in optional} | {"sent_at": _iso(turn.sent_at)})
    if turn.type != "text":
        body["type"] = turn.type
    if turn.recalled:
        body["recalled"] = True
    if turn.personal:
        body["personal"] = [{"start": span.start, "end": span.end, "kind": span.kind} for span in turn.personal]
    return body | dict(turn.extra)


_TEXT_FIELDS = ("product", "scenario", "stage", "direction", "sop", "hung_up_by", "recording_url")
_SPEAKERS = tuple(speaker.value for speaker in Speaker)
_CHANNELS = tuple(channel.value for channel in Channel)
_PLAIN = frozenset({"speaker", "text", "start_ms", "end_ms"})
_TURN_FIELDS = {field.name for field in fields(Turn)} - {"extra"}


def _turn(body: Any, where: str, zone: tzinfo) -> Turn:
    body = _object(body, where)
    text = body.get("text")
    if not isinstance(text, str):
        raise InvalidConversation(f"{where}.text must be a string")
    if len(text) > MAX_TURN_CHARACTERS:
        raise TooLarge(f"{where}.text has {len(text)} characters; at most {MAX_TURN_CHARACTERS} are taken")
    refuse_control(text, f"{where}.text")
    speaker = _choice(body, "speaker", _SPEAKERS, where)
    if speaker is None:
        raise InvalidConversation(f"{where}.speaker is missing: agent, customer or system")
    if body.keys() <= _PLAIN:
        # Most turns are no more than this; not asking for all the rest reads a file in half the time.
        return Turn(Speaker(speaker), text, _whole(body, "start_ms", where), _whole(body, "end_ms", where))
    return Turn(
        speaker=Speaker(speaker),
        text=text,
        start_ms=_whole(body, "start_ms", where),
        end_ms=_whole(body, "end_ms", where),
        sent_at=_time(body, "sent_at", zone, where),
        type=_choice(body, "type", TURN_TYPES, where) or "text",
        speaker_id=_text(body, "speaker_id", where),
        recalled=bool(body.get("recalled", False)),
        asr_confidence=_number(body, "asr_confidence", where),
        role_confidence=_number(body, "role_confidence", where),
        personal=_personal(body.get("personal"), len(text), where),
        extra=_free({key: value for key, value in body.items() if key not in _TURN_FIELDS}, where),
    )


def _personal(body: Any, length: int, where: str) -> tuple[PersonalSpan, ...]:
    if body is None:
        return ()
    try:
        spans = tuple(PersonalSpan(int(s["start"]), int(s["end"]), str(s["kind"])) for s in _free(body, where))
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise InvalidConversation(f"{where}.personal must be a list of start, end, kind") from error
    if any(not 0 <= span.start < span.end <= length for span in spans):
        raise InvalidConversation(f"{where}.personal has a span outside the text")
    return spans


def _agent(body: Any) -> Agent:
    if body is None:
        return Agent()
    body = _object(body, "agent")
    org = body.get("org") or []
    if not isinstance(org, list) or not all(isinstance(node, str) for node in org):
        raise InvalidConversation("agent.org must be a list of names, outermost first")
    _free(org, "agent.org")
    return Agent(
        id=_text(body, "id", "agent"),
        name=_text(body, "name", "agent"),
        team=_text(body, "team", "agent") or (org[-1] if org else None),
        org=tuple(org),
        hired_on=_date(body, "hired_on"),
        shift=_text(body, "shift", "agent"),
        extra=_unknown(body, Agent),
    )


def _customer(body: Any) -> Customer:
    if body is None:
        return Customer()
    body = _object(body, "customer")
    return Customer(
        id=_text(body, "id", "customer"), is_minor=_truth(body, "is_minor", "customer"), extra=_unknown(body, Customer)
    )


def _outcome(body: Any) -> Outcome:
    if body is None:
        return Outcome()
    body = _object(body, "outcome")
    truths = {key: _truth(body, key, "outcome") for key in ("converted", "trial_attended", "refunded", "complained")}
    return Outcome(**truths, amount=_number(body, "amount", "outcome"), extra=_unknown(body, Outcome))


def _tags(body: Any) -> dict[str, str]:
    if body is None:
        return {}
    tags = {str(key): str(value) for key, value in _free(_object(body, "tags"), "tags").items() if value is not None}
    if any(len(text) > MAX_FREE_TEXT for pair in tags.items() for text in pair):
        raise TooLarge(f"a tag has more than {MAX_FREE_TEXT} characters")
    return tags


def _unknown(body: Json, kind: type) -> dict[str, Any]:
    known = {field.name for field in fields(kind)} - {"extra"}
    unknown = {key: value for key, value in body.items() if key not in known}
    _free(unknown, kind.__name__.lower())
    return unknown


def _free(value: Any, where: str) -> Any:
    if value:
        refuse_unkeepable(value, where)
    return value


def _required_id(body: Json) -> str:
    value = _text(body, "id")
    if not value:
        raise InvalidConversation("`id` is missing or empty")
    return value


def _object(body: Any, where: str) -> dict[str, Any]:
    if not isinstance(body, Mapping):
        raise InvalidConversation(f"{where} must be a JSON object, not {type(body).__name__}")
    return dict(body)


def _at(key: str, where: str) -> str:
    return f"{where}.{key}" if where else key


def _text(body: Json, key: str, where: str = "") -> str | None:
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidConversation(f"{_at(key, where)} must be a string")
    text, limit = str(value), MAX_FREE_TEXT if key == "recording_url" else MAX_FIELD_CHARACTERS
    if len(text) > limit:
        raise TooLarge(f"{_at(key, where)} has {len(text)} characters; at most {limit} are taken")
    refuse_control(text, _at(key, where))
    return text


def _choice(body: Json, key: str, allowed: tuple[str, ...], where: str = "") -> str | None:
    value = body.get(key)
    if value is None:
        return None
    if value not in allowed:
        raise InvalidConversation(f"{_at(key, where)} is {_shown(value)}; it must be one of {', '.join(allowed)}")
    return str(value)


def _shown(value: Any) -> str:
    return repr(value)[:80] if isinstance(value, str | int | float) else f"a value of type {type(value).__name__}"


def _number(body: Json, key: str, where: str = "") -> float | None:
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidConversation(f"{_at(key, where)} must be a finite number")
    refuse_number(value, _at(key, where))
    return value


def _whole(body: Json, key: str, where: str) -> int | None:
    value = _number(body, key, where)
    return None if value is None else round(value)


def _truth(body: Json, key: str, where: str) -> bool | None:
    value = body.get(key)
    if value is not None and not isinstance(value, bool):
        raise InvalidConversation(f"{_at(key, where)} must be true, false or null")
    return value


def _time(body: Json, key: str, zone: tzinfo, where: str = "") -> datetime | None:
    value = _parsed(body, key, datetime.fromisoformat, where)
    return value.replace(tzinfo=zone) if value is not None and value.tzinfo is None else value


def _date(body: Json, key: str) -> date | None:
    return _parsed(body, key, date.fromisoformat, "agent")


def _parsed(body: Json, key: str, parse: Callable[[str], Moment], where: str) -> Moment | None:
    value = body.get(key)
    if value is None:
        return None
    try:
        moment = parse(value)
    except (TypeError, ValueError) as error:
        raise InvalidConversation(f"{_at(key, where)} is not an ISO 8601 time: {_shown(value)}") from error
    if moment.year not in YEARS:
        raise InvalidConversation(f"{_at(key, where)} is in the year {moment.year}: not a time of a conversation")
    return moment


def _iso(moment: datetime | date | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _part_to_json(part: Agent | Customer | Outcome) -> dict[str, Any]:
    values = {field.name: getattr(part, field.name) for field in fields(part) if field.name != "extra"}
    values |= {"hired_on": _iso(values["hired_on"])} if "hired_on" in values else {}
    if "org" in values:
        values["org"] = list(values["org"]) or None
    return _present(values) | dict(part.extra)
