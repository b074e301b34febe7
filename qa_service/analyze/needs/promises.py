"""What the agent commits the company to."""

from models.findings import promise_items
from models.protocols import Judge
from qa_service.analyze.doubt import doubt
from qa_service.analyze.needs.clauses import clause_scores
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.finding import PromiseFinding

TASK = "promises"


def find_promises(read: Transcript, *, judge: Judge, judgement: Judgement) -> tuple[PromiseFinding, ...]:
    """Promises in order of place, one for each kind and turn: the clause that says it best."""
    pieces = read.clauses_of(Speaker.AGENT)
    findings = []
    for item in promise_items(clause_scores(read, TASK, pieces, judge), bounds=judgement.detect_at):
        span, doubts = pieces[item.row].span, doubt(judgement, "promise", judge.sureness.of(item.kind, item.signals))
        findings.append(PromiseFinding(item.label, span, read.quote(span), **doubts))
    return tuple(sorted(findings, key=lambda promise: (promise.span, promise.kind)))
