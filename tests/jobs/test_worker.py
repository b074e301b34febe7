"""The worker: runs what is due, survives what fails, stops cleanly."""

import threading
import time
from datetime import timedelta

import pytest

from qa_service.errors import Conflict, InvalidInput
from qa_service.jobs import Lease, Worker
from qa_service.store import JobState, Store
from qa_service.store.jobs import MAX_ATTEMPTS


def enqueue(store: Store, count: int = 1) -> list[int]:
    with store.unit_of_work() as work:
        return work.jobs.enqueue_many("try", [{"n": n} for n in range(count)])


def states(store: Store) -> dict[str, int]:
    with store.reading() as work:
        return {state.value: count for state, count in work.jobs.counts().items() if count}


def test_every_due_job_is_run_once(store: Store):
    seen: list[int] = []
    ids = enqueue(store, 10)
    worker = Worker(store, {"try": lambda lease: seen.append(lease.job.id)}, at_once=3)
    assert worker.run_until_idle() == 10
    assert seen == ids
    assert states(store) == {"done": 10}


def test_what_a_handler_stored_is_stored_with_the_end_of_its_job(store: Store):
    def handler(lease: Lease) -> None:
        with store.unit_of_work() as work:
            work.imports.begin("made by the job", by="w")
            lease.complete(work)
            if lease.job.payload["n"] == 0:
                raise Conflict("stumbles after it was finished")

    enqueue(store, 2)
    Worker(store, {"try": handler}).run_once()
    assert states(store) == {"done": 1, "queued": 1}
    with store.reading() as work:
        assert len(work.imports.page().items) == 1


def test_a_failure_is_tried_again_after_growing_pauses_until_it_is_dead(store: Store, clock):
    calls: list[int] = []

    def handler(lease: Lease) -> None:
        calls.append(lease.job.attempts)
        raise ZeroDivisionError("text of a customer")

    (job_id,) = enqueue(store)
    worker = Worker(store, {"try": handler})
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert worker.run_once() == 1
        assert worker.run_once() == 0
        clock.step(2**attempt)
    assert calls == [1, 2, 3, 4, 5]
    with store.reading() as work:
        dead = work.jobs.get(job_id)
    assert (dead.state, dead.reason) == (JobState.DEAD, "ZeroDivisionError")


def test_input_that_can_never_work_is_not_tried_again(store: Store):
    def handler(lease: Lease) -> None:
        raise InvalidInput("the file is gone; put it back")

    (job_id,) = enqueue(store)
    Worker(store, {"try": handler}).run_once()
    with store.reading() as work:
        dead = work.jobs.get(job_id)
    assert (dead.state, dead.reason) == (JobState.DEAD, "invalid_input: the file is gone; put it back")


def test_a_long_job_keeps_its_lease(database_url):
    began = threading.Event()
    lease = timedelta(seconds=0.6)
    with Store.open(database_url) as store:
        enqueue(store)

        def handler(_: Lease) -> None:
            began.set()
            time.sleep(1.5)

        slow = threading.Thread(target=Worker(store, {"try": handler}, lease=lease).run_once)
        slow.start()
        began.wait(10)
        others = Worker(store, {"try": handler}, lease=lease)
        while slow.is_alive():
            assert others.run_once() == 0
            time.sleep(0.1)
        assert states(store) == {"done": 1}


def test_a_stopped_worker_ends_its_job_and_gives_the_rest_back(store: Store):
    stop = threading.Event()
    enqueue(store, 3)
    Worker(store, {"try": lambda _: stop.set()}, at_once=3).run_forever(stop)
    assert states(store) == {"done": 1, "queued": 2}


def test_a_database_that_is_away_does_not_end_the_worker(store: Store):
    stop = threading.Event()
    worker = Worker(store, {"try": lambda _: None}, idle_s=0.01)
    calls: list[int] = []

    def run_once(_: threading.Event) -> int:
        calls.append(1)
        if len(calls) == 3:
            stop.set()
        raise OSError("away")

    worker.run_once = run_once  # type: ignore[method-assign, assignment]
    worker.run_forever(stop)
    assert len(calls) == 3


@pytest.mark.parametrize("workers", [3])
def test_several_workers_run_each_job_once(store: Store, workers):
    seen: list[int] = []
    ids = enqueue(store, 60)
    made = [Worker(store, {"try": lambda lease: seen.append(lease.job.id)}) for _ in range(workers)]
    threads = [threading.Thread(target=worker.run_until_idle) for worker in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == ids
