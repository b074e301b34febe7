"""Calibrated confidence as it is written down: four digits, and `unsure` below the business bound."""

from typing import TypedDict

from qa_service.domain.codebook import Judgement


class Doubt(TypedDict):
    """The two fields every finding carries."""

    confidence: float
    unsure: bool


def confidence(probability: float) -> float:
    """Four digits: finer ones would only claim a precision that is not there."""
    return round(min(1.0, max(0.0, float(probability))), 4)


def doubt(judgement: Judgement, kind: str, probability: float) -> Doubt:
    """The fields `confidence` and `unsure` of a finding that is right with this probability."""
    rounded = confidence(probability)
    return {"confidence": rounded, "unsure": judgement.unsure(kind, rounded)}
