"""Dates: 2026-10-08, 十月八号, 8号, 10/8, 明天, 这周六, 下周三, 月底; counted from the day of the conversation."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from qa_service.analyze.sop.values.numbers import DIGITS, converted
from qa_service.analyze.sop.values.words import any_of, either, table, words
from qa_service.domain.value import Value

# Without a year, a date lies at most this far back; else in the next year.
LOOKING_BACK = timedelta(days=182)
# “10/8” is a date only with a word of dates so near.
CUE_WITHIN = 10
MONTH_END = 25

Reader = Callable[["re.Match[str]", date | None], Iterator[Value]]

_NUMERAL = r"\d零〇一二两三四五六七八九十"
_DAY = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_YEAR = rf"(?:{either(table('year_words'))}|20\d\d年|\d\d年|[零〇一二三四五六七八九]{{2,4}}年)的?"
_OTHER_NUMBER = any_of("not_behind_day")
_WEEK, _DAYS = any_of("weeks"), "".join(table("weekdays"))
_WORDS = (*table("day_words"), *table("week_words"), *table("month_words"), *table("year_words"), *words("weeks"))
_FIRST = _NUMERAL + "每个月" + "".join(sorted({word[0] for word in _WORDS}))
_PATTERN = re.compile(
    rf"""
    (?=[{_FIRST}])(?:
    (?P<full>(?<!\d)20\d\d[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?!\d))
    | (?P<month_day>(?<![{_NUMERAL}])(?:{_YEAR})?{_MONTH}月份?[ ]?{_DAY}(?:[号日]|(?![{_NUMERAL}元块课节个天折%.点])))
    | (?P<of_month>(?<![早晚]){either(table("month_words"))}月[ ]?{_DAY}[号日](?!{_OTHER_NUMBER}))
    | (?P<day>(?<![{_NUMERAL}月.{"".join(words("not_before_day"))}]){_DAY}[号日](?![ ]?{_OTHER_NUMBER}|[内之后以无]))
    | (?P<slash>(?<![\d/.])(?:1[0-2]|0?[1-9])/(?:3[01]|[12]\d|0?[1-9])(?![\d/.%]))
    | (?P<word>{either(table("day_words"))})
    | (?P<weekday>(?<![{_NUMERAL}几半])(?:每个?)?(?:(?<![早晚]){either(table("week_words"))})?个?{_WEEK}
        (?:末|[{_DAYS}](?:[、,和跟到至]?{_WEEK}?[{_DAYS}](?![点十百千:]))*)(?!{any_of("not_behind_weekday")}))
    | (?P<month_end>(?<![早晚])(?:(?:{_YEAR})?{_MONTH}月|{either(table("month_words"))}月|月)底)
    )""",
    re.VERBOSE,
)
# Every date has one of these.
_TELLING = re.compile(r"[号日月天晚早周/]|星期|礼拜|20\d\d")
_CUES = re.compile(any_of("date_cues"))
_WHOLE_YEAR = 4


def find_dates(text: str, today: date | None) -> tuple[list[Value], str]:
    """Dates in a text as it is `written`, and the text with them blanked: their numbers are nothing else."""
    values: list[Value] = []
    if not _TELLING.search(text):
        return values, text

    def read(found: re.Match[str]) -> str:
        values.extend(_READ[found.lastgroup or ""](found, today))
        return "\0" * len(found[0])

    return values, _PATTERN.sub(read, text)


def _full(found: re.Match[str], today: date | None) -> Iterator[Value]:
    year, month, day = map(int, re.split("[-/.]", found[0]))
    yield from _on(found, _date(year, month, day), today)


def _month_day(found: re.Match[str], today: date | None) -> Iterator[Value]:
    before, _, day = found[0].rstrip("号日").partition("月")
    year, month = _year_and_month(before, today)
    yield from _on(found, _near(year, month, _whole(day.strip("份 ")), today), today)


def _of_month(found: re.Match[str], today: date | None) -> Iterator[Value]:
    word, _, day = found[0].rstrip("号日").partition("月")
    year, month = _month_from(today, table("month_words")[word])
    yield from _on(found, _near(year, month, _whole(day.strip()), today) if today else None, today)


def _day(found: re.Match[str], today: date | None) -> Iterator[Value]:
    day = _whole(found[0][:-1])
    year, month = _month_from(today, int(today is not None and day < today.day))
    yield from _on(found, _near(year, month, day, today) if today else None, today, bare=True)


def _slash(found: re.Match[str], today: date | None) -> Iterator[Value]:
    around = found.string[max(0, found.start() - CUE_WITHIN) : found.end() + CUE_WITHIN]
    if _CUES.search(around):
        month, day = map(int, found[0].split("/"))
        yield from _on(found, _near(None, month, day, today), today)


def _word(found: re.Match[str], today: date | None) -> Iterator[Value]:
    ahead = int(table("day_words")[found[0]])
    day = today + timedelta(days=ahead) if today else None
    yield Value("date", *found.span(), float(ahead), float(ahead), float(ahead), "日", day=day)


def _weekday(found: re.Match[str], today: date | None) -> Iterator[Value]:
    """One day; a day of every week (每周三, 周末), or several of them (周二周四), are none."""
    which, _, days = re.split(rf"个?({_WEEK})", found[0], maxsplit=1)
    if which.startswith("每") or len(days) > 1 or (days == "末" and not which):
        return
    weeks = table("week_words").get(which)
    if today is None:
        yield from _on(found, None, None)
        return
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks or 0)
    first = monday + timedelta(days=(6 if days == "末" else table("weekdays")[days]) - 1)
    if weeks is None and first < today:
        first += timedelta(weeks=1)
    last = first + timedelta(days=1) if days == "末" else None
    yield from _on(found, first, today, last=last, bare=weeks is None)


def _month_end(found: re.Match[str], today: date | None) -> Iterator[Value]:
    before = found[0].removesuffix("月底")
    known = before in table("month_words") or not before
    year, month = _month_from(today, table("month_words").get(before, 0)) if known else _year_and_month(before, today)
    first = _near(year, month, MONTH_END, today) if today else None
    last = first.replace(day=monthrange(first.year, first.month)[1]) if first else None
    yield from _on(found, first, today, last=last)


def _on(
    found: re.Match[str], first: date | None, today: date | None, *, last: date | None = None, bare: bool = False
) -> Iterator[Value]:
    known = first is not None and today is not None
    low = float((first - today).days) if first and today else 0.0
    high = float((last - today).days) if last and today else low
    yield Value("date", *found.span(), high if known else None, low, high, "日", day=last or first, bare=bare)


def _year_and_month(words: str, today: date | None) -> tuple[int | None, int]:
    """The year, where one is named, and the month, from what stands before 月."""
    for word, ahead in table("year_words").items():
        if words.startswith(word):
            return today.year + ahead if today else None, _whole(words.removeprefix(word).lstrip("的"))
    named, _, month = words.rpartition("年")
    digits = "".join(DIGITS.get(character, character) for character in named)
    year = int(digits) if digits else None
    return year + 2000 if year is not None and len(digits) < _WHOLE_YEAR else year, _whole(month.lstrip("的"))


def _month_from(today: date | None, ahead: int) -> tuple[int | None, int]:
    if today is None:
        return None, 1
    months = today.year * 12 + today.month - 1 + ahead
    return months // 12, months % 12 + 1


def _near(year: int | None, month: int, day: int, today: date | None) -> date | None:
    """That day; without a year the one that is not long past."""
    if year is not None or today is None:
        return _date(year, month, day) if year else None
    found = [_date(today.year + ahead, month, day) for ahead in (-1, 0, 1)]
    return next((one for one in found if one and one >= today - LOOKING_BACK), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _whole(text: str) -> int:
    return int(converted(text) or 0)


_READ: Mapping[str, Reader] = {
    "full": _full,
    "month_day": _month_day,
    "of_month": _of_month,
    "day": _day,
    "slash": _slash,
    "word": _word,
    "weekday": _weekday,
    "month_end": _month_end,
}
