"""The transcript as bubbles, with the words of findings marked where they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation, Turn
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import CompetitorFinding, NeedFinding, PromiseFinding, RedLineFinding, StepStatus


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a turn's text and the findings it is evidence of; `kinds` style it, the first one strongest."""

    text: str
    keys: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    """A finding that rests on a whole turn, shown below its bubble."""

    key: str
    kind: str
    id: str
    unsure: bool


@dataclass(frozen=True, slots=True)
class Bubble:
    """One turn."""

    number: int
    turn: Turn
    pieces: tuple[Piece, ...]
    tags: tuple[Tag, ...]
    clock: str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Words of a turn that a finding quotes."""

    key: str
    kind: str
    span: EvidenceSpan


def bubbles(conversation: Conversation, analysis: Analysis | None) -> list[Bubble]:
    """The turns with marks and tags of one verdict."""
    marks = _marks(analysis) if analysis else []
    tags = _tags(analysis) if analysis else {}
    return [
        Bubble(
            number,
            turn,
            pieces(turn.text, [mark for mark in marks if mark.span.turn == number]),
            tuple(tags.get(number, ())),
            _clock(turn),
        )
        for number, turn in enumerate(conversation.turns)
    ]


def pieces(text: str, marks: Sequence[Mark]) -> tuple[Piece, ...]:
    """Cut a text at the ends of all marks; overlapping marks share a piece."""
    edges = sorted({0, len(text)} | {edge for m in marks for edge in (m.span.start, m.span.end) if edge <= len(text)})
    cut = []
    for start, end in pairwise(edges):
        covering = [mark for mark in marks if mark.span.start <= start and end <= mark.span.end]
        keys, kinds = tuple(mark.key for mark in covering), tuple(mark.kind for mark in covering)
        cut.append(Piece(text[start:end], keys, kinds))
    return tuple(cut)


def _marks(analysis: Analysis) -> list[Mark]:
    quoted: Sequence[RedLineFinding | NeedFinding | PromiseFinding | CompetitorFinding] = [
        *analysis.red_lines,
        *analysis.promises,
        *analysis.competitors,
        *analysis.needs,
    ]
    return [Mark(finding.key, finding.key.split("/", 1)[0], finding.span) for finding in quoted] + [
        Mark(check.key, "check", place.span) for check in analysis.checks for place in check.places
    ]


def _tags(analysis: Analysis) -> Mapping[int, list[Tag]]:
    tags: dict[int, list[Tag]] = {}
    for step in analysis.steps:
        for turn in step.turns if step.status is StepStatus.DONE else ():
            tags.setdefault(turn, []).append(Tag(step.key, "step", step.id, step.unsure))
    for episode in analysis.obligations:
        tag = Tag(episode.key, "obligation", episode.id, episode.unsure)
        tags.setdefault(episode.trigger_turn, []).append(tag)
    for grievance in (analysis.complaint, analysis.refund):
        for turn in grievance.turns if grievance.detected else ():
            tags.setdefault(turn, []).append(Tag(grievance.key, grievance.kind, grievance.kind, grievance.unsure))
    return tags


def _clock(turn: Turn) -> str | None:
    if turn.sent_at is not None:
        return f"{turn.sent_at:%H:%M}"
    if turn.start_ms is None:
        return None
    minutes, seconds = divmod(turn.start_ms // 1000, 60)
    return f"{minutes:02d}:{seconds:02d}"
