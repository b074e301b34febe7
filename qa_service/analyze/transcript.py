"""What the analysis reads: the turns of a conversation, cleaned, with the way back to the characters received."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from models.clauses import clauses
from models.protocols import TurnText
from qa_service.analyze.stand_ins import readable
from qa_service.domain.conversation import Conversation, Speaker, Turn, moves
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


Clean: TypeAlias = Callable[[str], CleanTurn]


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause where it stands in the original text, and its cleaned words."""

    span: EvidenceSpan
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation ready to be judged; every sequence is indexed by turn."""

    conversation: Conversation
    texts: tuple[TurnText, ...]
    wholes: tuple[EvidenceSpan | None, ...]
    clauses: tuple[tuple[Clause, ...], ...]
    move: tuple[int | None, ...]

    def turns_of(self, speaker: Speaker) -> list[int]:
        """Indexes of a speaker's turns that hold words."""
        return [i for i, turn in enumerate(self.conversation.turns) if turn.speaker is speaker and self.clauses[i]]

    def clauses_of(self, speaker: Speaker) -> list[Clause]:
        """All clauses of a speaker, in order."""
        return [clause for turn in self.turns_of(speaker) for clause in self.clauses[turn]]

    def before(self, index: int) -> str:
        """What the other side said last before a turn: its last turn, cleaned."""
        speaker = self.texts[index].speaker
        for earlier in range(index - 1, -1, -1):
            if self.texts[earlier].speaker not in (speaker, "system"):
                return self.texts[earlier].text
        return ""

    def quote(self, span: EvidenceSpan) -> str:
        """The words of a span, letter for letter."""
        return span.quote(self.conversation.turns[span.turn].text)


def transcript(conversation: Conversation, clean: Clean) -> Transcript:
    """Clean the turns of a conversation, and their clauses one by one: a pause parts them, and cleaning drops it."""
    turns = conversation.turns
    return Transcript(
        conversation=conversation,
        texts=tuple(TurnText(turn.speaker.value, clean(readable(turn)).text) for turn in turns),
        wholes=tuple(_whole(index, clean(turn.text)) for index, turn in enumerate(turns)),
        clauses=tuple(tuple(_clauses(index, turn, clean)) for index, turn in enumerate(turns)),
        move=moves(turns),
    )


def _whole(index: int, clear: CleanTurn) -> EvidenceSpan | None:
    return EvidenceSpan(index, *clear.original_span(0, len(clear.text))) if clear.text else None


def _clauses(index: int, turn: Turn, clean: Clean) -> list[Clause]:
    spans = [EvidenceSpan(index, start, end) for start, end in clauses(turn.text)]
    found = [(span, clean(readable(turn, span.start, span.end)).text) for span in spans]
    return [Clause(span, words) for span, words in found if words]
