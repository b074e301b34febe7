"""Everything the service claims about one conversation under one SOP, model and code version; immutable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qa_service.domain.doubt import MISHEARD, NamedSop, StageGuess
from qa_service.domain.finding import (
    CheckFinding,
    CompetitorFinding,
    FactFinding,
    GrievanceFinding,
    NeedFinding,
    ObligationFinding,
    OrderFinding,
    PromiseFinding,
    RedLineFinding,
    RemovedFinding,
    StepFinding,
)
from qa_service.domain.score import Score

NO_COMPLAINT = GrievanceFinding("complaint", detected=False, turns=(), confidence=1.0)
NO_REFUND = GrievanceFinding("refund", detected=False, turns=(), confidence=1.0)


@dataclass(frozen=True, slots=True)
class Analysis:
    """All findings of one conversation, and its score; `sop` and `score` are None when no SOP fits.

    `doubts` (`TranscriptDoubt`) tell why nothing here counts against anyone until a person has looked; `stage` is the
    guess that a doubt about the stage stands on, `named_sop` the SOP that the conversation names and that is not there.
    `context` is what the service knew of the customer's past and filled in (domain/customer_past.py).
    """

    conversation_id: str
    sop: str | None
    sop_version: int | None
    versions: Mapping[str, str]
    score: Score | None = None
    steps: tuple[StepFinding, ...] = ()
    orders: tuple[OrderFinding, ...] = ()
    obligations: tuple[ObligationFinding, ...] = ()
    red_lines: tuple[RedLineFinding, ...] = ()
    complaint: GrievanceFinding = NO_COMPLAINT
    refund: GrievanceFinding = NO_REFUND
    needs: tuple[NeedFinding, ...] = ()
    promises: tuple[PromiseFinding, ...] = ()
    competitors: tuple[CompetitorFinding, ...] = ()
    doubts: tuple[str, ...] = field(default=())
    removed: tuple[RemovedFinding, ...] = ()
    checks: tuple[CheckFinding, ...] = ()
    facts: tuple[FactFinding, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    stage: StageGuess | None = None
    named_sop: NamedSop | None = None

    @property
    def doubtful(self) -> bool:
        """Whether nothing here may count against anyone, or be learnt from, until a person has looked."""
        return bool(self.doubts)

    @property
    def misheard(self) -> bool:
        """Whether even what the customer said may be wrong."""
        return not MISHEARD.isdisjoint(self.doubts)
