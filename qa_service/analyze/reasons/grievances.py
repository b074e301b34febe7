"""Does the customer complain, or ask for the money back, and why?"""

from collections.abc import Collection, Sequence

from models.findings import grievance_items
from models.protocols import Judge, Matrix
from models.tasks import DETECTED, Task
from qa_service.analyze.doubt import doubt
from qa_service.analyze.sop.acts import reason_acts
from qa_service.analyze.sop.keywords import mentioned
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.finding import GrievanceFinding, ReasonFinding
from qa_service.domain.reason import Reason

OTHER = "other"


def find_grievance(
    read: Transcript, kind: str, *, judge: Judge, judgement: Judgement, own: Sequence[Reason] = ()
) -> GrievanceFinding:
    """Detect a `complaint` or `refund` over the whole conversation, then its reasons on the turns that state them.

    `own` reasons are a company's, known by their wording.
    """
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
    stating = {turn for turn, row in zip(customer, scores, strict=True) if row.max() >= at} | set(turns)
    found_own = _own_reasons(read, own, stating, judge=judge, judgement=judgement)
    if found_own:
        # What has a name is no other reason.
        reasons = [reason for reason in reasons if reason.id != OTHER]
    return GrievanceFinding(kind, True, turns, reasons=(*reasons, *found_own), **doubts)


def _own_reasons(
    read: Transcript, reasons: Sequence[Reason], stating: Collection[int], *, judge: Judge, judgement: Judgement
) -> list[ReasonFinding]:
    """A company's own reasons: turns `stating` why that sound like the examples, and any that hold a keyword."""
    if not reasons:
        return []
    chances = judge.acts.match(read.texts, reason_acts(reasons))
    at, found = judgement.detect_at["own_reason"], []
    for column, reason in enumerate(reasons):
        sounds = {turn: float(chances[turn, column]) for turn in stating}
        # A word alone proves nothing: it is left to a person.
        named = {turn: at for turn in read.turns_of(Speaker.CUSTOMER) if _named(read.texts[turn].text, reason)}
        best = {turn: max(sounds.get(turn, 0.0), named.get(turn, 0.0)) for turn in sounds.keys() | named.keys()}
        turns = tuple(sorted(turn for turn, chance in best.items() if chance >= at))
        if turns:
            sure = doubt(judgement, "reason", max(best[turn] for turn in turns))
            found.append(ReasonFinding(reason.id, turns, **sure))
    return found


def _named(text: str, reason: Reason) -> bool:
    return mentioned(text, reason.wording.keywords)


def _turns(customer: list[int], scores: Matrix, at: float) -> tuple[int, ...]:
    best = int(scores.argmax())
    return tuple(turn for row, turn in enumerate(customer) if scores[row] >= at or row == best)
