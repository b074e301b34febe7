"""Tables with one row a turn. Rows of one conversation stand together, so that a table of any length is a stream."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from qa_service.domain.conversation_json import MAX_TURNS
from qa_service.errors import InvalidInput
from qa_service.ingest.cells import is_empty
from qa_service.ingest.reader import Defect, DefectCode, Reading, ReadOptions, conversation_or_defect, defect_of
from qa_service.ingest.table_fields import Record, conversation_fields, name_of, turn_fields


@dataclass(slots=True)
class _Growing:
    """A conversation whose rows are being read; its fields are the first ones that any row tells."""

    id: str
    first: Record
    turns: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    known_before: bool = False

    def learn(self, record: Record) -> None:
        """Fill what earlier rows left empty."""
        if not any(map(is_empty, (*self.first.values.values(), *self.first.tags.values()))):
            return
        values = {**record.values, **{name: cell for name, cell in self.first.values.items() if not is_empty(cell)}}
        tags = {**record.tags, **{name: cell for name, cell in self.first.tags.items() if not is_empty(cell)}}
        self.first = replace(self.first, values=values, tags=tags)


def conversations_of_turns(
    records: Iterable[Record | Defect], file_name: str, options: ReadOptions
) -> Iterator[Reading]:
    """Group neighbouring rows by conversation id; an id that comes back after another one is a defect."""
    growing: _Growing | None = None
    seen: set[str] = set()
    for record in records:
        if isinstance(record, Defect):
            yield record
            _leave_out(growing, record.row)
            continue
        try:
            conversation_id = _id(record)
        except InvalidInput as error:
            yield defect_of(error, file_name, record.number)
            continue
        if growing is None or growing.id != conversation_id:
            yield from _finished(growing, file_name, options)
            growing = _Growing(conversation_id, record, known_before=conversation_id in seen)
            seen.add(conversation_id)
            if growing.known_before:
                yield _apart(record, conversation_id)
        yield from _add(growing, record, options)
    yield from _finished(growing, file_name, options)


def _id(record: Record) -> str:
    conversation_id = name_of(record.values.get("conversation_id"))
    if not conversation_id:
        raise InvalidInput("no conversation id (in merged cells, fill it into every row)")
    return conversation_id


def _apart(record: Record, conversation_id: str) -> Defect:
    reason = (
        f"the rows of conversation {conversation_id!r:.80} do not stand together: sort the table by conversation; "
        "this row and the next ones of that id were not read"
    )
    return Defect(record.file, record.number, reason, DefectCode.DUPLICATE.value)


def _add(growing: _Growing, record: Record, options: ReadOptions) -> Iterator[Defect]:
    if growing.known_before:
        return
    growing.learn(record)
    try:
        turn, defects = turn_fields(record, options)
    except InvalidInput as error:
        yield defect_of(error, record.file, record.number)
        _leave_out(growing, record.number)
        return
    yield from defects
    if len(growing.turns) <= MAX_TURNS:
        growing.turns.append(turn)


def _leave_out(growing: _Growing | None, row: int | None) -> None:
    if growing is not None and row is not None and len(growing.left_out) <= MAX_TURNS:
        growing.left_out.append(row)


def _finished(growing: _Growing | None, file_name: str, options: ReadOptions) -> Iterator[Reading]:
    if growing is None or growing.known_before or not growing.turns:
        return
    body, defects = conversation_fields(growing.first, options)
    yield from defects
    turns = _in_order(growing.turns)
    body |= {"id": growing.id, "turns": turns}
    body.setdefault("started_at", turns[0].get("sent_at"))
    if growing.left_out:
        body["left_out"] = growing.left_out
    yield conversation_or_defect(body, file_name, growing.first.number, options)


def _in_order(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By time where every turn has one: exports come newest first, or one speaker after the other."""
    if all("start_ms" in turn for turn in turns):
        return sorted(turns, key=lambda turn: int(turn["start_ms"]))
    if all("sent_at" in turn for turn in turns):
        return sorted(turns, key=lambda turn: datetime.fromisoformat(turn["sent_at"]))
    return turns
