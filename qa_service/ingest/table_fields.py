"""Cells of a table as fields of a conversation; a cell that cannot be read is told, and its field left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from qa_service.domain.conversation_json import MAX_FIELD_CHARACTERS, MAX_FREE_TEXT, MAX_TURN_CHARACTERS
from qa_service.domain.json_values import refuse_control
from qa_service.errors import InvalidInput, TooLarge
from qa_service.ingest.cells import Cell, is_empty, iso_moment, milliseconds, number, plain, text, truth
from qa_service.ingest.reader import Defect, ReadOptions
from qa_service.ingest.roles import role_of

_CHANNELS = {
    **dict.fromkeys(("call", "voice", "phone", "电话", "通话", "语音", "呼叫", "热线"), "call"),
    **dict.fromkeys(("chat", "im", "wecom", "wechat", "online", "聊天", "在线", "企微", "企业微信", "微信"), "chat"),
}
_DIRECTIONS = {
    **dict.fromkeys(("outbound", "out", "呼出", "外呼", "去电"), "outbound"),
    **dict.fromkeys(("inbound", "in", "呼入", "来电"), "inbound"),
}
_TYPES = {
    **dict.fromkeys(("text", "文本", "文字"), "text"),
    **dict.fromkeys(("image", "img", "picture", "图片"), "image"),
    **dict.fromkeys(("voice", "audio", "语音", "音频"), "voice"),
    **dict.fromkeys(("video", "视频"), "video"),
    **dict.fromkeys(("file", "文件"), "file"),
    **dict.fromkeys(("link", "链接"), "link"),
    **dict.fromkeys(("card", "名片"), "card"),
    **dict.fromkeys(("red_packet", "redpacket", "红包"), "red_packet"),
}
BRACKETED = {
    "image": "[图片]",
    "voice": "[语音]",
    "video": "[视频]",
    "file": "[文件]",
    "link": "[链接]",
    "card": "[名片]",
    "red_packet": "[红包]",
    "other": "[其他]",
}
"""What stands for a turn that has no words."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table by what its cells mean, with the headers for people."""

    number: int
    file: str
    values: Mapping[str, Cell]
    tags: Mapping[str, Cell]
    headers: Mapping[str, str]


def conversation_fields(record: Record, options: ReadOptions) -> tuple[dict[str, Any], list[Defect]]:
    """The contract object, without turns, that a row tells, and a defect for each cell that cannot be read."""
    found, defects = _converted(record, _CONVERSATION_CELLS, options.zone)
    body: dict[str, Any] = {name: found[name] for name in _PLAIN if name in found}
    for part, names in _PARTS.items():
        inner = {key: found[name] for name, key in names.items() if name in found}
        if inner:
            body[part] = inner
    tags, more = _tags(record)
    return body | ({"tags": tags} if tags else {}), defects + more


def turn_fields(record: Record, options: ReadOptions) -> tuple[dict[str, Any], list[Defect]]:
    """The contract turn that a row tells; raises InvalidInput when nobody known speaks or nothing is said."""
    found, defects = _converted(record, _TURN_CELLS, options.zone)
    name = plain(record.values.get("speaker")) or ""
    speaker = role_of(name, options.speaker_names)
    if speaker is None:
        raise UnknownRole(f"{_column(record, 'speaker')}: {name!r:.40} is no known role: map it in the column mapping")
    words = _words(record, found.get("type", "text"))
    body = {"speaker": speaker.value, "text": words}
    for unit in ("start", "end"):
        offset = found.pop(f"{unit}_s", None)
        if offset is not None:
            found.setdefault(f"{unit}_ms", offset)
    return body | found, defects


class UnknownRole(InvalidInput):
    """A speaker's name stands for nobody known."""

    code = "unknown_role"


def _tags(record: Record) -> tuple[dict[str, str], list[Defect]]:
    tags: dict[str, str] = {}
    defects: list[Defect] = []
    for tag, cell in record.tags.items():
        try:
            value = name_of(cell, at_most=MAX_FREE_TEXT)
        except InvalidInput as error:
            defects.append(Defect(record.file, record.number, f"tag {tag!r:.40}: {error.detail}", error.code))
            continue
        if value:
            tags[tag] = value
    return tags, defects


def _words(record: Record, kind: str) -> str:
    words = text(record.values.get("text"))
    if not words.strip() and kind == "text":
        raise InvalidInput(f"{_column(record, 'text')} is empty")
    if len(words) > MAX_TURN_CHARACTERS:
        raise TooLarge(
            f"{_column(record, 'text')} has {len(words)} characters; at most {MAX_TURN_CHARACTERS} are taken"
        )
    refuse_control(words, _column(record, "text"))
    return words if words.strip() else BRACKETED[kind]


def _converted(
    record: Record, wanted: Mapping[str, Callable[[Cell, tzinfo], Any]], zone: tzinfo
) -> tuple[dict[str, Any], list[Defect]]:
    found: dict[str, Any] = {}
    defects: list[Defect] = []
    for name, convert in wanted.items():
        cell = record.values.get(name)
        if is_empty(cell):
            continue
        try:
            value = convert(cell, zone)
        except InvalidInput as error:
            reason = f"{_column(record, name)}: {error.detail}; the cell was left out"
            defects.append(Defect(record.file, record.number, reason, error.code))
            continue
        if value is not None:
            found[name] = value
    return found, defects


def _column(record: Record, name: str) -> str:
    return f"column {record.headers.get(name, name)!r:.40}"


def name_of(cell: Cell, *, at_most: int = MAX_FIELD_CHARACTERS) -> str | None:
    """An id or a name that can be kept, None when empty; raises InvalidInput."""
    name = plain(cell)
    if name and len(name) > at_most:
        raise TooLarge(f"{len(name)} characters; at most {at_most} are taken")
    refuse_control(name or "", "the cell")
    return name


def _name(cell: Cell, _zone: tzinfo) -> str | None:
    return name_of(cell)


def _link(cell: Cell, _zone: tzinfo) -> str | None:
    return name_of(cell, at_most=MAX_FREE_TEXT)


def _truth(cell: Cell, _zone: tzinfo) -> bool | None:
    return truth(cell)


def _number(cell: Cell, _zone: tzinfo) -> float | None:
    return number(cell)


def _seconds(cell: Cell, _zone: tzinfo) -> float | None:
    length = milliseconds(cell, unit=1000)
    return None if length is None else length / 1000


def _offset(unit: int) -> Callable[[Cell, tzinfo], int | None]:
    return lambda cell, _zone: milliseconds(cell, unit=unit)


def _day(cell: Cell, zone: tzinfo) -> str | None:
    moment = iso_moment(cell, zone)
    return moment and moment[:10]


def _channel(cell: Cell, _zone: tzinfo) -> str:
    word = (plain(cell) or "").lower()
    if word not in _CHANNELS:
        raise InvalidInput(f"{word!r:.40} is no channel: write call or chat")
    return _CHANNELS[word]


def _direction(cell: Cell, _zone: tzinfo) -> str | None:
    word = name_of(cell)
    return _DIRECTIONS.get((word or "").lower(), word)


def _type(cell: Cell, _zone: tzinfo) -> str:
    return _TYPES.get((plain(cell) or "").lower(), "other")


_PLAIN = (
    "product",
    "scenario",
    "stage",
    "channel",
    "direction",
    "duration_s",
    "recording_url",
    "sop",
    "started_at",
)
_PARTS: Mapping[str, Mapping[str, str]] = {
    "agent": {"agent_id": "id", "agent_name": "name", "team": "team", "hired_on": "hired_on", "shift": "shift"},
    "customer": {"customer_id": "id"},
    "outcome": {name: name for name in ("converted", "amount", "trial_attended", "refunded", "complained")},
}
_CONVERSATION_CELLS: Mapping[str, Callable[[Cell, tzinfo], Any]] = {
    **dict.fromkeys(("product", "scenario", "stage", "sop"), _name),
    **dict.fromkeys(("agent_id", "agent_name", "team", "shift", "customer_id"), _name),
    **dict.fromkeys(("converted", "trial_attended", "refunded", "complained"), _truth),
    "recording_url": _link,
    "channel": _channel,
    "direction": _direction,
    "duration_s": _seconds,
    "started_at": iso_moment,
    "hired_on": _day,
    "amount": _number,
}
_TURN_CELLS: Mapping[str, Callable[[Cell, tzinfo], Any]] = {
    "sent_at": iso_moment,
    "start_ms": _offset(1),
    "end_ms": _offset(1),
    "start_s": _offset(1000),
    "end_s": _offset(1000),
    "type": _type,
    "speaker_id": _name,
}
