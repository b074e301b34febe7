"""What the analysis reads: the turns of a conversation, cleaned, with the way back to the characters received."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from models.protocols import TurnText
from qa_service.domain.conversation import Conversation, Speaker, moves
from qa_service.domain.evidence import EvidenceSpan


class CleanTurn(Protocol):
    """A cleaned text and the way back to the original one."""

    @property
    def text(self) -> str:
        """The cleaned text."""
        ...

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start` to `end` of the cleaned text stand in the original."""
        ...


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation ready to be judged; every sequence is indexed by turn."""

    conversation: Conversation
    cleaned: tuple[CleanTurn, ...]
    texts: tuple[TurnText, ...]
    move: tuple[int | None, ...]

    def turns_of(self, speaker: Speaker) -> list[int]:
        """Indexes of a speaker's turns that hold words."""
        turns = self.conversation.turns
        return [i for i, turn in enumerate(turns) if turn.speaker is speaker and self.texts[i].text]

    def before(self, index: int) -> str:
        """What the other side said last before a turn: its last turn, cleaned."""
        speaker = self.texts[index].speaker
        for earlier in range(index - 1, -1, -1):
            if self.texts[earlier].speaker not in (speaker, "system"):
                return self.texts[earlier].text
        return ""

    def span(self, index: int, start: int, end: int) -> EvidenceSpan:
        """Evidence in the original text from offsets in the cleaned one."""
        return EvidenceSpan(index, *self.cleaned[index].original_span(start, end))

    def quote(self, span: EvidenceSpan) -> str:
        """The words of a span, letter for letter."""
        return span.quote(self.conversation.turns[span.turn].text)


def transcript(conversation: Conversation, cleaned: Sequence[CleanTurn]) -> Transcript:
    """Join a conversation with its cleaned turns."""
    texts = tuple(
        TurnText(turn.speaker.value, clean.text) for turn, clean in zip(conversation.turns, cleaned, strict=True)
    )
    return Transcript(conversation, tuple(cleaned), texts, moves(conversation.turns))
