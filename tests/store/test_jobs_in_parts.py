"""A long job goes back into the queue between its parts, with what it has done so far."""

from datetime import timedelta

import pytest

from qa_service.jobs import Lease, Worker
from qa_service.store import JobState, LeaseLost, Store

LEASE = timedelta(seconds=30)


def test_a_job_goes_on_behind_those_that_wait_and_keeps_what_came_of_it(store: Store, clock) -> None:  # type: ignore[no-untyped-def]
    order = []

    def count(lease: Lease) -> None:
        order.append(lease.job.payload["n"])
        clock.step(1)
        with store.unit_of_work() as work:
            if lease.job.payload["n"] < 2:
                lease.go_on(work, {"n": lease.job.payload["n"] + 1})
            else:
                lease.complete(work, payload={"report": "三"})

    with store.unit_of_work() as work:
        long = work.jobs.enqueue("count", {"n": 0})
        clock.step(1)
        work.jobs.enqueue("other", {"n": 9})
        clock.step(1)
    handlers = {"count": count, "other": lambda lease: order.append(lease.job.payload["n"])}
    Worker(store, handlers, at_once=1).run_until_idle()
    assert order == [0, 9, 1, 2]
    with store.reading() as work:
        done = work.jobs.get(long)
    assert (done.state, done.attempts, dict(done.payload)) == (JobState.DONE, 1, {"report": "三"})


def test_a_part_whose_lease_was_lost_is_not_stored(store: Store, clock) -> None:  # type: ignore[no-untyped-def]
    with store.unit_of_work() as work:
        number = work.jobs.enqueue("count", {"n": 0})
        work.jobs.claim("one", limit=1, lease=LEASE, kinds=["count"])
    clock.step(60)
    with store.unit_of_work() as work:
        work.jobs.claim("two", limit=1, lease=LEASE, kinds=["count"])
    with pytest.raises(LeaseLost), store.unit_of_work() as work:
        work.jobs.go_on(number, "one", {"n": 1})
    with store.reading() as work:
        assert work.jobs.get(number).payload == {"n": 0}
