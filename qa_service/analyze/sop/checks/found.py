"""What looking for a condition finds, and what it may look at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from models.protocols import Matrix
from qa_service.analyze.sop.checks.words import WordPlaces
from qa_service.analyze.transcript import Transcript
from qa_service.domain.condition import Act, Scope
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import FactFinding, StepFinding
from qa_service.domain.sop import Sop
from qa_service.domain.value import Value

# What is more likely than not is taken to have happened, where conditions build on one another.
LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """Words that satisfy a condition, and how likely they do."""

    span: EvidenceSpan
    p: float = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """How likely a condition holds, 0 to 1, and the words that tell; `lacking` names data that it takes to tell.

    What holds of the conversation as a whole (its product, its length) has no words.
    """

    p: float
    matches: tuple[Match, ...] = ()
    lacking: str | None = None

    @property
    def likely(self) -> tuple[Match, ...]:
        """The matches that are more likely than not, in the order they were said."""
        best: dict[EvidenceSpan, Match] = {}
        for match in self.matches:
            if match.p >= max(LIKELY, best[match.span].p if match.span in best else 0.0):
                best[match.span] = match
        return tuple(best[span] for span in sorted(best))


def turn_matches(wholes: Sequence[EvidenceSpan | None], turns: Iterable[int], p: float = 1.0) -> tuple[Match, ...]:
    """All words of each of these turns."""
    return tuple(Match(span, p) for turn in turns if (span := wholes[turn]) is not None)


def any_of(matches: list[Match]) -> Found:
    """It holds where one match does."""
    return Found(max((match.p for match in matches), default=0.0), tuple(matches))


def certainly(holds: bool, matches: tuple[Match, ...] = ()) -> Found:
    """What is counted or read from a field is no guess."""
    return Found(float(holds), matches if holds else ())


def cannot_tell(lacking: str) -> Found:
    """Nobody can tell without that."""
    return Found(LIKELY, (), lacking)


@dataclass(frozen=True)
class Places:
    """The turns that may be looked at, in order; `lacking` where the conversation does not tell which they are."""

    turns: tuple[int, ...]
    wholes: Sequence[EvidenceSpan | None] = ()
    lacking: str | None = None

    @cached_property
    def inside(self) -> frozenset[int]:
        """The turns, to look one up."""
        return frozenset(self.turns)


@dataclass(frozen=True, slots=True)
class Reading:
    """One conversation as the conditions of one SOP look at it.

    `looked_up` keeps the turns of each scope, `values` those named by anybody, of each kind with their turns.
    """

    read: Transcript
    sop: Sop
    steps: Mapping[str, StepFinding]
    acts: Mapping[Act, Matrix]
    words: WordPlaces
    facts: tuple[FactFinding, ...] = ()
    looked_up: dict[Scope, Places] = field(default_factory=dict)
    values: dict[str, list[tuple[int, Value]]] = field(default_factory=dict)

    def with_steps(self, steps: Iterable[StepFinding]) -> "Reading":
        """The same words under other steps, which scopes may stand on."""
        return replace(self, steps={step.id: step for step in steps}, looked_up={})
