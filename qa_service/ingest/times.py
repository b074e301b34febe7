"""Moments and offsets in the ways that spreadsheets, exports and people write them."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, tzinfo

from qa_service.domain.conversation_json import YEARS
from qa_service.errors import InvalidInput

_WRITTEN = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[t\s]*(?P<before>上午|下午|am|pm)?\s*(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})"
    r"(?:[:分](?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,6})\d*)?)?[秒分]?\s*(?P<after>am|pm)?)?"
)
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?")
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,3})\d*)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

_EXCEL_DAY_ZERO = datetime(1899, 12, 30)
"""Excel counts days from here (its 1900 is a leap year)."""
_EXCEL_DAYS = range(20_000, 80_000)
"""1954 to 2119: a number in this range is a day count, a larger one counts seconds or milliseconds from 1970."""
LONGEST_NUMBER = 24
_EPOCH_SECONDS = range(10**8, 10**11)
_EPOCH_MILLISECONDS = range(10**11, 10**14)


def moment(value: object, zone: tzinfo) -> datetime:
    """The moment a cell or field tells; without an offset it is taken in `zone`. Raises InvalidInput."""
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime(value.year, value.month, value.day)
    elif isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidInput(f"not a date and time: {type(value).__name__}")
    else:
        found = _from_number(value, zone) if isinstance(value, int | float) else _from_text(value, zone)
    if found.year not in YEARS:
        raise InvalidInput(f"the year {found.year} is none of a conversation")
    return found if found.tzinfo else found.replace(tzinfo=zone)


def epoch_moment(value: object, zone: tzinfo) -> datetime:
    """A moment counted from 1970 in seconds or milliseconds, told apart by magnitude. Raises InvalidInput."""
    written = str(value).strip() if isinstance(value, int | float | str) else ""
    if len(written) > LONGEST_NUMBER or not _NUMBER.fullmatch(written):
        raise InvalidInput(f"not a time in seconds or milliseconds since 1970: {written!r:.40}")
    seconds = float(written)
    if seconds >= _EPOCH_MILLISECONDS.start:
        seconds /= 1000
    if not _EPOCH_SECONDS.start <= seconds < _EPOCH_SECONDS.stop:
        raise InvalidInput(f"not a time in seconds or milliseconds since 1970: {written!r:.40}")
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=round(seconds * 1000))).astimezone(zone)


def clock_ms(text: str) -> int | None:
    """Milliseconds of `mm:ss`, `hh:mm:ss` or `hh:mm:ss.mmm` (a comma will do), None for anything else."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def _from_text(text: str, zone: tzinfo) -> datetime:
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if len(plain) <= LONGEST_NUMBER and _NUMBER.fullmatch(plain) and not _COMPACT.fullmatch(plain):
        return _from_number(float(plain), zone)
    try:
        return _from_parts(plain) or datetime.fromisoformat(plain.upper())
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"not a date and time: {text!r:.40}; write 2026-03-01 10:00:00") from error


def _from_parts(text: str) -> datetime | None:
    if match := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        return datetime(year, month, day, hour, minute, second)
    written = _WRITTEN.fullmatch(text)
    if written is None:
        return None
    year, month, day, hour, minute, second = (int(written[part] or 0) for part in _PARTS)
    half = written["before"] or written["after"]
    if half in ("下午", "pm") and hour < 12:
        hour += 12
    if half in ("上午", "am") and hour == 12:
        hour = 0
    return datetime(year, month, day, hour, minute, second, int((written["fraction"] or "0").ljust(6, "0")))


def _from_number(value: float, zone: tzinfo) -> datetime:
    digits = str(int(value)) if 0 <= value < _EPOCH_MILLISECONDS.stop else ""
    if digits and value == int(value) and _COMPACT.fullmatch(digits):
        return _from_text(digits, zone)
    if _EXCEL_DAYS.start <= value < _EXCEL_DAYS.stop:
        # a day count holds about a tenth of a millisecond: whole milliseconds are all it can tell
        return _EXCEL_DAY_ZERO + timedelta(milliseconds=round(value * 86_400_000))
    if _EPOCH_SECONDS.start <= value < _EPOCH_MILLISECONDS.stop:
        return epoch_moment(value, zone)
    raise InvalidInput("the number is no date: neither Excel's day count nor a time since 1970")
