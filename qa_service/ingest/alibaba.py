"""Alibaba Cloud 智能对话分析, `UploadDataV4`: one document of tickets, each a conversation."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import MAX_FREE_TEXT
from qa_service.errors import InvalidInput, QaError
from qa_service.ingest.duplicates import SeenConversations
from qa_service.ingest.json_documents import offset, parse_json, salvaged, scalar, words
from qa_service.ingest.lines import document_text
from qa_service.ingest.reader import (
    Defect,
    DefectCode,
    Reading,
    ReadOptions,
    conversation_or_defect,
    defect_of,
    listed,
)
from qa_service.ingest.table_fields import BRACKETED
from qa_service.ingest.times import moment

_HEAD = re.compile(rb'"tickets"\s*:\s*\[|"JsonStr"\s*:|"dialogue"\s*:\s*\[')

ROLES = {"客服": "agent", "客户": "customer"}
"""Exactly these two; a sibling product writes 0 and 1 with the meanings swapped, so numbers are refused."""
BOT = 1
DIRECTIONS: Mapping[int | None, str] = {1: "outbound", 3: "inbound"}
ONLINE, HOTLINE = 0, 1
CHANNELS: Mapping[int | None, str] = {ONLINE: "chat", HOTLINE: "call"}
TYPES = {"TEXT": "text", "AUDIO": "voice", "IMAGE": "image"}
REMARKS = tuple(f"remark{number}" for number in range(1, 26))


class Alibaba:
    """Tickets of `UploadDataV4`, as the document itself or wrapped in `JsonStr`."""

    name: str = "alibaba"
    suffixes: tuple[str, ...] = ()

    def recognises(self, head: bytes, file_name: str) -> bool:
        """An object or array with tickets or dialogues."""
        return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and _HEAD.search(head) is not None

    def read(self, stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
        """Conversations in the order of the tickets; a damaged ticket loses no other."""
        seen = SeenConversations(file_name)
        try:
            document = _document(document_text(stream).removeprefix("\ufeff"))
        except QaError as error:
            yield defect_of(error, file_name, None)
            return
        for number, ticket in enumerate(_each(document.tickets), 1):
            for reading in _ticket(ticket, number, _Place(file_name, document.facts, options)):
                repeated = seen.repeated(reading, number) if isinstance(reading, Conversation) else None
                yield repeated or reading


@dataclass(frozen=True, slots=True)
class _Document:
    facts: Mapping[str, Any]
    tickets: Iterator[Any]


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    facts: Mapping[str, Any]
    options: ReadOptions


def _document(text: str) -> _Document:
    try:
        body = parse_json(text)
    except QaError:
        rest = salvaged(text, "tickets", _is_ticket)
        if rest is None:
            raise
        return _Document(*rest)
    if isinstance(body, dict) and isinstance(body.get("JsonStr"), str):
        return _document(body["JsonStr"])
    if isinstance(body, list):
        return _Document({}, iter(body))
    if isinstance(body, dict) and isinstance(body.get("tickets"), list):
        return _Document(body, iter(body["tickets"]))
    raise InvalidInput("no list `tickets` in this document")


def _each(tickets: Iterator[Any]) -> Iterator[Any]:
    """The tickets, and those that a damaged one before them has swallowed into one of its lists."""
    for ticket in tickets:
        yield ticket
        waiting = _children(ticket)
        while waiting:
            node = waiting.pop()
            if _is_ticket(node):
                yield node
            waiting += _children(node)


def _children(node: Any) -> list[Any]:
    """Last one first."""
    held = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [child for child in held if isinstance(child, dict | list)][::-1]


def _is_ticket(value: Any) -> bool:
    return isinstance(value, dict) and "dialogue" in value


def _ticket(ticket: Any, number: int, place: _Place) -> Iterator[Reading]:
    if isinstance(ticket, QaError):
        yield Defect(place.file, number, ticket.detail, DefectCode.DAMAGED_FILE.value)
        return
    if not isinstance(ticket, dict) or not isinstance(ticket.get("dialogue"), list):
        yield Defect(place.file, number, "a ticket must be an object with a list `dialogue`")
        return
    turns, roleless = _turns(ticket["dialogue"], place.options)
    if roleless:
        reason = f"dialogue items {listed(roleless)} have no role 客服 or 客户, or no usable words; they were left out"
        yield Defect(place.file, number, reason, DefectCode.UNKNOWN_ROLE.value)
    if not turns and roleless:
        return
    tags, problem = _tags(ticket)
    if problem:
        yield Defect(place.file, number, problem)
    body = _body(ticket, place) | {"turns": turns, "tags": tags}
    body["id"] = ticket.get("tid") or f"{PurePath(place.file).stem}-{number}"
    if roleless:
        body["left_out"] = roleless
    yield conversation_or_defect(body, place.file, number, place.options)


def _body(ticket: Mapping[str, Any], place: _Place) -> dict[str, Any]:
    facts = place.facts
    begin = next((item.get("beginTime") for item in ticket["dialogue"] if isinstance(item, dict)), None)
    business = scalar(facts.get("business"))
    channel = "call" if "callType" in ticket else CHANNELS.get(_whole(facts.get("optional")))
    body = {
        "agent": {
            "id": scalar(ticket.get("customerServiceId")),
            "name": scalar(ticket.get("customerServiceName")),
            "team": scalar(ticket.get("skillGroupName")),
        },
        "customer": {"id": scalar(ticket.get("customerId"))},
        "direction": DIRECTIONS.get(_whole(ticket.get("callType"))),
        "channel": channel,
        "product": business,
        "started_at": _time(begin, place.options),
    }
    journey = scalar(ticket.get("sessionGroupId"))
    return body | ({"journey_id": journey} if journey else {})


def _tags(ticket: Mapping[str, Any]) -> tuple[dict[str, str], str | None]:
    """The remarks and the flat values of `jsonParamStr`, and what is wrong with the latter."""
    tags = {key: remark for key in REMARKS if (remark := scalar(ticket.get(key), at_most=MAX_FREE_TEXT))}
    written = ticket.get("jsonParamStr")
    if not written:
        return tags, None
    try:
        more = parse_json(written) if isinstance(written, str) else written
    except QaError as error:
        return tags, f"jsonParamStr: {error.detail}; it was left out"
    if not isinstance(more, dict):
        return tags, "jsonParamStr is no JSON object; it was left out"
    flat = {key: _flat(value) for key, value in more.items() if scalar(key)}
    return tags | {key: value for key, value in flat.items() if value}, None


def _flat(value: Any) -> str | None:
    return str(value) if isinstance(value, bool | float) else scalar(value, at_most=MAX_FREE_TEXT)


def _turns(dialogue: list[Any], options: ReadOptions) -> tuple[list[dict[str, Any]], list[int]]:
    turns, roleless = [], []
    for number, item in enumerate(dialogue, 1):
        turn = _turn(item, options) if isinstance(item, dict) else None
        if turn is None:
            roleless.append(number)
        else:
            turns.append(turn)
    return turns, roleless


def _turn(item: Mapping[str, Any], options: ReadOptions) -> dict[str, Any] | None:
    said = words(item.get("words"))
    speaker = ROLES.get(scalar(item.get("role")) or "")
    if speaker is None or said is None:
        return None
    if speaker == "agent" and _whole(item.get("customerServiceType")) == BOT:
        speaker = "system"
    kind = TYPES.get((scalar(item.get("type")) or "TEXT").upper(), "other")
    turn = {
        "speaker": speaker,
        "text": said if kind == "text" else BRACKETED[kind],
        "type": kind,
        "start_ms": offset(item.get("begin")),
        "end_ms": offset(item.get("end")),
        "sent_at": _time(item.get("beginTime"), options),
        "speaker_id": scalar(item.get("identity")),
    }
    return turn if kind == "text" else turn | {"media_url": said}


def _time(value: Any, options: ReadOptions) -> str | None:
    """A time that cannot be read is worth less than the words that go with it."""
    try:
        return moment(value, options.zone).isoformat()
    except InvalidInput:
        return None


def _whole(value: Any) -> int | None:
    written = scalar(value) or ""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None
