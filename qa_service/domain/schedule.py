"""Schedules of the weekly report: when it goes out, about which part of the organisation, and to whom."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from qa_service.domain.period import iso_week, local_day
from qa_service.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Every `weekday` (1 Monday to 7 Sunday) at `hour` of `zone`, the week that was complete by then.

    `next_at` is when it goes out next; None while it is switched off.
    """

    weekday: int
    hour: int
    zone: str
    recipients: tuple[int, ...]
    by: str
    at: datetime
    org: tuple[str, ...] = ()
    active: bool = True
    next_at: datetime | None = None
    last_week: str | None = None
    id: int | None = None

    def next_after(self, now: datetime) -> datetime | None:
        """When it goes out next after now."""
        if not self.active:
            return None
        local = now.astimezone(self._zone)
        day = local.date() + timedelta(days=self.weekday - local.isoweekday())
        first = datetime.combine(day, time(self.hour), self._zone)
        return first if first > local else datetime.combine(day + timedelta(weeks=1), time(self.hour), self._zone)

    def week_told(self, now: datetime) -> str:
        """The last week that is over: after weeks without a worker, only that one is told."""
        return iso_week(local_day(now, self._zone) - timedelta(weeks=1))

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


def refuse_unsound(schedule: Schedule) -> None:
    """Raise InvalidInput for a schedule that could not be kept."""
    try:
        ZoneInfo(schedule.zone)
    except (KeyError, ValueError, OSError):
        raise InvalidInput(f"there is no time zone {schedule.zone!r}; write one like Asia/Shanghai") from None
    if not schedule.recipients:
        raise InvalidInput("name at least one recipient (`recipients`: their numbers)")
