"""The durable queue: jobs are enqueued in the transaction of the data they are about, and leased to workers.

A leased job is a job whose `due_at` lies in the future: when its worker dies, it becomes due again by itself. Jobs
hold numbers of the store, never text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any

from sqlalchemy import Index, String, Text, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.errors import Conflict, NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, JsonText, Moment, Number

MAX_ATTEMPTS = 5


class LeaseLost(Conflict):
    """Another worker holds the job by now; what was done for it must be rolled back."""

    code = "lease_lost"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


_UNFINISHED = (JobState.QUEUED.value, JobState.LEASED.value)


class JobRow(Base):
    """One job. `subject` names what it is for (`import/12`), `due_at` is None once it is done or dead."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_due", "due_at", "id"), Index("ix_job_subject_state", "subject", "state"))

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str | None] = mapped_column(String(128))
    payload: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int]
    worker: Mapped[str | None] = mapped_column(String(128))
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment, index=True)


@dataclass(frozen=True, slots=True)
class Job:
    """One job; `attempts` counts how often it was begun since it last made progress."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    state: JobState
    attempts: int
    created_at: datetime
    subject: str | None = None
    worker: str | None = None
    reason: str | None = None
    ended_at: datetime | None = None


class Jobs(Access):
    """The queue."""

    def enqueue(
        self, kind: str, payload: Mapping[str, Any], *, subject: str | None = None, due_at: datetime | None = None
    ) -> int:
        """Add a job, due at once or later; returns its id."""
        return self.enqueue_many(kind, [payload], subject=subject, due_at=due_at)[0]

    def enqueue_many(
        self,
        kind: str,
        payloads: Sequence[Mapping[str, Any]],
        *,
        subject: str | None = None,
        due_at: datetime | None = None,
    ) -> list[int]:
        """Add jobs of one kind, due at once or later; returns their ids."""
        if not payloads:
            return []
        now = self.clock()
        base = {"kind": kind, "subject": subject, "state": JobState.QUEUED.value, "attempts": 0}
        rows = [{**base, "payload": dict(one), "due_at": due_at or now, "created_at": now} for one in payloads]
        return list(self.session.scalars(self.insert(JobRow).returning(JobRow.id), rows))

    def enqueue_once(self, kind: str) -> int:
        """Add a job of which one at a time is enough, its kind its subject; the id of the one that waits or runs."""
        unfinished = self.unfinished(kind)
        return unfinished[0] if unfinished else self.enqueue(kind, {}, subject=kind)

    def unfinished(self, subject: str) -> list[int]:
        """The jobs about something that wait or are being done, oldest first."""
        mine = select(JobRow.id).where(JobRow.subject == subject, JobRow.state.in_(_UNFINISHED))
        return list(self.session.scalars(mine.order_by(JobRow.id)))

    def claim(self, worker: str, *, limit: int, lease: timedelta, kinds: Sequence[str]) -> list[Job]:
        """Lease due jobs to a worker, oldest first; jobs begun too often without progress become dead instead.

        A job that was begun before is leased alone: if it kills its worker, it takes no other with it.
        """
        now = self.clock()
        due = select(JobRow.id, JobRow.attempts).where(JobRow.due_at <= now, JobRow.kind.in_(kinds))
        due = due.order_by(JobRow.due_at, JobRow.id).limit(limit).with_for_update(skip_locked=True)
        found = self.session.execute(due).all()
        fresh = list(takewhile(lambda one: one.attempts == 0, found))
        ids = [one.id for one in fresh or found[:1]]
        if not ids:
            return []
        self._bury(ids, now)
        taken = {"state": JobState.LEASED.value, "worker": worker, "due_at": now + lease}
        values = {**taken, "attempts": JobRow.attempts + 1}
        claimed = update(JobRow).where(JobRow.id.in_(ids), JobRow.due_at.is_not(None)).values(values)
        rows = self.session.execute(claimed.returning(*_COLUMNS), execution_options={"synchronize_session": False})
        return sorted((_job(row) for row in rows), key=lambda job: job.id)

    def extend(self, job_ids: Sequence[int], worker: str, *, lease: timedelta) -> None:
        """Keep leases alive."""
        values = {"due_at": self.clock() + lease}
        self.session.execute(update(JobRow).where(JobRow.id.in_(job_ids), *_held(worker)).values(values))

    def progress(self, job_id: int, worker: str, *, lease: timedelta) -> None:
        """Note that a long job moved on, in the transaction of what it did; raises LeaseLost."""
        self._change(job_id, worker, {"due_at": self.clock() + lease, "attempts": 1})

    def complete(self, job_id: int, worker: str, *, payload: Mapping[str, Any] | None = None) -> None:
        """Finish a job in the transaction of what it did, and note what came of it; raises LeaseLost."""
        ended = {"state": JobState.DONE.value, "due_at": None, "ended_at": self.clock(), "reason": None}
        self._change(job_id, worker, ended | ({} if payload is None else {"payload": dict(payload)}))

    def go_on(self, job_id: int, worker: str, payload: Mapping[str, Any], *, due_at: datetime | None = None) -> None:
        """Queue a job for its next part, with what it did so far, behind the jobs that wait; raises LeaseLost."""
        due = due_at or self.clock()
        values = {"state": JobState.QUEUED.value, "due_at": due, "worker": None, "attempts": 0}
        self._change(job_id, worker, {**values, "reason": None, "payload": dict(payload)})

    def fail(self, job_id: int, worker: str, reason: str, *, retry_at: datetime | None) -> None:
        """Note a failure: again at `retry_at`, or dead when it is None."""
        if retry_at is None:
            values = {"state": JobState.DEAD.value, "due_at": None, "ended_at": self.clock(), "reason": reason}
        else:
            values = {"state": JobState.QUEUED.value, "due_at": retry_at, "worker": None, "reason": reason}
        self._change(job_id, worker, values)

    def give_back(self, job_ids: Sequence[int], worker: str) -> None:
        """Return leased jobs that were not begun."""
        values = {"state": JobState.QUEUED.value, "due_at": self.clock(), "worker": None}
        again = update(JobRow).where(JobRow.id.in_(job_ids), *_held(worker))
        self.session.execute(again.values({**values, "attempts": JobRow.attempts - 1}))

    def revive(self, job_id: int) -> Job:
        """Queue a dead job again; raises Conflict when it is not dead."""
        job = self.get(job_id)
        if job.state is not JobState.DEAD:
            raise Conflict(f"job {job_id} is {job.state.value}; only a dead job can be queued again")
        values = {"state": JobState.QUEUED.value, "due_at": self.clock(), "attempts": 0, "ended_at": None}
        self.session.execute(update(JobRow).where(JobRow.id == job_id).values(values))
        return self.get(job_id)

    def get(self, job_id: int) -> Job:
        """One job; raises NotFound."""
        row = self.session.execute(select(*_COLUMNS).where(JobRow.id == job_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no job {job_id}")
        return _job(row)

    def find(
        self, *, subject: str | None = None, state: JobState | None = None, after: int = 0, limit: int = 100
    ) -> list[Job]:
        """Jobs by id, those after an id."""
        query = select(*_COLUMNS).where(JobRow.id > after)
        if subject is not None:
            query = query.where(JobRow.subject == subject)
        if state is not None:
            query = query.where(JobRow.state == state.value)
        return [_job(row) for row in self.session.execute(query.order_by(JobRow.id).limit(limit))]

    def counts(self, subject: str | None = None) -> dict[JobState, int]:
        """How many jobs are in each state, of one subject or of all."""
        query = select(JobRow.state, func.count().label("jobs")).group_by(JobRow.state)
        if subject is not None:
            query = query.where(JobRow.subject == subject)
        found = {row.state: row.jobs for row in self.session.execute(query)}
        return {state: found.get(state.value, 0) for state in JobState}

    def oldest_due(self) -> datetime | None:
        """Since when the oldest due job waits, None when nothing does; jobs for later do not wait yet."""
        waits = (JobRow.state == JobState.QUEUED.value, JobRow.due_at <= self.clock())
        query = select(func.min(JobRow.due_at)).where(*waits)
        return self.session.execute(query).scalar_one()

    def forget_done(self, before: datetime) -> int:
        """Remove jobs done before a moment, and say how many."""
        done = delete(JobRow).where(JobRow.state == JobState.DONE.value, JobRow.ended_at < before)
        return len(self.session.execute(done.returning(JobRow.id)).all())

    def _bury(self, ids: Sequence[int], now: datetime) -> None:
        reason = f"its worker died {MAX_ATTEMPTS} times in a row"
        dead = {"state": JobState.DEAD.value, "due_at": None, "ended_at": now}
        where = (JobRow.id.in_(ids), JobRow.attempts >= MAX_ATTEMPTS)
        self.session.execute(
            update(JobRow).where(*where).values({**dead, "reason": func.coalesce(JobRow.reason, reason)})
        )

    def _change(self, job_id: int, worker: str, values: Mapping[str, Any]) -> None:
        changed = update(JobRow).where(JobRow.id == job_id, *_held(worker)).values(values).returning(JobRow.id)
        if self.session.execute(changed).one_or_none() is None:
            raise LeaseLost(f"job {job_id} is no longer leased to {worker}")


_COLUMNS = (
    *(JobRow.id, JobRow.kind, JobRow.payload, JobRow.state, JobRow.attempts, JobRow.created_at),
    *(JobRow.subject, JobRow.worker, JobRow.reason, JobRow.ended_at),
)


def _held(worker: str) -> tuple[Any, ...]:
    return (JobRow.state == JobState.LEASED.value, JobRow.worker == worker)


def _job(row: Any) -> Job:
    return Job(**dict(row._mapping) | {"state": JobState(row.state)})
