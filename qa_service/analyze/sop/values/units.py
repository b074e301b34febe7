"""What follows a number tells what it counts: yuan, lessons, days, hours, minutes, percent."""

import re
from dataclasses import dataclass, replace

from qa_service.analyze.sop.values.numbers import DIGITS, Number
from qa_service.analyze.sop.values.words import any_of
from qa_service.domain.value import IN_DAYS, WORKDAYS

_DIGIT = r"(?:[2-9二三四五六七八九]|[1一](?=毛|角|[ ,。]|$))"
# “九块九” ends with a tenth; “九块一节” with what the nine are for.
_TENTH = rf"(?P<tenth>{_DIGIT}(?![\d十百千万零点]|[ ]?个?{any_of('not_behind_tenth')})(?:毛|角)?)"
_PATTERN = re.compile(
    rf"""
    [ ]?(?P<more>{any_of("more_inside")})?[ ]?(?:
      (?P<price>{any_of("price_units")}){_TENTH}?
    | (?P<part>{any_of("price_parts")})
    | (?P<percent>{any_of("percent_units")})
    | (?P<tenths>{any_of("tenth_units")})
    | (?P<share>{any_of("share_units")})(?P<half_share>半)?(?P<share_tail>[一二三四五六七八九])?
        (?!{any_of("not_behind_share")})
    | (?:(?P<of>个)(?P<half>半)?(?P<inside>{any_of("more_inside")})?)?(?:
        (?P<lessons>{any_of("lesson_units")})(?!{any_of("not_behind_lessons")})
      | (?P<workdays>{any_of("workday_units")})
      | (?P<days>{any_of("day_units")})
      | (?P<weeks>{any_of("week_units")})(?!{any_of("not_behind_week")})
      | (?P<months>{any_of("month_units")})
      | (?P<years>{any_of("year_units")})(?!{any_of("not_behind_year")})
      | (?P<hours>{any_of("hour_units")})(?![a-z])
      | (?P<minutes>{any_of("minute_units")})
      | (?P<quarters>{any_of("quarter_units")})
      )(?P<half_behind>半(?!价|天))?
    )
    """,
    re.VERBOSE,
)
_LENGTHS = {"workdays": WORKDAYS, "days": "天", "weeks": "周", "months": "月", "years": "年"}
# “26年” is a year, “三年” a length.
MOST_YEARS = 20


@dataclass(frozen=True, slots=True)
class Counted:
    """A number with what it counts; `end` is behind the unit."""

    kind: str
    unit: str
    number: Number
    end: int


def counted(text: str, number: Number) -> Counted | None:
    """What a number counts; None where no unit that is known follows."""
    found = _PATTERN.match(text, number.end)
    if found is None:
        return None
    if found["more"] or found["inside"]:
        number = number.about() if "来" in (found["more"], found["inside"]) else number.more()
    if found["price"] or found["part"]:
        return _price(found, number)
    if found["percent"] or found["tenths"] or found["share"]:
        return _percentage(found, number)
    if found["half"] or found["half_behind"]:
        number = _with(number, 0.5)
    return _length(found, number)


def _price(found: "re.Match[str]", number: Number) -> Counted | None:
    if found["part"]:
        return Counted("price", "元", _times(number, 0.1), found.end())
    tenth = (found["tenth"] or "")[:1]
    number = _with(number, int(DIGITS.get(tenth, tenth)) / 10) if tenth else number
    return Counted("price", "元", number, found.end())


def _percentage(found: "re.Match[str]", number: Number) -> Counted | None:
    """八五折 and 85折 are 85, 七点五折 and 八折 75 and 80; 两成半 is 25."""
    if found["percent"]:
        return Counted("percentage", "%", number, found.end())
    if found["tenths"]:
        scaled = _times(number, 10) if number.high < 10 else number
        return Counted("percentage", "折", scaled, found.end()) if 0 < scaled.high < 100 else None
    if not 0 < number.high <= 10:
        return None
    tail = found["share_tail"] or ""
    more = 5.0 if found["half_share"] else float(DIGITS.get(tail, tail) or 0)
    return Counted("percentage", "%", _with(_times(number, 10), more), found.end())


def _length(found: "re.Match[str]", number: Number) -> Counted | None:
    if found["lessons"]:
        return Counted("lessons", "课时", number, found.end())
    if found["hours"]:
        return Counted("hours", "小时", number, found.end())
    if found["minutes"] or found["quarters"]:
        return Counted("minutes", "分钟", _times(number, 15) if found["quarters"] else number, found.end())
    group = next(name for name in _LENGTHS if found[name])
    if (group == "months" and not found["of"]) or (group == "years" and number.high > MOST_YEARS):
        return None
    return Counted("days", _LENGTHS[group], _times(number, IN_DAYS[_LENGTHS[group]]), found.end())


def _times(number: Number, times: float) -> Number:
    low, high, middle = (round(one * times, 4) for one in (number.low, number.high, number.number))
    return replace(number, number=middle, low=low, high=high, place=number.place * times)


def _with(number: Number, more: float) -> Number:
    low, high, middle = (round(one + more, 4) for one in (number.low, number.high, number.number))
    return replace(number, number=middle, low=low, high=high)
