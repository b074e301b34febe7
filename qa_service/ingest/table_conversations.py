"""Tables with one row a conversation, its words in one cell as `role: text` lines."""

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from qa_service.domain.conversation import Conversation
from qa_service.errors import InvalidInput
from qa_service.ingest.cells import plain, text
from qa_service.ingest.duplicates import SeenConversations
from qa_service.ingest.reader import (
    Defect,
    DefectCode,
    Reading,
    ReadOptions,
    conversation_or_defect,
    defect_of,
    listed,
)
from qa_service.ingest.table_fields import Record, conversation_fields
from qa_service.ingest.transcript_text import WrittenTurns, written_turns


def conversations_of_rows(
    records: Iterable[Record | Defect], file_name: str, options: ReadOptions
) -> Iterator[Reading]:
    """One conversation a row; without an id column the row's number in the file is its id."""
    seen = SeenConversations(file_name)
    for record in records:
        if isinstance(record, Defect):
            yield record
            continue
        try:
            readings = list(_conversation(record, options))
        except InvalidInput as error:
            readings = [defect_of(error, file_name, record.number)]
        for reading in readings:
            repeated = seen.repeated(reading, record.number) if isinstance(reading, Conversation) else None
            yield repeated or reading


def _conversation(record: Record, options: ReadOptions) -> Iterator[Reading]:
    conversation_id = plain(record.values.get("conversation_id"))
    if "conversation_id" in record.values and not conversation_id:
        raise InvalidInput("no conversation id")
    words = text(record.values.get("transcript"))
    written = written_turns(enumerate(words.splitlines(), 1), options.speaker_names)
    if written.stray:
        yield _stray(record, written)
    elif not written.turns:
        raise InvalidInput("the transcript is empty")
    if not written.turns:
        return
    body, defects = conversation_fields(record, options)
    yield from defects
    body |= {"id": conversation_id or f"{PurePath(record.file).stem}-{record.number}", "turns": written.turns}
    if written.stray:
        body["left_out"] = written.stray
    yield conversation_or_defect(body, record.file, record.number, options)


def _stray(record: Record, written: WrittenTurns) -> Defect:
    names = f" ({', '.join(written.unknown_names)})" if written.unknown_names else ""
    reason = f"lines {listed(written.stray)} of the transcript name no known role{names}; they were left out"
    return Defect(record.file, record.number, reason, DefectCode.UNKNOWN_ROLE.value)
