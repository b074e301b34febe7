"""The bounds of remarks and trials, as the product ships them."""

from functools import cache

from qa_service.domain.remark import RemarkBounds
from qa_service.domain.trial import TrialBounds
from qa_service.rulebook.codebook import default_file

FILE = "trial.yaml"


@cache
def remark_bounds() -> RemarkBounds:
    """From when on something in an SOP is worth a remark."""
    return RemarkBounds(**default_file(FILE)["remarks"])


@cache
def trial_bounds() -> TrialBounds:
    """What a trial keeps and from when on its shares say something."""
    return TrialBounds(**default_file(FILE)["trial"])
