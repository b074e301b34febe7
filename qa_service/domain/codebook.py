"""The codebook: what the labels are called, and where the business draws its lines."""

from collections.abc import Mapping
from dataclasses import dataclass

from qa_service.domain.reason import Reason
from qa_service.domain.severity import Severity
from qa_service.domain.sop import RedLine
from qa_service.domain.taxonomy import NO_TAXONOMY, Taxonomy


@dataclass(frozen=True, slots=True)
class Judgement:
    """Bounds of the machine's verdicts, by kind of finding: from which probability on, and below which unsure."""

    unsure_below: Mapping[str, float]
    detect_at: Mapping[str, float]
    asked_within_moves: int
    order_points: float
    pass_score: float
    severity_points: Mapping[Severity, float]

    def unsure(self, kind: str, confidence: float) -> bool:
        """Whether a finding of that kind and confidence is left to a person."""
        return confidence < self.unsure_below[kind]


@dataclass(frozen=True, slots=True)
class Codebook:
    """All labels with their Chinese names, by id; those of `taxonomy` are among them."""

    red_lines: Mapping[str, RedLine]
    complaint_reasons: Mapping[str, Reason]
    refund_reasons: Mapping[str, Reason]
    departments: Mapping[str, str]
    need_kinds: Mapping[str, str]
    handled: Mapping[str, str]
    promise_kinds: Mapping[str, str]
    stances: Mapping[str, str]
    judgement: Judgement
    taxonomy: Taxonomy = NO_TAXONOMY
