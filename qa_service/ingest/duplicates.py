"""Conversation ids that stand twice in one file."""

from qa_service.domain.conversation import Conversation
from qa_service.ingest.reader import Defect, DefectCode

_LOW_64 = (1 << 64) - 1


class SeenConversations:
    """Remembers the ids of one file in about 200 bytes each, so that a long file can be streamed."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._seen: dict[int, int] = {}

    def repeated(self, conversation: Conversation, row: int) -> Defect | None:
        """The defect when this id was seen before; else it counts as seen from now on."""
        turns = hash(tuple((t.speaker, t.text, t.start_ms, t.end_ms, t.sent_at, t.type) for t in conversation.turns))
        known = self._seen.setdefault(hash(conversation.id), row << 64 | turns & _LOW_64)
        first = known >> 64
        if first == row:
            return None
        if known & _LOW_64 == turns & _LOW_64:
            reason = f"the id {conversation.id!r} stands at {first} already, with the same turns: this one was not read"
            return Defect(self._file, row, reason, DefectCode.DUPLICATE.value)
        reason = f"the id {conversation.id!r} stands at {first} already, with other turns: give each its own id"
        return Defect(self._file, row, reason, DefectCode.CONFLICT.value)
