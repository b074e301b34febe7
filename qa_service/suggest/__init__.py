"""Numbers and effects to suggested revisions of an SOP, each with its evidence; silent where data are too few."""

from qa_service.domain.codebook import Codebook
from qa_service.domain.insight import SuggestionBounds
from qa_service.domain.sop import Sop
from qa_service.domain.suggestion import RevisionSuggestion
from qa_service.suggest.evidence import Numbers, SopEvidence
from qa_service.suggest.faq import suggest_faq
from qa_service.suggest.red_lines import suggest_red_lines
from qa_service.suggest.steps import Grounds, suggest_orders, suggest_steps
from qa_service.suggest.wording import Statements

__all__ = ["Numbers", "SopEvidence", "suggest"]


def suggest(
    sop: Sop, numbers: Numbers, bounds: SuggestionBounds, *, statements: Statements, codebook: Codebook
) -> list[RevisionSuggestion]:
    """All suggestions for one SOP: what affects outcomes first, then open questions."""
    grounds = Grounds(sop, numbers, bounds, statements)
    return [
        *suggest_steps(grounds),
        *suggest_orders(grounds),
        *suggest_red_lines(sop, numbers, bounds, statements, codebook),
        *suggest_faq(sop, numbers, bounds, statements),
    ]
