"""What may be claimed of an item that the judge decided.

`confidence` is a calibrated probability, and nobody has calibrated the judge: how often it is right with this model,
on these conversations, is not known here. So the number never rises through it. Where the judge agrees with the models,
their own calibrated confidence stays as it was; where it contradicts them or adds something, the item says 0.5, which
claims nothing either way. `evaluate` on labelled conversations, with the judge on, measures what it is worth.

`unsure` ends where the judge decides what the models were unsure of. Where it contradicts what they were sure of, two
that are sure disagree, and a person is asked.
"""

from typing import TypedDict

from qa_service.analyze.language_judge.items import Doubtful
from qa_service.domain.finding import LANGUAGE_MODEL

UNMEASURED = 0.5


class Claim(TypedDict):
    """The fields that say how sure a finding is and who decided it."""

    confidence: float
    unsure: bool
    decided_by: str


def claim(before: Doubtful, *, agrees: bool) -> Claim:
    """The fields of a finding that the judge confirmed, or gave another verdict than the models."""
    return {
        "confidence": before.confidence if agrees else UNMEASURED,
        "unsure": not agrees and not before.unsure,
        "decided_by": LANGUAGE_MODEL,
    }


def claim_of_addition(*, unsure: bool) -> Claim:
    """The fields of a finding that the models did not make."""
    return {"confidence": UNMEASURED, "unsure": unsure, "decided_by": LANGUAGE_MODEL}
