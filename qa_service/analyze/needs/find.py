"""What the customer wants, asks, fears or struggles with, and whether it was answered."""

from models.findings import need_items
from models.protocols import Judge
from qa_service.analyze.doubt import doubt
from qa_service.analyze.needs.clauses import clause_scores
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import NeedFinding

TASK = "needs"
ANSWERABLE = ("question", "objection")


def find_needs(read: Transcript, *, judge: Judge, judgement: Judgement) -> tuple[NeedFinding, ...]:
    """Needs in order of place; a clause is the shortest span considered."""
    pieces = read.clauses_of(Speaker.CUSTOMER)
    findings = []
    for item in need_items(clause_scores(read, TASK, pieces, judge), bounds=judgement.detect_at):
        span = pieces[item.row].span
        doubts = doubt(judgement, "need", judge.sureness.of(item.kind, item.signals))
        handled, response = _handled(read, span, item.label, judge)
        findings.append(
            NeedFinding(span, item.label, read.quote(span), handled=handled, response_turn=response, **doubts)
        )
    return tuple(findings)


def _handled(read: Transcript, span: EvidenceSpan, kind: str, judge: Judge) -> tuple[str | None, int | None]:
    if kind not in ANSWERABLE:
        return None, None
    response = next((i for i in read.turns_of(Speaker.AGENT) if i > span.turn), None)
    if response is None:
        return "none", None
    # One move may be several bubbles: they answer together.
    move = [i for i in read.turns_of(Speaker.AGENT) if read.move[i] == read.move[response]]
    text = "，".join(read.texts[i].text for i in move)
    following = next((read.texts[i].text for i in read.turns_of(Speaker.CUSTOMER) if i > move[-1]), "")
    shares = judge.handled.handled(read.quote(span), text, following)
    return max(shares, key=lambda outcome: shares[outcome]), response
