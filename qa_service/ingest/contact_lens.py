"""Amazon Connect Contact Lens: one analysis file, one conversation."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, BinaryIO

from qa_service.errors import InvalidInput, QaError
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
from qa_service.ingest.times import moment

_HEAD = re.compile(rb'"Transcript"\s*:\s*\[|"ParticipantRole"\s*:')
_FILE_NAME = re.compile(r"(?P<id>.+?)_(?:call_)?(?:chat_)?analysis_(?:redacted_)?(?P<at>\d{4}-\d\d-\d\dT[\d:_-]+Z?)?.*")

ROLES = {
    "AGENT": "agent",
    "SUPERVISOR": "agent",
    "CUSTOMER": "customer",
    "SYSTEM": "system",
    "CUSTOM_BOT": "system",
}
CHANNELS = {"VOICE": "call", "CHAT": "chat"}


class ContactLens:
    """The `Transcript` of a voice or chat contact."""

    name: str = "contact_lens"
    suffixes: tuple[str, ...] = ()

    def recognises(self, head: bytes, file_name: str) -> bool:
        """An object with participants' roles or a transcript."""
        return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and _HEAD.search(head) is not None

    def read(self, stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
        """The one conversation of the file; segments without a known role are told and left out."""
        try:
            body, items = _document(document_text(stream).removeprefix("\ufeff"))
        except QaError as error:
            yield defect_of(error, file_name, None)
            return
        turns, roleless = _turns(items, _participants(body), options)
        if roleless:
            reason = (
                f"segments {listed(roleless)} have no known participant role, or no usable content; they were left out"
            )
            yield Defect(file_name, None, reason, DefectCode.UNKNOWN_ROLE.value)
        if turns or not roleless:
            left_out = {"left_out": roleless} if roleless else {}
            yield conversation_or_defect(_body(body, turns, file_name, options) | left_out, file_name, None, options)


def _document(text: str) -> tuple[Mapping[str, Any], list[Any]]:
    try:
        body = parse_json(text)
    except QaError:
        rest = salvaged(text, "Transcript", _is_segment)
        if rest is None:
            raise
        return rest[0], list(rest[1])
    if not isinstance(body, dict) or not isinstance(body.get("Transcript"), list):
        raise InvalidInput("no list `Transcript` in this document")
    return body, body["Transcript"]


def _is_segment(value: Any) -> bool:
    return isinstance(value, dict) and "Content" in value


def _body(body: Mapping[str, Any], turns: list[dict[str, Any]], file_name: str, options: ReadOptions) -> dict[str, Any]:
    named = _FILE_NAME.fullmatch(PurePath(file_name).stem)
    facts = body.get("CustomerMetadata")
    stated = scalar(body.get("ContactId")) or (scalar(facts.get("ContactId")) if isinstance(facts, dict) else None)
    first = next((turn["sent_at"] for turn in turns if turn.get("sent_at")), None)
    channel = body.get("Channel")
    return {
        "id": stated or (named["id"] if named else PurePath(file_name).stem),
        "channel": CHANNELS.get(channel) if isinstance(channel, str) else None,
        "started_at": first or (_time((named["at"] or "").replace("_", ":"), options) if named else None),
        "duration_s": _duration(body.get("ConversationCharacteristics")),
        "turns": turns,
    }


def _duration(facts: Any) -> float | None:
    length = offset(facts.get("TotalConversationDurationMillis")) if isinstance(facts, dict) else None
    return None if length is None else length / 1000


def _participants(body: Mapping[str, Any]) -> dict[str, str]:
    listed_ones = body.get("Participants")
    people = listed_ones if isinstance(listed_ones, list) else []
    known = ((scalar(p.get("ParticipantId")), scalar(p.get("ParticipantRole"))) for p in people if isinstance(p, dict))
    return {person: role for person, role in known if person and role}


def _turns(
    items: list[Any], participants: Mapping[str, str], options: ReadOptions
) -> tuple[list[dict[str, Any]], list[int]]:
    turns, roleless = [], []
    for number, item in enumerate(items, 1):
        if isinstance(item, dict) and item.get("Type") == "EVENT":  # somebody joined, typed or left
            continue
        turn = _turn(item, participants, options) if isinstance(item, dict) else None
        if turn is None:
            roleless.append(number)
        else:
            turns.append(turn)
    return turns, roleless


def _turn(item: Mapping[str, Any], participants: Mapping[str, str], options: ReadOptions) -> dict[str, Any] | None:
    person = scalar(item.get("ParticipantId"))
    role = scalar(item.get("ParticipantRole")) or participants.get(person or "", "")
    speaker = ROLES.get(role.upper())
    content = words(item.get("Content"))
    if speaker is None or content is None:
        return None
    return {
        "speaker": speaker,
        "text": content,
        "start_ms": offset(item.get("BeginOffsetMillis")),
        "end_ms": offset(item.get("EndOffsetMillis")),
        "sent_at": _time(item.get("AbsoluteTime"), options),
        "speaker_id": person,
    }


def _time(value: Any, options: ReadOptions) -> str | None:
    try:
        return moment(value, options.zone).isoformat()
    except InvalidInput:
        return None
