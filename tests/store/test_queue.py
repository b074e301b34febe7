"""The queue: nothing is lost, nothing is done twice, nothing is tried for ever."""

import threading
from datetime import timedelta

import pytest

from qa_service.errors import Conflict, NotFound
from qa_service.store import JobState, LeaseLost, Store
from qa_service.store.jobs import MAX_ATTEMPTS

LEASE = timedelta(seconds=30)


def claim(store: Store, worker: str, limit: int = 1):
    with store.unit_of_work() as work:
        return work.jobs.claim(worker, limit=limit, lease=LEASE, kinds=["analyze"])


def enqueue(store: Store, count: int = 1, **options) -> list[int]:
    with store.unit_of_work() as work:
        return work.jobs.enqueue_many("analyze", [{"numbers": [n]} for n in range(count)], **options)


def job(store: Store, job_id: int):
    with store.reading() as work:
        return work.jobs.get(job_id)


def test_a_job_is_enqueued_with_its_data_or_not_at_all(store: Store):
    with pytest.raises(ZeroDivisionError), store.unit_of_work() as work:
        work.jobs.enqueue("analyze", {"numbers": [1]})
        raise ZeroDivisionError
    assert claim(store, "w") == []


def test_jobs_are_taken_oldest_first_and_each_by_one_worker(store: Store):
    ids = enqueue(store, 5)
    first, second = claim(store, "a", 2), claim(store, "b", 9)
    assert [one.id for one in first] == ids[:2]
    assert [one.id for one in second] == ids[2:]
    assert [one.payload for one in first] == [{"numbers": [0]}, {"numbers": [1]}]
    assert claim(store, "c") == []


def test_a_worker_takes_only_kinds_that_it_knows(store: Store):
    with store.unit_of_work() as work:
        work.jobs.enqueue("import", {"path": "x"})
    assert claim(store, "w") == []


def test_a_dead_workers_job_becomes_due_when_its_lease_runs_out(store: Store, clock):
    (job_id,) = enqueue(store)
    claim(store, "dies")
    clock.step(29)
    assert claim(store, "b") == []
    clock.step(2)
    (again,) = claim(store, "b")
    assert (again.id, again.attempts, again.worker) == (job_id, 2, "b")


def test_an_extended_lease_is_kept(store: Store, clock):
    (job_id,) = enqueue(store)
    claim(store, "slow")
    clock.step(20)
    with store.unit_of_work() as work:
        work.jobs.extend([job_id], "slow", lease=LEASE)
    clock.step(20)
    assert claim(store, "b") == []


def test_who_lost_the_lease_stores_nothing(store: Store, clock, conversation):
    (job_id,) = enqueue(store)
    claim(store, "slow")
    clock.step(31)
    claim(store, "b")
    with pytest.raises(LeaseLost), store.unit_of_work() as work:
        work.conversations.add(conversation("c-1"))
        work.jobs.complete(job_id, "slow")
    with store.unit_of_work() as work:
        assert work.conversations.find("c-1") is None
        work.jobs.complete(job_id, "b")
    with pytest.raises(LeaseLost), store.unit_of_work() as work:
        work.jobs.complete(job_id, "b")
    assert job(store, job_id).state is JobState.DONE


def test_a_failed_job_is_tried_again_later_and_then_is_dead(store: Store, clock):
    (job_id,) = enqueue(store)
    claim(store, "w")
    with store.unit_of_work() as work:
        work.jobs.fail(job_id, "w", "TimeoutError", retry_at=clock.now + timedelta(seconds=4))
    assert claim(store, "w") == []
    clock.step(4)
    assert [one.attempts for one in claim(store, "w")] == [2]
    with store.unit_of_work() as work:
        work.jobs.fail(job_id, "w", "TimeoutError", retry_at=None)
    assert (job(store, job_id).state, job(store, job_id).reason) == (JobState.DEAD, "TimeoutError")
    clock.step(9999)
    assert claim(store, "w") == []


def test_a_job_that_kills_its_workers_is_given_up(store: Store, clock):
    (job_id,) = enqueue(store)
    for _ in range(MAX_ATTEMPTS):
        assert [one.id for one in claim(store, "dies")] == [job_id]
        clock.step(31)
    assert claim(store, "w") == []
    assert job(store, job_id).state is JobState.DEAD
    assert "died" in (job(store, job_id).reason or "")
    with store.unit_of_work() as work:
        work.jobs.revive(job_id)
    assert [one.attempts for one in claim(store, "w")] == [1]


def test_progress_of_a_long_job_starts_the_count_of_attempts_again(store: Store, clock):
    (job_id,) = enqueue(store)
    for _ in range(3 * MAX_ATTEMPTS):
        claim(store, "w")
        with store.unit_of_work() as work:
            work.jobs.progress(job_id, "w", lease=LEASE)
        clock.step(31)
    assert [one.id for one in claim(store, "w")] == [job_id]


def test_what_was_not_begun_is_given_back_at_once(store: Store):
    ids = enqueue(store, 2)
    claim(store, "a", 2)
    with store.unit_of_work() as work:
        work.jobs.give_back(ids[1:], "a")
    assert [(one.id, one.attempts) for one in claim(store, "b", 2)] == [(ids[1], 1)]


def test_jobs_are_counted_found_and_forgotten(store: Store, clock):
    ids = enqueue(store, 3, subject="import/1")
    enqueue(store, 2, subject="import/2")
    claim(store, "w", 1)
    with store.unit_of_work() as work:
        work.jobs.complete(ids[0], "w")
        counts = work.jobs.counts("import/1")
        assert (counts[JobState.DONE], counts[JobState.QUEUED], sum(counts.values())) == (1, 2, 3)
        assert sum(work.jobs.counts().values()) == 5
        assert [one.id for one in work.jobs.find(subject="import/1", state=JobState.QUEUED)] == ids[1:]
        assert work.jobs.oldest_due() == clock.now
        assert work.jobs.forget_done(clock.now) == 0
        assert work.jobs.forget_done(clock.now + timedelta(seconds=1)) == 1
        with pytest.raises(NotFound):
            work.jobs.get(ids[0])
        with pytest.raises(Conflict):
            work.jobs.revive(ids[1])


def test_many_workers_at_once_share_the_jobs_without_an_error(store: Store):
    ids = enqueue(store, 120)
    taken: list[int] = []
    failed: list[Exception] = []

    def work_off(name: str) -> None:
        try:
            while jobs := claim(store, name, 4):
                for one in jobs:
                    with store.unit_of_work() as work:
                        work.jobs.complete(one.id, name)
                    taken.append(one.id)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work_off, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(taken) == ids
