"""The weekly report goes out by itself: a job waits in the queue for the next time, so that none is missed or doubled.

A service that was down at the time finds the job due when it is back. What a schedule sends in a week has a key, so
that changing the schedule, or two workers, send no week twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qa_service.domain.delivery import NoticeKind
from qa_service.domain.role import Action, Caller
from qa_service.domain.schedule import Schedule, refuse_unsound
from qa_service.errors import Forbidden, NotFound
from qa_service.jobs import Lease
from qa_service.store import Store, UnitOfWork
from qa_service.workflows.alert import queue_delivery
from qa_service.workflows.review_conversation import note

WEEKLY = "weekly_report"


def add_schedule(store: Store, caller: Caller, wanted: Schedule) -> Schedule:
    """Store a schedule and queue its first time."""
    refuse_unsound(wanted)
    with store.unit_of_work() as work:
        _refuse_foreign(work, caller, wanted)
        now = store.clock()
        made = work.schedules.add(replace(wanted, by=caller.id, at=now, next_at=wanted.next_after(now)))
        _queue(work, made)
        note(work, caller, "add_schedule", f"schedule/{made.id}")
        return made


def change_schedule(store: Store, caller: Caller, schedule_id: int, changes: Mapping[str, Any]) -> Schedule:
    """Change a schedule; its next time is told anew."""
    with store.unit_of_work() as work:
        new = replace(_within(work, caller, schedule_id), **changes)
        refuse_unsound(new)
        _refuse_foreign(work, caller, new)
        made = work.schedules.change(replace(new, next_at=new.next_after(store.clock())))
        _queue(work, made)
        note(work, caller, "change_schedule", f"schedule/{schedule_id}")
        return made


def delete_schedule(store: Store, caller: Caller, schedule_id: int) -> None:
    """Forget a schedule; the job that waits for it will find nothing to do."""
    with store.unit_of_work() as work:
        _within(work, caller, schedule_id)
        work.schedules.delete(schedule_id)
        note(work, caller, "delete_schedule", f"schedule/{schedule_id}")


def list_schedules(store: Store, caller: Caller) -> list[Schedule]:
    """Schedules within the caller's reach."""
    scope = caller.reach(Action.SEND)
    with store.reading() as work:
        return [one for one in work.schedules.all() if scope.holds(one.org, None)]


def run_schedule(lease: Lease, *, store: Store) -> None:
    """Hand the report of the week that is over to each recipient, and queue the next time."""
    with store.unit_of_work() as work:
        try:
            schedule = work.schedules.get(lease.job.payload["schedule"], lock=True)
        except NotFound:
            lease.complete(work)
            return
        now = store.clock()
        # The job of a time that was changed since.
        if schedule.next_at is not None and schedule.next_at <= now:
            week = schedule.week_told(now)
            _hand_over(work, schedule, week)
            _queue(work, work.schedules.change(replace(schedule, next_at=schedule.next_after(now), last_week=week)))
        lease.complete(work)


def _hand_over(work: UnitOfWork, schedule: Schedule, week: str) -> None:
    known = {one.id for one in work.recipients.all()}
    for recipient in schedule.recipients:
        if recipient not in known:
            continue
        key, about = f"weekly/{schedule.id}/{week}/{recipient}", {"week": week, "org": list(schedule.org)}
        delivery = work.deliveries.add(recipient, NoticeKind.WEEKLY, key, about)
        if delivery is not None:
            queue_delivery(work, delivery)


def _queue(work: UnitOfWork, schedule: Schedule) -> None:
    if schedule.next_at is not None:
        payload, subject = {"schedule": schedule.id}, f"schedule/{schedule.id}"
        work.jobs.enqueue(WEEKLY, payload, subject=subject, due_at=schedule.next_at)


def _within(work: UnitOfWork, caller: Caller, schedule_id: int) -> Schedule:
    scope = caller.reach(Action.SEND)
    absent = NotFound(f"there is no schedule {schedule_id} within your reach")
    try:
        schedule = work.schedules.get(schedule_id, lock=True)
    except NotFound:
        raise absent from None
    if not scope.holds(schedule.org, None):
        raise absent
    return schedule


def _refuse_foreign(work: UnitOfWork, caller: Caller, schedule: Schedule) -> None:
    """A manager sends what lies in the own branch, to recipients of the own branch."""
    scope = caller.reach(Action.SEND)
    if not scope.holds(schedule.org, None):
        raise Forbidden("this branch lies outside your reach; name a branch of your own in `org`")
    _refuse_unknown(schedule.recipients, [one.id for one in work.recipients.all() if scope.holds(one.org, None)])


def _refuse_unknown(wanted: Sequence[int], known: Sequence[int | None]) -> None:
    for one in wanted:
        if one not in known:
            raise NotFound(f"there is no recipient {one} within your reach")
