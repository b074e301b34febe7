"""WeCom 会话内容存档 (decrypted, one JSON object a line): loose messages become conversations.

A conversation is what one pair, or one room, said without a pause longer than the gap (6 hours by default:
an evening's exchange stays one, the next day is another). Chats among staff only have no customer and are
passed over, like `action: switch`. Its id is made of the pair or room and the time of its first message, so
the same archive always gives the same ids; fetch archives in whole days, or a conversation that a fetch cut
in two comes back changed under the same id.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from qa_service.domain.conversation_json import MAX_TURN_CHARACTERS
from qa_service.domain.json_values import refuse_control
from qa_service.errors import InvalidInput, TooLarge
from qa_service.ingest.json_documents import json_lines, scalar
from qa_service.ingest.reader import Defect, DefectCode, Reading, ReadOptions, conversation_or_defect, defect_of
from qa_service.ingest.times import epoch_moment
from qa_service.ingest.wecom_items import written

MAX_ITEMS = 1_000_000
"""About 1 GB in memory: messages of all pairs are mixed, so a day must be read whole before it can be parted."""
LONGEST_PLACE = 120

_HEAD = re.compile(rb'"msgid"\s*:|"encrypt_chat_msg"\s*:')
_EXTERNAL, _BOT = ("wm", "wo"), "wb"


@dataclass(frozen=True, slots=True)
class _Item:
    """One message; `place` is the room, or the people of the pair."""

    row: int
    id: str
    at: datetime
    sender: str
    people: tuple[str, ...]
    room: str
    type: str
    text: str

    @property
    def place(self) -> str:
        return self.room or "-".join(self.people)


@dataclass(slots=True)
class _Archive:
    items: dict[str, _Item] = field(default_factory=dict)
    recalls: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    consents: dict[str, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))


class WeCom:
    """Messages of employees with external contacts, single and in rooms."""

    name: str = "wecom"
    suffixes: tuple[str, ...] = ()

    def recognises(self, head: bytes, file_name: str) -> bool:
        """Lines of objects with a `msgid`."""
        return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and _HEAD.search(head) is not None

    def read(self, stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
        """Conversations in the order in which they began, after the defects of single lines."""
        archive = _Archive()
        for row, body in json_lines(stream, file_name):
            if len(archive.items) >= MAX_ITEMS:
                reason = f"over {MAX_ITEMS} messages: import the archive day by day; nothing of this file was kept"
                yield Defect(file_name, row, reason, DefectCode.TOO_LARGE.value)
                return
            defect = body if isinstance(body, Defect) else _take(archive, row, body, options)
            if isinstance(defect, Defect):
                yield defect
            elif defect:
                yield defect_of(defect, file_name, row)
        yield from _unmatched(archive, file_name)
        for items in _conversations(archive.items.values(), options.gap):
            body = _body(items, archive)
            yield conversation_or_defect(body, file_name, items[0].row, options)


def _take(archive: _Archive, row: int, body: Any, options: ReadOptions) -> InvalidInput | None:
    """Put a line where it belongs; the error when it belongs nowhere."""
    try:
        if not isinstance(body, dict):
            raise InvalidInput("a message must be a JSON object")
        if "encrypt_chat_msg" in body and "msgtype" not in body:
            raise InvalidInput("the message is still encrypted: decrypt the archive before importing it")
        if body.get("action") != "switch":
            _sort_in(archive, row, body, options)
    except InvalidInput as error:
        return error
    return None


def _sort_in(archive: _Archive, row: int, body: Mapping[str, Any], options: ReadOptions) -> None:
    kind = _required(body, "msgtype")
    inner = body.get(kind)
    content = inner if isinstance(inner, dict) else {}
    item_id = _required(body, "msgid")
    at = epoch_moment(body.get("msgtime"), options.zone)
    if kind == "revoke":
        archive.recalls[_required(content, "pre_msgid")] = (row, at)
        return
    sender = _required(body, "from")
    people, room = _people(body, sender), scalar(body.get("roomid")) or ""
    if kind in ("agree", "disagree"):
        archive.consents[room or "-".join(people)].append((at, f"{kind}d"))
        return
    shown, words = written(kind, content)
    said = _keepable(words, kind)
    archive.items.setdefault(item_id, _Item(row, item_id, at, sender, people, room, shown, said))


def _people(body: Mapping[str, Any], sender: str) -> tuple[str, ...]:
    listed = body.get("tolist")
    others = [person for person in map(scalar, listed) if person] if isinstance(listed, list) else []
    if not others and not body.get("roomid"):
        raise InvalidInput("neither `tolist` nor `roomid`: whom this was said to is unknown")
    return tuple(sorted({sender, *others}))


def _keepable(said: str, kind: str) -> str:
    """Checked here, so that one bad message does not spoil its conversation."""
    if len(said) > MAX_TURN_CHARACTERS:
        raise TooLarge(f"the {kind} has {len(said)} characters; at most {MAX_TURN_CHARACTERS} are taken")
    refuse_control(said, f"the {kind}")
    return said


def _required(body: Mapping[str, Any], key: str) -> str:
    value = scalar(body.get(key))
    if not value:
        raise InvalidInput(f"`{key}` is missing or no id")
    return value


def _unmatched(archive: _Archive, file_name: str) -> Iterator[Defect]:
    for recalled, (row, _) in archive.recalls.items():
        if recalled not in archive.items:
            reason = "recalls a message that is not in this file: import them together"
            yield Defect(file_name, row, reason, DefectCode.UNMATCHED.value)
    places = {item.place for item in archive.items.values()}
    for place in archive.consents.keys() - places:
        reason = f"consent of {place:.80}, of whom no message is in this file"
        yield Defect(file_name, None, reason, DefectCode.UNMATCHED.value)


def _conversations(items: Iterable[_Item], gap: timedelta) -> list[list[_Item]]:
    """Messages of one place without a long pause, each list in order of time."""
    found: list[list[_Item]] = []
    newest: dict[str, list[_Item]] = {}
    for item in sorted(items, key=lambda item: (item.at, item.row)):
        current = newest.get(item.place)
        if current is None or item.at - current[-1].at > gap:
            current = newest[item.place] = []
            found.append(current)
        current.append(item)
    return [group for group in found if any(_is_external(person) for item in group for person in item.people)]


def _body(items: Sequence[_Item], archive: _Archive) -> dict[str, Any]:
    first, last = items[0], items[-1]
    people = {person for item in items for person in item.people}
    said = Counter(item.sender for item in items)
    body: dict[str, Any] = {
        "id": f"wecom-{_short(first.place)}-{round(first.at.timestamp() * 1000)}",
        "channel": "chat",
        "started_at": first.at.isoformat(),
        "agent": {"id": _foremost(said, [p for p in people if not _is_external(p) and not p.startswith(_BOT)])},
        "customer": {"id": _foremost(said, [p for p in people if _is_external(p)])},
        "turns": [_turn(item, archive.recalls) for item in items],
    }
    if first.room:
        body["room_id"] = first.room
    known = [consent for consent in archive.consents.get(first.place, []) if consent[0] <= last.at]
    if known:
        at, status = max(known)
        body["consent"] = {"status": status, "at": at.isoformat()}
    return body


def _turn(item: _Item, recalls: Mapping[str, tuple[int, datetime]]) -> dict[str, Any]:
    speaker = "customer" if _is_external(item.sender) else "system" if item.sender.startswith(_BOT) else "agent"
    turn: dict[str, Any] = {
        "speaker": speaker,
        "text": item.text,
        "type": item.type,
        "sent_at": item.at.isoformat(),
        "speaker_id": item.sender,
    }
    if item.id in recalls:
        turn |= {"recalled": True, "recalled_at": recalls[item.id][1].isoformat()}
    return turn


def _foremost(said: Counter[str], people: Iterable[str]) -> str | None:
    """The one of them who said most; a room may hold several of either side."""
    return max(sorted(people), key=lambda person: said[person], default=None)


def _is_external(person: str) -> bool:
    return person.startswith(_EXTERNAL)


def _short(place: str) -> str:
    """The name of a pair or room; of a crowd without a room, a digest that stands for it."""
    return place if len(place) <= LONGEST_PLACE else hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()[:20]
