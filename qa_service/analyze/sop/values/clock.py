"""Times of day: 10:30, 十点半, 晚上八点, 下午三点二十."""

import re
from collections.abc import Iterator

from qa_service.analyze.sop.values.numbers import converted
from qa_service.analyze.sop.values.words import any_of
from qa_service.domain.value import Value

# Below this hour “点” may count points (有三点要说); a part of the day or an ending must tell.
SURELY_AN_HOUR = 6
NOON = 12

_HOUR = r"(?:2[0-4]|[01]?\d|二十[一二三四]?|十[一二三四五六七八九]?|[零一二两三四五六七八九])"
_MINUTES = r"(?:[零一二三四五]?十[一二三四五六七八九]?|零[一二三四五六七八九]|[0-5]\d)"
_PATTERN = re.compile(
    rf"""
    (?:(?P<morning>{any_of("mornings")})|(?P<noon>{any_of("noons")})|(?P<evening>{any_of("evenings")}))?的?[ ]?
    (?<![零一二三四五六七八九十百之.:\d第])
    (?:(?P<typed>[01]?\d|2[0-4]):(?P<past>[0-5]\d)(?![:\d])
      |(?P<hour>{_HOUR})点(?:(?P<half>半)|(?P<quarter>[一三])刻|过?(?P<minutes>{_MINUTES})分?|(?P<sharp>[钟整]))?
       (?![一二三四五六七八九零\d])(?P<told>{any_of("clock_endings")})?)
    """,
    re.VERBOSE,
)


def find_times(text: str) -> tuple[list[Value], str]:
    """Times of day in a text as it is `written`, and the text with them blanked."""
    values: list[Value] = []
    if "点" not in text and ":" not in text:
        return values, text

    def read(found: re.Match[str]) -> str:
        values.extend(_time(found))
        return "\0" * len(found[0]) if values and values[-1].start == found.start() else found[0]

    return values, _PATTERN.sub(read, text)


def _time(found: re.Match[str]) -> Iterator[Value]:
    hour = int(converted(found["typed"] or found["hour"]) or 0)
    part = found["morning"] or found["noon"] or found["evening"]
    minutes = _minutes_past(found)
    if not (found["typed"] or part or minutes or found["sharp"] or found["told"] or hour >= SURELY_AN_HOUR):
        return
    told = found["told"] or ""
    number = _of_day(found, hour) + minutes / 60
    end = found.end() - len(told)
    yield Value("time", found.start(), end, number, number, number, "点", bare=not part and hour <= NOON)


def _of_day(found: re.Match[str], hour: int) -> int:
    afternoon = found["evening"] or (found["noon"] and hour < SURELY_AN_HOUR)
    if found["evening"] and hour == NOON:
        return hour + NOON
    return hour + NOON if afternoon and hour < NOON else hour


def _minutes_past(found: re.Match[str]) -> float:
    if found["half"]:
        return 30.0
    if found["quarter"]:
        return 15.0 if found["quarter"] == "一" else 45.0
    return converted(found["past"] or found["minutes"] or "") or 0.0
