"""Does the customer complain, or ask for the money back, and why?"""

from models.findings import grievance_items
from models.protocols import Judge, Matrix
from models.tasks import DETECTED, Task
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
    task = Task(kind, Speaker.CUSTOMER.value, judge.turns.labels[kind])
    verdict, *why = grievance_items(scores, found, task, bounds=judgement.detect_at, sureness=judge.sureness)
    doubts = doubt(judgement, "grievance", verdict.probability)
    if verdict.kind != kind:
        return GrievanceFinding(kind, False, (), **doubts)
    at = judgement.detect_at["reason"]
    turns = _turns(customer, scores[:, task.labels.index(DETECTED)], at)
    reasons = [
        ReasonFinding(
            item.label,
            _turns(customer, scores[:, task.labels.index(item.label)], at),
            **doubt(judgement, "reason", judge.sureness.of(item.kind, item.signals)),
        )
        for item in why
    ]
    return GrievanceFinding(kind, True, turns, reasons=tuple(reasons), **doubts)


def _turns(customer: list[int], scores: Matrix, at: float) -> tuple[int, ...]:
    best = int(scores.argmax())
    return tuple(turn for row, turn in enumerate(customer) if scores[row] >= at or row == best)
