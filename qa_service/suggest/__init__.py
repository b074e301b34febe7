"""Numbers and effects to suggested revisions of an SOP, each with its evidence; silent where data are too few."""

from qa_service.domain.codebook import Codebook
from qa_service.domain.insight import Insight
from qa_service.domain.sop import Sop
from qa_service.domain.suggestion import RevisionSuggestion
from qa_service.suggest.evidence import Numbers, SopEvidence
from qa_service.suggest.faq import suggest_answers
from qa_service.suggest.grounds import Grounds
from qa_service.suggest.habits import suggest_harmful_words, suggest_new_steps, suggest_rewordings
from qa_service.suggest.red_lines import suggest_promise_lines
from qa_service.suggest.steps import suggest_orders, suggest_steps
from qa_service.suggest.wording import Statements

__all__ = ["Numbers", "SopEvidence", "suggest"]


def suggest(
    sop: Sop, numbers: Numbers, insight: Insight, *, statements: Statements, codebook: Codebook
) -> list[RevisionSuggestion]:
    """All suggestions for one SOP: what affects outcomes first, then open questions."""
    grounds = Grounds(sop, numbers, insight.suggest, statements)
    lines = [*suggest_promise_lines(grounds, codebook), *suggest_harmful_words(grounds)]
    return [
        *suggest_steps(grounds),
        *suggest_rewordings(grounds),
        *suggest_new_steps(grounds, insight.habits),
        *suggest_orders(grounds),
        *_said_once(lines),
        *suggest_answers(grounds),
    ]


def _said_once(lines: list[RevisionSuggestion]) -> list[RevisionSuggestion]:
    """Leave out a red line whose words stand in one before it: a promise is found as such and as what is said."""
    kept: list[RevisionSuggestion] = []
    places: set[tuple[str, int]] = set()
    for line in lines:
        mine = {(quote.conversation_id, quote.turn) for quote in line.evidence.examples}
        if not mine & places:
            kept.append(line)
        places |= mine
    return kept
