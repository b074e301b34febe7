"""How findings of several contacts become one: one is enough where it is owed once, else all must be so."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Generic, Protocol, TypeVar

from qa_service.analyze.doubt import confidence
from qa_service.domain.codebook import Judgement
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.journey import Seen

# More turns than a conversation may have: findings of different contacts keep different keys and words.
TURNS_APART = 1_000_000


def span_apart(span: EvidenceSpan, number: int) -> EvidenceSpan:
    """The span as if the contacts were one long conversation, contact by contact."""
    return EvidenceSpan(span.turn + number * TURNS_APART, span.start, span.end)


class Doubtful(Protocol):
    """A finding with its doubt."""

    @property
    def confidence(self) -> float:
        """How likely it is right."""
        ...

    @property
    def unsure(self) -> bool:
        """Whether a person should decide."""
        ...


D = TypeVar("D", bound=Doubtful)


@dataclass(frozen=True, slots=True)
class Joined(Generic[D]):
    """The finding that decided, with the doubt about all of them."""

    shown: Seen[D]
    confidence: float
    unsure: bool


def surest(findings: Sequence[Seen[D]]) -> Joined[D]:
    """One is enough, so the surest decides: of equal ones the first."""
    best = max(findings, key=lambda one: (not one.finding.unsure, one.finding.confidence))
    return Joined(best, best.finding.confidence, best.finding.unsure)


def every(findings: Sequence[Seen[D]], *, kind: str, judgement: Judgement, shown: Seen[D] | None = None) -> Joined[D]:
    """All must be right, so their doubts add up; contacts are taken to be independent of one another."""
    sure = confidence(prod(one.finding.confidence for one in findings))
    unsure = any(one.finding.unsure for one in findings) or (len(findings) > 1 and judgement.unsure(kind, sure))
    return Joined(shown or findings[0], sure, unsure)
