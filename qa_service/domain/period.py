"""Days and ISO weeks in the time zone of the deployment; both ends of a period are included."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from qa_service.domain.conversation_json import YEARS
from qa_service.errors import InvalidInput

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last`; None leaves that end open."""

    first: date | None = None
    last: date | None = None

    @property
    def bounded(self) -> bool:
        """Whether the period leaves anything out."""
        return self.first is not None or self.last is not None

    def holds(self, day: date) -> bool:
        """Whether a day lies within the period."""
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


ALWAYS = Period()


def dated(day: date) -> date:
    """A day that somebody asks for, if a conversation can lie there; raises InvalidInput for year 1 or 9999."""
    if day.year not in YEARS:
        raise InvalidInput(f"the year {day.year} is not between {YEARS[0]} and {YEARS[-1]}")
    return day


def local_day(moment: datetime, zone: tzinfo) -> date:
    """The day of a moment as people in `zone` count it."""
    return moment.astimezone(zone).date()


def iso_week(day: date) -> str:
    """The ISO week of a day, as `2026-W40`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def week_period(week: str) -> Period:
    """Monday to Sunday of an ISO week written `2026-W40`; raises InvalidInput."""
    match = _WEEK.fullmatch(week)
    try:
        if match is None:
            raise ValueError
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as error:
        raise InvalidInput(f"{week!r} is not an ISO week; write it like 2026-W40") from error
    # The week's own year: its Monday may lie in the year before.
    dated(monday + timedelta(days=3))
    return Period(monday, monday + timedelta(days=6))


def period_between(first: str | None, last: str | None) -> Period:
    """A period from two ISO days, either of which may be absent; raises InvalidInput."""
    start, end = _day(first), _day(last)
    if start and end and start > end:
        raise InvalidInput(f"the period begins on {first}, after its end on {last}; swap the two days")
    return Period(start, end)


def weeks_before(week: str, count: int) -> tuple[str, ...]:
    """The `count` ISO weeks before a week, oldest first."""
    monday = week_period(week).first
    assert monday is not None
    return tuple(iso_week(monday - timedelta(weeks=back)) for back in range(count, 0, -1))


def span(days: Iterable[date]) -> Period:
    """The shortest period that holds all days; open when there are none."""
    first: date | None = None
    last: date | None = None
    for day in days:
        first = day if first is None or day < first else first
        last = day if last is None or day > last else last
    return Period(first, last)


def end_of(day: date, zone: tzinfo) -> datetime:
    """The last moment of a day."""
    return datetime.combine(day, time.max, zone)


def moment_until(text: str, zone: tzinfo) -> datetime:
    """A time, or the end of a day; without an offset it is one of `zone`. Raises InvalidInput."""
    # A plus that nobody escaped arrives from an address as a space.
    written = text.strip().replace(" ", "+")
    try:
        if len(written) == len("2026-09-30"):
            return end_of(dated(date.fromisoformat(written)), zone)
        moment = datetime.fromisoformat(written)
        dated(moment.date())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return moment.astimezone(zone)
    except (ValueError, OverflowError) as error:
        example = "2026-09-30 or 2026-09-30T18:00:00+08:00"
        raise InvalidInput(f"{text!r} is neither a day nor a time; write it like {example}") from error


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return dated(date.fromisoformat(text))
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a day; write it like 2026-09-01") from error
