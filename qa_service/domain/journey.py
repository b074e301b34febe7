"""The calls and chats of one customer, joined in time, and what the analyses of them say together.

A JourneyAnalysis stands over analyses that never change, as of a time; it is a value, and the same analyses give the
same one. Every claim names the conversation in which it was found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.finding import (
    CheckFinding,
    CheckVerdict,
    ElementFinding,
    GrievanceFinding,
    PromiseFinding,
    Quoted,
    RedLineFinding,
    StepFinding,
    StepStatus,
)
from qa_service.domain.part_scope import PartScope
from qa_service.domain.score import Score

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Contact:
    """One conversation of a journey and the analysis that counts; None: not analysed. It began at `at`."""

    conversation: Conversation
    analysis: Analysis | None
    at: datetime

    @property
    def id(self) -> str:
        """The conversation's id."""
        return self.conversation.id


@dataclass(frozen=True, slots=True)
class Journey:
    """Contacts of one customer that lie near each other, in time order, as known at `as_of`."""

    customer_id: str
    as_of: datetime
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A turn of one of the contacts."""

    conversation_id: str
    turn: int


@dataclass(frozen=True, slots=True)
class Seen(Generic[F]):
    """A finding and the conversation it was made in."""

    conversation_id: str
    finding: F


@dataclass(frozen=True, slots=True)
class JourneyElement:
    """Whether an element of a step was found; `shown` is the evidence that decided."""

    id: str
    done: bool
    confidence: float
    shown: Seen[ElementFinding]


@dataclass(frozen=True, slots=True)
class JourneyStep:
    """Whether a step was done: once in the journey, or in each contact that owed it, as its scope says.

    `shown` is the evidence that decided, `contacts` what was found in each.
    """

    id: str
    scope: PartScope
    status: StepStatus
    confidence: float
    unsure: bool
    shown: Seen[StepFinding]
    contacts: tuple[Seen[StepFinding], ...]
    elements: tuple[JourneyElement, ...] = ()


@dataclass(frozen=True, slots=True)
class JourneyOrder:
    """Two steps in the wrong order: where each was done first."""

    before: str
    after: str
    places: tuple[Place, Place]
    confidence: float
    unsure: bool


@dataclass(frozen=True, slots=True)
class JourneyObligation:
    """One episode of a trigger, and the turn that met it if any, maybe in a later contact."""

    id: str
    scope: PartScope
    trigger: Place
    response: Place | None
    met: bool
    confidence: float
    unsure: bool


@dataclass(frozen=True, slots=True)
class JourneyCheck:
    """Whether a check is kept, with the words that show it; `contacts` is what was found in each."""

    id: str
    scope: PartScope
    verdict: CheckVerdict
    confidence: float
    unsure: bool
    places: tuple[Seen[Quoted], ...]
    contacts: tuple[Seen[CheckFinding], ...]


@dataclass(frozen=True, slots=True)
class JourneyPart:
    """The contacts that one SOP judged, from one order paid to the next and within one stage, as one whole.

    `sop_version` is that of the last of them; `doubts` are those about the transcripts.
    """

    sop: str
    sop_version: int
    stage: str | None
    contacts: tuple[str, ...]
    score: Score
    steps: tuple[JourneyStep, ...]
    orders: tuple[JourneyOrder, ...]
    obligations: tuple[JourneyObligation, ...]
    red_lines: tuple[Seen[RedLineFinding], ...]
    checks: tuple[JourneyCheck, ...]
    doubts: tuple[Seen[str], ...] = ()


@dataclass(frozen=True, slots=True)
class JourneyAnalysis:
    """All that the analyses of a journey say together; `promises` and grievances in the order they were voiced.

    Whether a promise was kept is not judged: it is shown, so that whoever reads a later contact knows of it.
    """

    journey: Journey
    versions: Mapping[str, str]
    most_days_apart: float
    parts: tuple[JourneyPart, ...]
    promises: tuple[Seen[PromiseFinding], ...]
    red_lines: tuple[Seen[RedLineFinding], ...]
    complaints: tuple[Seen[GrievanceFinding], ...]
    refunds: tuple[Seen[GrievanceFinding], ...]
