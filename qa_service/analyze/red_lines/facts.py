"""A term of the SOP's facts that the agent states wrong misleads about the contract."""

from collections.abc import Iterable, Sequence

from qa_service.analyze.doubt import doubt
from qa_service.domain.codebook import Judgement
from qa_service.domain.fact import MISLEADING, misleads
from qa_service.domain.finding import FactFinding, FactVerdict, RedLineFinding
from qa_service.domain.sop import Sop


def with_wrong_facts(
    red_lines: Sequence[RedLineFinding], sop: Sop | None, facts: Iterable[FactFinding], judgement: Judgement
) -> tuple[RedLineFinding, ...]:
    """The red lines with one for each turn that states a term wrong, in place of what the models found there."""
    watched = {line.id for line in sop.red_lines} if sop else set()
    terms = {fact.id for fact in sop.fact_values if misleads(fact, watched)} if sop else set()
    wrong: dict[int, RedLineFinding] = {}
    for one in facts:
        if one.verdict is FactVerdict.WRONG and one.id in terms:
            sure = doubt(judgement, "red_line", one.confidence)
            line = RedLineFinding(MISLEADING, one.span, one.quote, fact=one.id, **sure)
            wrong.setdefault(one.span.turn, line)
    kept = [line for line in red_lines if line.id != MISLEADING or line.span.turn not in wrong]
    return tuple(sorted((*kept, *wrong.values()), key=lambda finding: (finding.span, finding.id)))
