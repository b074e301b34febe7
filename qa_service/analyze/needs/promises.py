"""What the agent commits the company to."""

from models.clauses import clauses
from models.protocols import Judge
from qa_service.analyze.doubt import doubt
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.finding import PromiseFinding

TASK = "promises"


def find_promises(read: Transcript, *, judge: Judge, judgement: Judgement) -> tuple[PromiseFinding, ...]:
    """Promises in order of place, one for each kind and turn: the clause that says it best."""
    pieces = [
        (turn, start, end) for turn in read.turns_of(Speaker.AGENT) for start, end in clauses(read.texts[turn].text)
    ]
    texts = [read.texts[turn].text[start:end] for turn, start, end in pieces]
    scores = judge.turns.classify(TASK, texts, [read.before(turn) for turn, _, _ in pieces])
    best: dict[tuple[int, str], tuple[float, int]] = {}
    for row, (turn, _, _) in enumerate(pieces):
        for column, kind in enumerate(judge.turns.labels[TASK]):
            probability = float(scores[row, column])
            if probability >= judgement.detect_at["promise"] and probability > best.get((turn, kind), (0.0, 0))[0]:
                best[(turn, kind)] = (probability, row)
    findings = []
    for (turn, kind), (probability, row) in best.items():
        span = read.span(turn, *pieces[row][1:])
        findings.append(PromiseFinding(kind, span, read.quote(span), **doubt(judgement, "promise", probability)))
    return tuple(sorted(findings, key=lambda promise: (promise.span, promise.kind)))
