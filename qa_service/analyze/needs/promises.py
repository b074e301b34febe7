"""What the agent commits the company to."""

from models.protocols import Judge
from qa_service.analyze.doubt import doubt
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.finding import PromiseFinding

TASK = "promises"


def find_promises(read: Transcript, *, judge: Judge, judgement: Judgement) -> tuple[PromiseFinding, ...]:
    """Promises in order of place, one for each kind and turn: the clause that says it best."""
    pieces = read.clauses_of(Speaker.AGENT)
    before = [read.before(piece.span.turn) for piece in pieces]
    scores = judge.turns.classify(TASK, [piece.text for piece in pieces], before)
    best: dict[tuple[int, str], tuple[float, int]] = {}
    for row, piece in enumerate(pieces):
        for column, kind in enumerate(judge.turns.labels[TASK]):
            key, probability = (piece.span.turn, kind), float(scores[row, column])
            if probability >= judgement.detect_at["promise"] and probability > best.get(key, (0.0, 0))[0]:
                best[key] = (probability, row)
    findings = []
    for (_, kind), (probability, row) in best.items():
        span, doubts = pieces[row].span, doubt(judgement, "promise", probability)
        findings.append(PromiseFinding(kind, span, read.quote(span), **doubts))
    return tuple(sorted(findings, key=lambda promise: (promise.span, promise.kind)))
