"""Schedules of the weekly report."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.schedule import Schedule
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, JsonText, Moment, Number


class ScheduleRow(Base):
    """One schedule."""

    __tablename__ = "schedule"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    weekday: Mapped[int]
    hour: Mapped[int]
    zone: Mapped[str] = mapped_column(Text)
    org: Mapped[Any] = mapped_column(JsonText)
    recipients: Mapped[Any] = mapped_column(JsonText)
    active: Mapped[bool] = mapped_column(Boolean)
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    last_week: Mapped[str | None] = mapped_column(String(8))
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


_FIELDS = ("weekday", "hour", "zone", "active", "next_at", "last_week", "by", "at")


class Schedules(Access):
    """Schedules by their number."""

    def add(self, schedule: Schedule) -> Schedule:
        """Store a schedule."""
        row = ScheduleRow()
        _fill(row, schedule)
        self.session.add(row)
        self.session.flush()
        return self.get(row.id)

    def change(self, schedule: Schedule) -> Schedule:
        """Store what changed."""
        _fill(self._existing(schedule.id or 0), schedule)
        self.session.flush()
        return self.get(schedule.id or 0)

    def delete(self, schedule_id: int) -> None:
        """Forget a schedule."""
        self._existing(schedule_id)
        self.session.execute(delete(ScheduleRow).where(ScheduleRow.id == schedule_id))

    def get(self, schedule_id: int, *, lock: bool = False) -> Schedule:
        """One schedule; `lock` keeps others from running it meanwhile. Raises NotFound."""
        row = self._existing(schedule_id, lock=lock)
        return _schedule(row)

    def all(self) -> list[Schedule]:
        """Every schedule, by number."""
        return [_schedule(row) for row in self.session.scalars(select(ScheduleRow).order_by(ScheduleRow.id))]

    def _existing(self, schedule_id: int, *, lock: bool = False) -> ScheduleRow:
        # As everybody else reads it: moments in UTC.
        row = self.session.get(ScheduleRow, schedule_id, with_for_update=lock, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no schedule {schedule_id}")
        return row


def _fill(row: ScheduleRow, schedule: Schedule) -> None:
    for name in _FIELDS:
        setattr(row, name, getattr(schedule, name))
    row.org, row.recipients = list(schedule.org), list(schedule.recipients)


def _schedule(row: ScheduleRow) -> Schedule:
    fields = {name: getattr(row, name) for name in _FIELDS}
    return Schedule(**fields, org=tuple(row.org), recipients=tuple(row.recipients), id=row.id)
