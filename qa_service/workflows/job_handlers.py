"""What the worker does with each kind of job: `analyze` some conversations, `import` a file, try an SOP draft…"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from qa_service.ingest.reader import ReadOptions
from qa_service.jobs import Handler, Lease
from qa_service.store import MAX_ATTEMPTS, Store
from qa_service.workflows.alert import note_urgent
from qa_service.workflows.count_stored import count_these
from qa_service.workflows.delete_customer import DELETE_CUSTOMER, finish_deletion
from qa_service.workflows.import_conversations import (
    ANALYZE,
    Following,
    Intake,
    import_file,
)
from qa_service.workflows.judge_stored import BATCH_ATTEMPTS, Analyzer, given_up, judge_stored
from qa_service.workflows.keep_suggestions import SUGGEST, look
from qa_service.workflows.rescore_conversations import RESCORE, RESCORE_BATCH, list_range, rescore_batch
from qa_service.workflows.standing import keep_analysis
from qa_service.workflows.try_sop import Trier
from qa_service.workflows.try_stored_sop import TRIAL, try_batch
from qa_service.workflows.update_topics import UPDATE_TOPICS, run_update
from qa_service.workflows.weekly_upkeep import UPKEEP, run_upkeep

IMPORT = "import"
# Done jobs tell how an import went; after a month nobody asks any more.
KEEP_DONE_JOBS = timedelta(days=30)


class WorkersAnalyzer(Analyzer, Trier, Protocol):
    """What analyses and trials together ask of the one that judges."""


def build_handlers(
    store: Store, analyzer: WorkersAnalyzer, *, intake: Intake, out_dir: Path | None = None
) -> dict[str, Handler]:
    """The handlers of every kind of job; `out_dir` holds the exports that a deletion searches."""
    return {
        ANALYZE: partial(_analyze, store=store, analyzer=analyzer),
        RESCORE: partial(list_range, store=store),
        RESCORE_BATCH: partial(rescore_batch, store=store, judge=partial(judge_stored, store=store, analyzer=analyzer)),
        IMPORT: partial(_import, store=store, intake=intake),
        TRIAL: partial(try_batch, store=store, analyzer=analyzer),
        SUGGEST: partial(look, store=store),
        UPKEEP: partial(run_upkeep, store=store),
        UPDATE_TOPICS: partial(run_update, store=store),
        DELETE_CUSTOMER: partial(_delete_customer, store=store, out_dir=out_dir),
    }


def forget_old_jobs(store: Store) -> int:
    """Forget jobs that were done long ago; for the start of a service. Returns how many."""
    with store.unit_of_work() as work:
        return work.jobs.forget_done(store.clock() - KEEP_DONE_JOBS)


def _analyze(lease: Lease, *, store: Store, analyzer: Analyzer) -> None:
    """Analyse the conversations of a job; one that cannot be analysed keeps none of its neighbours back."""
    numbers: list[int] = lease.job.payload["numbers"]
    if len(numbers) > 1 and lease.job.attempts > BATCH_ATTEMPTS:
        _split(lease, numbers, store)
        return
    if lease.job.attempts == MAX_ATTEMPTS:
        _fear_the_worst(numbers, store)
    judged = judge_stored(numbers, store=store, analyzer=analyzer)
    with store.unit_of_work() as work:
        for one in judged:
            keep_analysis(work, one.one, one.outcome, one.sop_digest)
            note_urgent(work, one.one, one.outcome)
        count_these(work, numbers)
        lease.complete(work)


def _split(lease: Lease, numbers: Sequence[int], store: Store) -> None:
    with store.unit_of_work() as work:
        work.jobs.enqueue_many(ANALYZE, [{"numbers": [number]} for number in numbers], subject=lease.job.subject)
        lease.complete(work)


def _fear_the_worst(numbers: Sequence[int], store: Store) -> None:
    """Before the last attempt, note what a reader should know if this worker dies too; success clears it."""
    with store.unit_of_work() as work:
        for number in numbers:
            work.analyses.add_problem(number, given_up().code, given_up().detail)


def _import(lease: Lease, *, store: Store, intake: Intake) -> None:
    """Import a file that lies where the worker can read it."""
    payload = lease.job.payload
    import_file(
        store,
        Path(payload["path"]),
        by=payload.get("by", ""),
        intake=intake,
        format=payload.get("format"),
        options=ReadOptions(zone=store.zone),
        following=Following(batch=lease.progress),
    )


def _delete_customer(lease: Lease, *, store: Store, out_dir: Path | None) -> None:
    """Take up a deletion; the job holds its number, never the customer's id."""
    with store.reading() as work:
        deletion = work.deletions.get(lease.job.payload["deletion"])
    if deletion.ended_at is None:
        finish_deletion(store, deletion, out_dir=out_dir)
