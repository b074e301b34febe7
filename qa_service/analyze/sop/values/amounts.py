"""Prices, lessons, lengths of time and shares: a number, what it counts, and whether it is a rough figure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa_service.analyze.sop.values.numbers import Number, converted, numbers_in
from qa_service.analyze.sop.values.prices import is_bare_price, is_money, price_for
from qa_service.analyze.sop.values.units import Counted, counted
from qa_service.analyze.sop.values.words import any_of, words
from qa_service.analyze.sop.values.written import NUMERALS
from qa_service.domain.value import IN_DAYS, Value

# So many characters before a number may say that it is a rough figure.
LOOK_BACK = 10

_BEFORE = re.compile(
    rf"(?:(?<![{''.join(words('not_before_about'))}])(?P<about>{any_of('about')})|(?P<nearly>{any_of('nearly')})"
    rf"|(?P<most>{any_of('at_most')})|(?P<least>{any_of('at_least')}))(?:{any_of('before_number')})?[ ]?¥?\Z"
)
_BEHIND = re.compile(
    rf"[ ]?(?:钱)?[ ]?(?:(?P<about>{any_of('about_behind')})|(?P<nearly>{any_of('nearly_behind')})(?![ ]?[{NUMERALS}¥])"
    rf"|(?P<more>{any_of('more_behind')})(?![少久长大]|[ ]?[{NUMERALS}])"
    rf"|之?(?P<most>{any_of('at_most_behind')})|(?P<least>{any_of('at_least_behind')}))"
)
_RANGE = re.compile(rf"[ ]?{any_of('ranges')}[ ]?")
_HALF = re.compile(
    r"(?<![\d一二两三四五六七八九十个多上下前后大小年])半(?:个(?P<unit>小时|钟头|月|星期)|(?P<short>小时|钟头|年))"
)
_OF_HUNDRED = re.compile(
    r"百分(?:之(?P<number>\d+(?:\.\d+)?|[零一二两三四五六七八九十百]+(?:点[零一二三四五六七八九]+)?)"
    r"(?:[到至~-](?P<last>\d+|[一二三四五六七八九十]+)(?![元块天个节]))?|(?P<whole>百)(?!之))"
)
# Letters, masked characters and the like show that a number is part of a name, a code, a telephone number.
_PART_OF_A_NAME = re.compile(r"[a-z_●*#@]\Z|[a-z]-\Z")
_GOES_ON_AS_NAME = re.compile(r"[a-z_●*#@]|-[a-z]")
_CURRENCY = re.compile(r"(?:¥|rmb)[ ]?\Z")
_ORDINAL = re.compile(rf"{any_of('ordinals')}[ ]?\Z")
_ONE_OF_MANY = re.compile(rf"{any_of('not_before_one')}\Z")
# “一周两节” “一个月九十九”: so much in each, and no length of time.
_EACH = re.compile(rf"(?:{any_of('per_between')})?[ ]?(?:[\d两二三四五六七八九十]|一(?=[次节百千万]))")
_HALF_UNITS = {"小时": ("hours", "小时", 0.5), "钟头": ("hours", "小时", 0.5), "月": ("days", "月", 15.0)}
_HALF_UNITS |= {"星期": ("days", "周", 3.5), "年": ("days", "年", 182.5)}


def find_amounts(text: str, told: str, sold: Sequence[str] = ()) -> Iterator[Value]:
    """Amounts in a text as it is `written`, without its dates; `told` still has them: they may tell of a price.

    `sold`: names of what is sold, in whose clause a bare number is a price.
    """
    for found in _OF_HUNDRED.finditer(text):
        yield _of_hundred(found)
    text = _OF_HUNDRED.sub(lambda found: "\0" * len(found[0]), text)
    for found in _HALF.finditer(text):
        kind, unit, number = _HALF_UNITS[found["unit"] or found["short"]]
        yield Value(kind, *found.span(), number, number, number, unit)
    yield from _counted(text, told, sold)


def _of_hundred(found: "re.Match[str]") -> Value:
    low = 100.0 if found["whole"] else converted(found["number"]) or 0.0
    high = (converted(found["last"]) if found["last"] else None) or low
    return Value("percentage", *found.span(), (low + high) / 2, low, high, "%")


@dataclass(frozen=True, slots=True)
class _Named:
    """A number with what it counts, or nothing known; `start` and `end` with what makes it a rough figure."""

    start: int
    end: int
    number: Number
    kind: str
    unit: str


def _counted(text: str, told: str, sold: Sequence[str]) -> Iterator[Value]:
    numbers = list(numbers_in(text))
    position = 0
    for index, number in enumerate(numbers):
        if number.start < position or _is_name(text, number):
            continue
        named = _named(text, numbers, index)
        if named is not None:
            named = _rough(text, named)
            value = _value(text, told, named, sold)
            position = named.end
            if value is not None:
                yield value


def _is_name(text: str, number: Number) -> bool:
    before = text[max(0, number.start - 2) : number.start]
    if _CURRENCY.search(text[max(0, number.start - 4) : number.start]):
        return False
    goes_on = _GOES_ON_AS_NAME.match(text, number.end) and counted(text, number) is None
    return bool(_PART_OF_A_NAME.search(before) or _ORDINAL.search(before) or goes_on)


def _named(text: str, numbers: Sequence[Number], index: int) -> _Named | None:
    """A number with its unit; two numbers with 到 or a dash between them are one range."""
    number = numbers[index]
    first = counted(text, number)
    behind = _RANGE.match(text, first.end if first else number.end)
    last = next((one for one in numbers[index + 1 : index + 2] if behind and one.start == behind.end()), None)
    if last is not None:
        second = counted(text, last)
        known = second if second and (first is None or (second.kind, second.unit) == (first.kind, first.unit)) else None
        joined = _joined(first.number if first else number, known.number if known else last, first)
        if joined is not None and (known or first is None):
            end = known.end if known else last.end
            return _Named(number.start, end, joined, known.kind if known else "", known.unit if known else "")
    if first is not None:
        return _Named(number.start, first.end, first.number, first.kind, first.unit)
    return _Named(number.start, number.end, number, "", "")


def _joined(low: Number, high: Number, first: Counted | None) -> Number | None:
    """The range between two numbers; in 三到四千 the first is of thousands too."""
    if first is None and low.high < 10 and high.place >= 100 and low.high * high.place < high.number:
        low = replace(low, low=low.low * high.place, number=low.number * high.place)
    if not low.low < high.high:
        return None
    return replace(high, start=low.start, number=(low.low + high.high) / 2, low=low.low, high=high.high, spoken=False)


def _rough(text: str, named: _Named) -> _Named:
    """With the words around it that make a number a rough figure, such as 不到 or 左右."""
    number, start, end = named.number, named.start, named.end
    more = re.compile(r"[多余](?![少久长大])|\+").match(text, end) if not named.kind else None
    if more:
        number, end = number.more(), more.end()
    for found in (_BEFORE.search(text[max(0, start - LOOK_BACK) : start]), _BEHIND.match(text, end)):
        if found is None:
            continue
        # What is left to do within so many days is a term as it is usually put, and no rough figure.
        if found["most"] and named.kind in ("days", "hours", "minutes") and found.re is _BEHIND:
            end = found.end()
            continue
        number = _made_rough(number, found)
        start, end = (start - (len(found[0])), end) if found.re is _BEFORE else (start, found.end())
    return replace(named, start=start, end=end, number=number)


def _made_rough(number: Number, found: "re.Match[str]") -> Number:
    if found["about"]:
        return number.about()
    if found["nearly"]:
        return number.nearly()
    if found["most"]:
        return number.at_most()
    if found["least"]:
        return number.at_least()
    return number.more()


def _value(text: str, told: str, named: _Named, sold: Sequence[str]) -> Value | None:
    number, kind, unit = named.number, named.kind, named.unit
    if not kind and _CURRENCY.search(text[max(0, number.start - 4) : number.start]):
        kind, unit = "price", "元"
    bare = not kind
    if bare and not is_bare_price(text, told, number, named.end, sold):
        return None
    if kind == "price" and not is_money(text, number, named.end):
        return None
    if kind in ("lessons", "days") and _counts_nothing(text, replace(named, kind=kind, unit=unit)):
        return None
    return Value(
        kind=kind or "price",
        start=named.start,
        end=named.end,
        number=_middle(number),
        low=number.low,
        high=number.high,
        unit=unit or "元",
        per=price_for(text, number.start, named.end, kind or "price"),
        bare=bare,
    )


def _counts_nothing(text: str, named: _Named) -> bool:
    """六一节 is a festival, 上一节课 no number of lessons, and in 一周两节 the week no length of time."""
    number = named.number
    if named.kind == "lessons" and number.spelled:
        return True
    if number.number != IN_DAYS.get(named.unit, 1):
        return False
    each = named.kind == "days" and _EACH.match(text, named.end)
    return bool(each or _ONE_OF_MANY.search(text[: number.start][-1:]))


def _middle(number: Number) -> float:
    if number.low == number.high or number.high == float("inf") or number.low == 0:
        return number.number
    return (number.low + number.high) / 2
