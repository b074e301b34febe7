"""What the service does by itself every week: it brings the topics up to date and looks for suggestions.

One job waits for its hour and is put back for the next week in the transaction that queues the work: a service that was
down finds it due when it is back, and does a week that was missed once.
"""

from datetime import datetime, time, timedelta

from qa_service.domain.period import local_day
from qa_service.jobs import Lease
from qa_service.store import Store
from qa_service.workflows.keep_suggestions import queue_looking
from qa_service.workflows.update_topics import queue_update

UPKEEP = "weekly_upkeep"
# Monday before work: the last week is over, and nobody waits for an analysis.
HOUR = time(4)


def await_upkeep(store: Store) -> None:
    """Let the next upkeep wait in the queue, if none does; for the start of a service."""
    with store.unit_of_work() as work:
        if not work.jobs.unfinished(UPKEEP):
            work.jobs.enqueue(UPKEEP, {}, subject=UPKEEP, due_at=_next_monday(store))


def run_upkeep(lease: Lease, *, store: Store) -> None:
    """Queue the week's work. Of two such jobs, which two services started at one moment could make, the older stays."""
    with store.unit_of_work() as work:
        if work.jobs.unfinished(UPKEEP)[0] != lease.job.id:
            lease.complete(work)
            return
        queue_update(work)
        queue_looking(work)
        lease.go_on(work, {}, due_at=_next_monday(store))


def _next_monday(store: Store) -> datetime:
    today = local_day(store.clock(), store.zone)
    return datetime.combine(today + timedelta(days=8 - today.isoweekday()), HOUR, store.zone)
