"""What the worker does with each kind of job: `analyze` some conversations, `import` a file, `delete_customer`."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.sop import Sop
from qa_service.errors import QaError
from qa_service.ingest.reader import ReadOptions
from qa_service.jobs import Handler, Lease
from qa_service.logs import logger
from qa_service.store import MAX_ATTEMPTS, Numbered, Store, UnitOfWork
from qa_service.workflows.delete_customer import DELETE_CUSTOMER, finish_deletion
from qa_service.workflows.import_conversations import (
    ANALYZE,
    Following,
    Intake,
    import_file,
)
from qa_service.workflows.sops_in_force import sops_in_force

IMPORT = "import"
# After that many workers died over a batch, its conversations are tried one by one, so that only the one that
# kills them is given up.
BATCH_ATTEMPTS = 2
# Done jobs tell how an import went; after a month nobody asks any more.
KEEP_DONE_JOBS = timedelta(days=30)
INTERNAL = "internal_error"
WORKER_DIED = "worker_died"

log = logger(__name__)


class Analyzer(Protocol):
    """Judges one conversation."""

    def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
        """Judge a conversation by the SOP that fits it."""
        ...


def build_handlers(
    store: Store, analyzer: Analyzer, *, intake: Intake, out_dir: Path | None = None
) -> dict[str, Handler]:
    """The handlers of every kind of job; `out_dir` holds the exports that a deletion searches."""
    return {
        ANALYZE: partial(_analyze, store=store, analyzer=analyzer),
        IMPORT: partial(_import, store=store, intake=intake),
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
    with store.reading() as work:
        conversations = work.conversations.by_numbers(numbers)
        sops = sops_in_force(work, [one.conversation for one in conversations])
    judged = [(one, _judge(analyzer, one, its)) for one, its in zip(conversations, sops, strict=True)]
    digests = {(sop.id, sop.version): sop.digest for its in sops if isinstance(its, tuple) for sop in its}
    with store.unit_of_work() as work:
        for one, outcome in judged:
            _keep(work, one, outcome, digests)
        lease.complete(work)


def _split(lease: Lease, numbers: Sequence[int], store: Store) -> None:
    with store.unit_of_work() as work:
        work.jobs.enqueue_many(ANALYZE, [{"numbers": [number]} for number in numbers], subject=lease.job.subject)
        lease.complete(work)


def _fear_the_worst(numbers: Sequence[int], store: Store) -> None:
    """Before the last attempt, note what a reader should know if this worker dies too; success clears it."""
    with store.unit_of_work() as work:
        for number in numbers:
            work.analyses.add_problem(number, WORKER_DIED, "its analysis ended the worker each time it was tried")


def _judge(analyzer: Analyzer, one: Numbered, sops: Sequence[Sop] | QaError) -> Analysis | QaError:
    if isinstance(sops, QaError):
        return sops
    try:
        return analyzer.analyze(one.conversation, sops)
    except QaError as error:
        return error
    except Exception as error:
        log.error("analysis_failed", conversation_id=one.conversation.id, error=error)
        problem = QaError(f"the analysis failed ({type(error).__name__}); the log of the worker says where")
        problem.code = INTERNAL
        return problem


def _keep(work: UnitOfWork, one: Numbered, outcome: Analysis | QaError, digests: Mapping[tuple[str, int], str]) -> None:
    if isinstance(outcome, QaError):
        work.analyses.add_problem(one.number, outcome.code, outcome.detail)
        return
    sop = None if outcome.sop is None else digests.get((outcome.sop, outcome.sop_version or 0))
    work.analyses.add(outcome, number=one.number, turns_digest=one.digest, sop_digest=sop)


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
