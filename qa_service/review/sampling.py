"""Which conversations a person should read next."""

from collections.abc import Sequence

from qa_service.domain.analysis import Analysis
from qa_service.domain.finding import Finding
from qa_service.domain.score import ScoreState, Veto

# From most to least pressing; the names are shown in the queue.
URGENCY = ("veto", "contradiction", "grievance", "provisional", "doubt", "routine")


def urgency(analysis: Analysis, *, contradicted: bool = False) -> str:
    """Why this conversation wants a reader, one of URGENCY; `contradicted`: it speaks against people's decisions."""
    score = analysis.score
    if score and score.veto is Veto.PROPOSED:
        return "veto"
    if contradicted:
        return "contradiction"
    if analysis.complaint.detected or analysis.refund.detected:
        return "grievance"
    if score and score.state is ScoreState.PROVISIONAL:
        return "provisional"
    return "doubt" if doubts(analysis) or analysis.doubts else "routine"


def doubts(analysis: Analysis) -> list[str]:
    """The keys of findings that bear on the verdict and that the machine leaves to a person."""
    scored: Sequence[Finding] = [*analysis.steps, *analysis.orders, *analysis.obligations, *analysis.red_lines]
    return [
        finding.key for finding in (*scored, *analysis.checks, analysis.complaint, analysis.refund) if finding.unsure
    ]
