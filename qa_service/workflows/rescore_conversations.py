"""Re-score: analyse a range again under what is in force now, keep the old analyses, and tell who moved and why.

A first job lists the range and queues batches; each batch stores its analyses, what they changed and its counts in one
transaction with its own end, so a killed worker loses and repeats nothing. The batch that ends last writes the report.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace

from qa_service.aggregate.rescored import report_rescored
from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_to_line
from qa_service.domain.period import dated
from qa_service.domain.rescore import Rescore, RescoreRange
from qa_service.domain.rescored import Judged, Rescored, Shift, causes, compare
from qa_service.domain.role import Action, Caller
from qa_service.errors import InvalidInput
from qa_service.jobs import Lease
from qa_service.store import MAX_ATTEMPTS, JobState, Page, Store, StoredAnalysis, UnitOfWork, rescore_filter
from qa_service.workflows.import_conversations import ANALYSES_IN_A_JOB
from qa_service.workflows.judge_stored import BATCH_ATTEMPTS, JudgedStored, JudgeNumbers, given_up
from qa_service.workflows.review_conversation import note
from qa_service.workflows.standing import keep_analysis, stands

RESCORE, RESCORE_BATCH = "rescore", "rescore_batch"
# Batches that one listing job queues before the next goes on: bounds the transaction, not the range.
BATCHES_AT_ONCE = 100


def begin_rescore(store: Store, caller: Caller, wanted: RescoreRange, *, reason: str = "") -> Rescore:
    """Begin a re-score; workers do it, `read_rescore` tells how far they have come."""
    caller.reach(Action.RESCORE)
    if wanted.day_from and wanted.day_to and wanted.day_from > wanted.day_to:
        raise InvalidInput(
            f"the period begins on {wanted.day_from}, after its end on {wanted.day_to}; swap the two days"
        )
    for day in (wanted.day_from, wanted.day_to):
        if day:
            dated(day)
    with store.unit_of_work() as work:
        begun = work.rescores.begin(wanted, by=caller.id, reason=reason)
        work.jobs.enqueue(RESCORE, {"rescore": begun.id, "after": 0}, subject=_subject(begun.id))
        note(work, caller, "rescore", f"rescore/{begun.id}", reason)
        return begun


def read_rescore(
    store: Store, caller: Caller, rescore_id: int, *, limit: int = 50, cursor: str | None = None
) -> tuple[Rescore, Page[Rescored], int]:
    """A re-score, a page of what it moved (the weightiest first), and how many of its jobs were given up."""
    caller.reach(Action.RESCORE)
    with store.reading() as work:
        found = work.rescores.get(rescore_id)
        dead = work.jobs.counts(_subject(rescore_id))[JobState.DEAD]
        return found, work.rescores.page(rescore_id, limit=limit, cursor=cursor), dead


def recent_rescores(store: Store, caller: Caller) -> list[Rescore]:
    """The last re-scores, newest first."""
    caller.reach(Action.RESCORE)
    with store.reading() as work:
        return work.rescores.recent()


def list_range(lease: Lease, *, store: Store) -> None:
    """Queue the next batches of a range, and the listing of the rest."""
    rescore_id: int = lease.job.payload["rescore"]
    with store.unit_of_work() as work:
        wanted = rescore_filter(work.rescores.get(rescore_id).wanted)
        most = BATCHES_AT_ONCE * ANALYSES_IN_A_JOB
        numbers = work.conversations.next_numbers(wanted, after=lease.job.payload["after"], limit=most)
        batches = [numbers[at : at + ANALYSES_IN_A_JOB] for at in range(0, len(numbers), ANALYSES_IN_A_JOB)]
        payloads = [{"rescore": rescore_id, "numbers": batch} for batch in batches]
        work.jobs.enqueue_many(RESCORE_BATCH, payloads, subject=lease.job.subject)
        more = len(numbers) == most
        if more:
            after = {"rescore": rescore_id, "after": numbers[-1]}
            work.jobs.enqueue(RESCORE, after, subject=lease.job.subject)
        _count(work, rescore_id, Counter(total=len(numbers)), listed=not more)
        lease.complete(work)


def rescore_batch(lease: Lease, *, store: Store, judge: JudgeNumbers) -> None:
    """Analyse a few conversations again; those of closed periods are left alone."""
    rescore_id, numbers = lease.job.payload["rescore"], list(lease.job.payload["numbers"])
    if len(numbers) > 1 and lease.job.attempts > BATCH_ATTEMPTS:
        _split(lease, rescore_id, numbers, store)
        return
    with store.reading() as work:
        open_ones = sorted(set(numbers) - work.periods.frozen(numbers))
    judged = _given_up(open_ones, store) if lease.job.attempts >= MAX_ATTEMPTS else judge(open_ones)
    with store.unit_of_work() as work:
        counts = Counter(done=len(numbers))
        for one in judged:
            counts.update(_rescored(work, rescore_id, one))
        left_alone = len(numbers) - len(open_ones)
        counts.update(frozen=left_alone, gone=len(open_ones) - len(judged))
        _count(work, rescore_id, counts)
        lease.complete(work)


def _split(lease: Lease, rescore_id: int, numbers: Sequence[int], store: Store) -> None:
    payloads = [{"rescore": rescore_id, "numbers": [number]} for number in numbers]
    with store.unit_of_work() as work:
        work.jobs.enqueue_many(RESCORE_BATCH, payloads, subject=lease.job.subject)
        lease.complete(work)


def _given_up(numbers: Sequence[int], store: Store) -> list[JudgedStored]:
    """Not tried once more: a re-score must come to its end."""
    with store.reading() as work:
        return [JudgedStored(one, given_up()) for one in work.conversations.by_numbers(numbers)]


def _rescored(work: UnitOfWork, rescore_id: int, judged: JudgedStored) -> list[str]:
    """Store the new analysis and what it moved; returns the counts that it adds to."""
    conversation = judged.one.conversation
    before = work.analyses.find(conversation.id)
    was = stands(work, before).verdicts.final if before else None
    analysis_id = keep_analysis(work, judged.one, judged.outcome, judged.sop_digest)
    if analysis_id is None:
        return ["failed" if not isinstance(judged.outcome, Analysis) else "gone"]
    after = work.analyses.find(conversation.id)
    if after is None or after.id != analysis_id:
        # Closed between being judged and being stored.
        return ["frozen"]
    counts = [] if _reproduced(after, judged.outcome) else ["not_reproduced"]
    if before is None or was is None:
        return [*counts, "first"]
    three = stands(work, after).verdicts
    entry = Rescored(
        conversation_id=conversation.id,
        agent_id=conversation.agent.id,
        agent_name=conversation.agent.name,
        team=conversation.agent.team,
        before=_side(before, was),
        after=_side(after, three.final),
        causes=causes(before.analysis, after.analysis),
        changes=compare(was, three.final),
        contradicted=tuple(one.key for one in three.contradictions),
    )
    return counts + _noted(work, rescore_id, entry)


def _noted(work: UnitOfWork, rescore_id: int, entry: Rescored) -> list[str]:
    counts = ["contradicted"] if entry.contradicted else []
    same_score = replace(entry.before, analysis_id=None) == replace(entry.after, analysis_id=None)
    if same_score and not entry.changes and not entry.contradicted:
        return [*counts, "unchanged"]
    work.rescores.add_rescored(rescore_id, entry)
    refined = same_score and all(change.shift is Shift.CONFIDENCE for change in entry.changes)
    return [*counts, "refined" if refined else "moved"]


def _reproduced(stored: StoredAnalysis, outcome: object) -> bool:
    """Whether what is stored under these versions is, byte for byte, what was made now."""
    return isinstance(outcome, Analysis) and analysis_to_line(stored.analysis) == analysis_to_line(outcome)


def _side(stored: StoredAnalysis, final: Analysis) -> Judged:
    score = final.score
    return Judged(
        analysis_id=stored.id,
        sop=final.sop,
        sop_version=final.sop_version,
        score=score.value if score else None,
        passed=score.passed if score else None,
    )


def _count(work: UnitOfWork, rescore_id: int, counts: Counter[str], *, listed: bool = False) -> None:
    """Count, and write the report when this was the last."""
    if work.rescores.count(rescore_id, listed=listed, **counts):
        found = asdict(work.rescores.get(rescore_id).counts)
        work.rescores.end(rescore_id, {"counts": found} | report_rescored(work.rescores.rescored(rescore_id)))


def _subject(rescore_id: int) -> str:
    return f"rescore/{rescore_id}"
