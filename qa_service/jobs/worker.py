"""Takes jobs from the queue and hands them to their handlers, in a thread of the service or in a process of its own.

A handler finishes its job in the transaction that stores what it did (`lease.complete(work)`), so a killed worker
loses nothing and repeats nothing: either both are stored, or the job becomes due again when its lease runs out.
"""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from qa_service.errors import InvalidInput, NotFound, QaError
from qa_service.jobs.heartbeat import heartbeat
from qa_service.logs import logger
from qa_service.store import MAX_ATTEMPTS, Job, LeaseLost, Store, UnitOfWork

LEASE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)
IDLE_S = 0.5

log = logger(__name__)


class Lease:
    """A handler's hold on its job."""

    def __init__(self, job: Job, worker: str, length: timedelta) -> None:
        self.job = job
        self.completed = False
        self._worker = worker
        self._length = length

    def progress(self, work: UnitOfWork) -> None:
        """Say that part of a long job is done, in the transaction that stores it; raises LeaseLost."""
        work.jobs.progress(self.job.id, self._worker, lease=self._length)

    def complete(self, work: UnitOfWork, *, payload: Mapping[str, Any] | None = None) -> None:
        """Finish the job, in the transaction that stores what it did; `payload`: what came of it. Raises LeaseLost."""
        work.jobs.complete(self.job.id, self._worker, payload=payload)
        self.completed = True

    def go_on(self, work: UnitOfWork, payload: Mapping[str, Any], *, due_at: datetime | None = None) -> None:
        """Hand the rest of a long job back to the queue, so that others get their turn, or until later.

        Raises LeaseLost.
        """
        work.jobs.go_on(self.job.id, self._worker, payload, due_at=due_at)
        self.completed = True


Handler = Callable[[Lease], None]


class Worker:
    """Runs jobs one after the other; several workers, threads or processes, may share a store."""

    def __init__(
        self,
        store: Store,
        handlers: Mapping[str, Handler],
        *,
        name: str | None = None,
        lease: timedelta = LEASE,
        at_once: int = 4,
        idle_s: float = IDLE_S,
    ) -> None:
        self.name = name or worker_name()
        self._store = store
        self._handlers = handlers
        self._lease = lease
        self._at_once = at_once
        self._idle_s = idle_s

    def run_forever(self, stop: threading.Event) -> None:
        """Work until `stop` is set; the job under way is finished, those not begun are given back."""
        while not stop.is_set():
            try:
                worked = self.run_once(stop)
            except Exception as error:
                # A database that is away for a while must not end the worker.
                log.error("worker_failed", worker=self.name, error=error)
                worked = 0
            if not worked:
                stop.wait(self._idle_s)

    def run_until_idle(self) -> int:
        """Work until nothing is due, and say how many jobs were run."""
        total = 0
        while worked := self.run_once():
            total += worked
        return total

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Claim a few due jobs and run them; returns how many were run."""
        with self._store.unit_of_work() as work:
            jobs = work.jobs.claim(self.name, limit=self._at_once, lease=self._lease, kinds=list(self._handlers))
        worked = 0
        with self._kept_alive(jobs):
            for job in jobs:
                if stop is not None and stop.is_set():
                    break
                self._run(job)
                worked += 1
        if worked < len(jobs):
            with self._store.unit_of_work() as work:
                work.jobs.give_back([job.id for job in jobs[worked:]], self.name)
        return worked

    @contextmanager
    def _kept_alive(self, jobs: Sequence[Job]) -> Iterator[None]:
        if not jobs:
            yield
            return
        with heartbeat(self._extend, [job.id for job in jobs], every_s=self._lease.total_seconds() / 3):
            yield

    def _extend(self, job_ids: Sequence[int]) -> None:
        with self._store.unit_of_work() as work:
            work.jobs.extend(job_ids, self.name, lease=self._lease)

    def _run(self, job: Job) -> None:
        lease = Lease(job, self.name, self._lease)
        try:
            self._handlers[job.kind](lease)
            if not lease.completed:
                with self._store.unit_of_work() as work:
                    lease.complete(work)
        except LeaseLost:
            log.warning("lease_lost", worker=self.name, job_id=job.id, job_kind=job.kind)
        except Exception as error:
            self._fail(job, error)

    def _fail(self, job: Job, error: Exception) -> None:
        """Again later; or never, when the input is at fault or it was tried often enough."""
        log.error("job_failed", worker=self.name, job_id=job.id, job_kind=job.kind, attempt=job.attempts, error=error)
        hopeless = isinstance(error, InvalidInput | NotFound) or job.attempts >= MAX_ATTEMPTS
        # Only errors of our own tree have a text that is safe to keep; others may quote the data.
        reason = f"{error.code}: {error.detail}" if isinstance(error, QaError) else type(error).__name__
        pause = min(timedelta(seconds=2**job.attempts), LONGEST_PAUSE)
        try:
            with self._store.unit_of_work() as work:
                retry_at = None if hopeless else self._store.clock() + pause
                work.jobs.fail(job.id, self.name, reason, retry_at=retry_at)
        except LeaseLost:
            log.warning("lease_lost", worker=self.name, job_id=job.id, job_kind=job.kind)


def worker_name() -> str:
    """A name that no other worker has: host, process and a random part."""
    return f"{socket.gethostname()[:64]}:{os.getpid()}:{secrets.token_hex(4)}"
