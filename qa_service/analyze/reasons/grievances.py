"""Does the customer complain, or ask for the money back, and why?"""

from models.protocols import Judge, Matrix
from models.tasks import DETECTED
from qa_service.analyze.doubt import doubt
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.finding import GrievanceFinding, ReasonFinding


def find_grievance(read: Transcript, kind: str, *, judge: Judge, judgement: Judgement) -> GrievanceFinding:
    """Detect a `complaint` or `refund` over the whole conversation, then its reasons on the turns that state them."""
    customer = read.turns_of(Speaker.CUSTOMER)
    if not customer:
        return GrievanceFinding(kind, False, (), **doubt(judgement, "grievance", 1.0))
    texts, before = [read.texts[i].text for i in customer], [read.before(i) for i in customer]
    scores = judge.turns.classify(kind, texts, before)
    found = judge.turns.calibrate(kind, scores.max(axis=0))
    labels = judge.turns.labels[kind]
    p = float(found[labels.index(DETECTED)])
    detected = p >= judgement.detect_at[kind]
    doubts = doubt(judgement, "grievance", p if detected else 1.0 - p)
    if not detected:
        return GrievanceFinding(kind, False, (), **doubts)
    bound = judgement.detect_at["reason"]
    turns = _turns(customer, scores[:, labels.index(DETECTED)], bound)
    reasons = [
        ReasonFinding(label, _turns(customer, scores[:, column], bound), **doubt(judgement, "reason", found[column]))
        for column, label in enumerate(labels)
        if label != DETECTED and found[column] >= bound
    ]
    return GrievanceFinding(kind, True, turns, reasons=tuple(reasons), **doubts)


def _turns(customer: list[int], scores: Matrix, bound: float) -> tuple[int, ...]:
    best = int(scores.argmax())
    return tuple(turn for row, turn in enumerate(customer) if scores[row] >= bound or row == best)
