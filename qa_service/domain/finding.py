"""What an analysis claims about a conversation, each anchored in turns.

`confidence` is a calibrated probability that what the finding says is right; `unsure` asks for a person.
`key` names a finding within its conversation: reviews, appeals and re-scores attach to it.
`decided_by` is None where the models of the release decided, else what decided in their place.
"""

from dataclasses import dataclass
from enum import StrEnum

from qa_service.domain.evidence import EvidenceSpan

LANGUAGE_MODEL = "language_model"
"""`decided_by` of what the optional judge by a language model decided."""


class StepStatus(StrEnum):
    """Best guess about a step."""

    DONE = "done"
    MISSED = "missed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The turn that came nearest to a missed step, and its probability."""

    turn: int
    p: float


@dataclass(frozen=True, slots=True)
class ElementFinding:
    """Whether one element of a step was found."""

    id: str
    done: bool
    turns: tuple[int, ...]
    confidence: float
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class StepFinding:
    """Whether a step was done, and where; `searched` is the range of turns looked at (both included)."""

    id: str
    status: StepStatus
    turns: tuple[int, ...]
    confidence: float
    p_done: float
    near_miss: NearMiss | None = None
    searched: tuple[int, int] | None = None
    elements: tuple[ElementFinding, ...] = ()
    unsure: bool = False
    decided_by: str | None = None

    @property
    def key(self) -> str:
        """Name of this finding within its conversation."""
        return f"step/{self.id}"


@dataclass(frozen=True, slots=True)
class OrderFinding:
    """Two steps in the wrong order: the first turn of each."""

    before: str
    after: str
    turns: tuple[int, int]
    confidence: float
    unsure: bool = False

    @property
    def key(self) -> str:
        """Name of this finding within its conversation."""
        return f"order/{self.before}>{self.after}"


@dataclass(frozen=True, slots=True)
class ObligationFinding:
    """One episode of a trigger, and the turn that met it if any."""

    id: str
    trigger_turn: int
    response_turn: int | None
    met: bool
    confidence: float
    unsure: bool = False
    decided_by: str | None = None

    @property
    def key(self) -> str:
        """Name of this finding within its conversation."""
        return f"obligation/{self.id}/{self.trigger_turn}"


@dataclass(frozen=True, slots=True)
class RedLineFinding:
    """Words of an agent that cross a red line; `fact` is the fact of the SOP that they state wrong.

    `same_as`: it costs nothing, since the finding of that key costs for the same words.
    """

    id: str
    span: EvidenceSpan
    quote: str
    confidence: float
    unsure: bool = False
    decided_by: str | None = None
    fact: str | None = None
    same_as: str | None = None

    @property
    def key(self) -> str:
        """Name of this finding within its conversation."""
        return f"red_line/{self.id}/{self.span.turn}"


@dataclass(frozen=True, slots=True)
class ReasonFinding:
    """A reason of a complaint or refund request, with the customer turns that state it."""

    id: str
    turns: tuple[int, ...]
    confidence: float
    unsure: bool = False
    decided_by: str | None = None


@dataclass(frozen=True, slots=True)
class GrievanceFinding:
    """Whether the customer complains, or asks for a refund (`kind` tells which), and why."""

    kind: str
    detected: bool
    turns: tuple[int, ...]
    confidence: float
    reasons: tuple[ReasonFinding, ...] = ()
    unsure: bool = False
    decided_by: str | None = None

    @property
    def key(self) -> str:
        """Name of this finding within its conversation: `complaint` or `refund`."""
        return self.kind


@dataclass(frozen=True, slots=True)
class NeedFinding:
    """A customer statement that tells what this person wants, asks, fears or struggles with."""

    span: EvidenceSpan
    kind: str
    text: str
    confidence: float
    handled: str | None = None
    response_turn: int | None = None
    unsure: bool = False

    @property
    def key(self) -> str:
        """Name of this finding within its conversation."""
        return f"need/{self.span.turn}/{self.span.start}"


@dataclass(frozen=True, slots=True)
class PromiseFinding:
    """An agent statement that commits the company."""

    kind: str
    span: EvidenceSpan
    quote: str
    confidence: float
    unsure: bool = False

    @property
    def key(self) -> str:
        """Name of this finding within its conversation."""
        return f"promise/{self.kind}/{self.span.turn}"


@dataclass(frozen=True, slots=True)
class CompetitorFinding:
    """Another company or its product, named by either side, with the stance towards it."""

    span: EvidenceSpan
    quote: str
    stance: str
    confidence: float
    unsure: bool = False

    @property
    def key(self) -> str:
        """Name of this finding within its conversation."""
        return f"competitor/{self.span.turn}/{self.span.start}"


class CheckVerdict(StrEnum):
    """Best guess about a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words where they stand."""

    span: EvidenceSpan
    quote: str


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """Whether a check of the SOP is kept, with the words that show it.

    `lacking` names what the conversation would have to tell; the finding is then unsure, and counts against nobody.
    `same_as`: it costs nothing, since the finding of that key costs for the same words.
    """

    id: str
    verdict: CheckVerdict
    confidence: float
    places: tuple[Quoted, ...] = ()
    searched: tuple[int, int] | None = None
    lacking: str | None = None
    unsure: bool = False
    decided_by: str | None = None
    same_as: str | None = None

    @property
    def key(self) -> str:
        """Name of this finding within its conversation."""
        return f"check/{self.id}"

    @property
    def turns(self) -> tuple[int, ...]:
        """The turns of its words."""
        return tuple(sorted({place.span.turn for place in self.places}))


class FactVerdict(StrEnum):
    """How a stated value stands to the fact it is about."""

    RIGHT = "right"
    WRONG = "wrong"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class FactFinding:
    """Words of an agent that state a fact of the SOP, beside what the SOP has.

    It is evidence: what a wrong one costs stands in the red line or check that it crosses.
    """

    id: str
    verdict: FactVerdict
    span: EvidenceSpan
    quote: str
    offered: str
    confidence: float
    unsure: bool = False

    @property
    def key(self) -> str:
        """Name of this finding within its conversation."""
        return f"fact/{self.id}/{self.span.turn}/{self.span.start}"


@dataclass(frozen=True, slots=True)
class RemovedFinding:
    """A finding of the models that was struck out before a person saw it: its key, the turns that speak against it."""

    key: str
    turns: tuple[int, ...]
    decided_by: str


Finding = (
    StepFinding
    | OrderFinding
    | ObligationFinding
    | RedLineFinding
    | GrievanceFinding
    | NeedFinding
    | PromiseFinding
    | CompetitorFinding
    | CheckFinding
)
