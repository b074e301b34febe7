"""Whether a stated value is the fact's: the same, another, or too rough to tell."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from qa_service.domain.fact import Fact
from qa_service.domain.value import LENGTHS, WORKDAYS, Value, true_days

# How many days each kind of length counts in; days are days.
DAY_PARTS = {"days": 1.0, "hours": 24.0, "minutes": 1440.0}
# A price may be for a whole that is called so (半年班, 一期): that is no price for a part.
WHOLES = ("年", "学期", "期", "人", "科", "次")
HALF_DAY = 12.0
CENT = 0.005
# A range that goes further from the fact, by this share of it, tells nothing: 几千, 至少三天.
WIDE = 0.35
# Two to four lots are bought together; instalments are two to thirty-six.
SEVERAL, MOST_PARTS = (2, 3, 4), 36


class Match(StrEnum):
    """How a stated value and a fact stand to each other."""

    SAME = "same"
    ROUGHLY = "roughly"
    OTHER = "other"
    CANNOT_TELL = "cannot_tell"


def comparable(fact: Fact, value: Value) -> bool:
    """Whether the value is of the fact's kind, and for as much."""
    if fact.kind == "price" and value.kind == "price":
        return value.per == fact.per or (value.per in WHOLES and not fact.per) or (not value.per and fact.per in WHOLES)
    if fact.kind == "percentage" and value.kind == "percentage":
        return fact.unit == value.unit
    lengths = fact.kind in LENGTHS and value.kind in LENGTHS
    return not value.per and (fact.kind == value.kind or lengths)


def compare(fact: Fact, value: Value) -> Match:
    """A stated value against a fact that it is comparable with."""
    if fact.kind == "date":
        return _dates(fact.day, value)
    if fact.kind == "time":
        return _times(fact, value)
    if fact.kind in LENGTHS and (fact.kind, fact.unit) != (value.kind, value.unit):
        return _lengths(fact, value)
    within = fact.tolerance + CENT
    if value.exact:
        if abs(value.low - fact.number) <= within:
            return Match.SAME
        rounded = fact.kind == "price" and _rounded(fact.number, value.low)
        return Match.CANNOT_TELL if rounded else Match.OTHER
    inside = value.low - within <= fact.number <= value.high + within
    wide = _wide(value.low, value.high, fact.number - fact.tolerance, fact.number + fact.tolerance)
    return Match.ROUGHLY if inside and not wide else Match.CANNOT_TELL


def _wide(least: float, most: float, low: float, high: float) -> bool:
    """Whether a stated range goes far beyond the fact's; with an open end it always does."""
    return least < low * (1 - WIDE) or most > high * (1 + WIDE)


def _dates(day: date | None, value: Value) -> Match:
    if value.day is None or day is None:
        return Match.CANNOT_TELL
    if value.day == day:
        return Match.SAME
    span = value.high - value.low
    if span and 0 <= (value.day - day).days <= span:
        return Match.ROUGHLY
    return Match.CANNOT_TELL if span or value.bare else Match.OTHER


def _times(fact: Fact, value: Value) -> Match:
    """Without a part of the day, seven may be in the evening."""
    if value.number is None:
        return Match.CANNOT_TELL
    hours = {value.number, value.number + HALF_DAY} if value.bare else {value.number}
    return Match.SAME if any(abs(hour - fact.number) < 1 / 120 for hour in hours) else Match.OTHER


def _lengths(fact: Fact, value: Value) -> Match:
    """In days, at least and at most: “7天” is not surely other than 7 workdays, “一个月” is 30 days."""
    low, high = _in_days(fact.kind, fact.unit, fact.number, fact.number)
    least, most = _in_days(value.kind, value.unit, value.low, value.high)
    if abs(low - least) < 1e-6 and abs(high - most) < 1e-6:
        return Match.SAME
    if least <= high and low <= most:
        rough = WORKDAYS in (fact.unit, value.unit) or _wide(least, most, low, high)
        return Match.CANNOT_TELL if rough else Match.ROUGHLY
    return Match.OTHER if value.exact and fact.kind == value.kind else Match.CANNOT_TELL


def _in_days(kind: str, unit: str, low: float, high: float) -> tuple[float, float]:
    return true_days(low / DAY_PARTS[kind], high / DAY_PARTS[kind], unit)


def _rounded(number: float, stated: float) -> bool:
    """Whether digits may have been left out: 三千九 or 4000 for 3980, and 一千零八, which many say for 1080."""
    place = 10.0
    while place <= number:
        if stated in (number // place * place, (number // place + 1) * place):
            return True
        place *= 10
    return number // 1000 == stated // 1000 and number % 1000 == stated % 1000 * 10


def explained(stated: float, prices: Sequence[float], others: Sequence[float], shares: Sequence[float]) -> bool:
    """Whether a price follows from the SOP's: more or less by another amount, several together, with a discount."""
    for price in prices:
        apart = abs(stated - price)
        derived = (*(price * share / 100 for share in shares), *(price * times for times in SEVERAL))
        if any(abs(apart - other) <= CENT for other in (*others, *prices)):
            return True
        if any(_close(stated, one) for one in derived):
            return True
    return False


def part_of(stated: float, prices: Sequence[float]) -> bool:
    """Whether it is an equal part of a price: an instalment, a single lesson."""
    return any(_close(stated, price / parts) for price in prices for parts in range(2, MOST_PARTS + 1))


def _close(stated: float, derived: float) -> bool:
    """The same but for rounding: to a yuan, of a large price."""
    return abs(stated - derived) <= min(1.0, derived / 500)
