"""Numbers as they are typed and said: 3980, 3,980.5, 1.2万, 3千9, 三千九百八, 两千二, 三九八零, 两三千, 十几."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import cn2an

from qa_service.analyze.sop.values.words import any_of, either, table, words

# About so many means within a tenth; “不到四千” is from 85% of it on: below that one would name a smaller number.
ABOUT, NEARLY = 0.1, 0.85
ENDLESS = float("inf")
TIMES = {"十": 10.0, "百": 100.0, "千": 1000.0, "万": 10000.0, "亿": 1e8, "w": 10000.0, "k": 1000.0}
DIGITS = {said: str(digit) for digit, said in enumerate("零一二三四五六七八九")} | {"〇": "0", "幺": "1", "两": "2"}


@dataclass(frozen=True, slots=True)
class Number:
    """A number at characters `start` to `end`, between what it lies, and its place value (3500 has 100).

    `spoken`: in Chinese, its last unit left out (三千九百八). `spelled`: digit by digit (三九八零).
    """

    start: int
    end: int
    number: float
    low: float
    high: float
    place: float = 1.0
    spoken: bool = False
    spelled: bool = False

    def about(self) -> "Number":
        """Named as a rough figure."""
        return replace(self, low=self.low * (1 - ABOUT), high=self.high * (1 + ABOUT))

    def nearly(self) -> "Number":
        """A little less was meant."""
        return replace(self, low=self.low * NEARLY)

    def more(self) -> "Number":
        """Up to the next number of the same place: 三千多 is under 4000."""
        return replace(self, high=self.high + self.place)

    def at_most(self) -> "Number":
        """It or any number below it."""
        return replace(self, low=0.0)

    def at_least(self) -> "Number":
        """It or any number above it."""
        return replace(self, high=ENDLESS)


def numbers_in(text: str) -> Iterator[Number]:
    """All numbers of a text as it is `written`, in order."""
    for found in _PATTERN.finditer(text):
        number = _READ[found.lastgroup or ""](found[0])
        if number is not None:
            yield replace(number, start=found.start(), end=found.end())


_UNIT, _ZERO = "[一二两三四五六七八九]", "[零〇]"
_PAIR = either(words("pairs"))
_PAUSE = rf"(?:[ ](?={_UNIT}[百十]|{_ZERO}|{_UNIT}(?:[元块钱,。!?]|$)))?"
# Digits in front of a unit each, at last one without; a recogniser may hear a pause before a lower unit.
_TENS = rf"(?:{_UNIT}千{_PAUSE})?(?:{_ZERO}?{_UNIT}百{_PAUSE})?(?:{_ZERO}?{_UNIT}?十)?"
# “五百一节” is 500 for each lesson, and no 510 of them.
_FOR_EACH = rf"(?<=[百千万])一(?:{either(table('per_units'))}|{any_of('each_behind')})"
_LAST = rf"(?:{_ZERO}?(?!{_FOR_EACH}){_UNIT}(?![十百千万]))?"
_PATTERN = re.compile(
    rf"""
    (?=[\d一二两三四五六七八九十几零〇幺])(?:
    (?P<scaled>(?<![\d.])\d+(?:\.\d+)?(?:[wk](?![a-z\d])|(?:[百千万亿](?:零?[\d一二三四五六七八九](?![\d十]))?)+))
    | (?P<typed>(?<![\d.])(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+)(?:\.\d+)?)
    | (?P<pair>(?<!{_UNIT})(?:{_UNIT}[千百万])*十?{_PAIR}(?:百|千|十)?万?(?!{_UNIT}|{_ZERO}|[十百千]))
    | (?P<spelled>[一二三四五六七八九零〇幺]{{2,}}(?![十百千万]))
    | (?P<few>{_UNIT}?十几(?!点)|几[十百千]?万|几[十百千])
    | (?P<decimal>(?={_UNIT}|十|零){_TENS}{_LAST}{_ZERO}?点[零〇一二三四五六七八九]+
        (?:[千万](?!{_UNIT})|(?=[折块元%成倍个小])))
    | (?P<said>(?!{_FOR_EACH})(?={_UNIT}|十)(?:{_TENS}(?:{_ZERO}?{_UNIT})?万{_PAUSE})?{_TENS}{_LAST})
    )""",
    re.VERBOSE,
)


def _exact(number: float, place: float = 1.0, *, spoken: bool = False, spelled: bool = False) -> Number:
    return Number(0, 0, number, number, number, place, spoken=spoken, spelled=spelled)


def _typed(text: str) -> Number:
    number = float(text.replace(",", ""))
    place = 1.0
    while number >= place * 10 and number % (place * 10) == 0:
        place *= 10
    return _exact(number, place)


def _scaled(text: str) -> Number | None:
    if text[-1] in "wk":
        return _exact(float(text[:-1]) * TIMES[text[-1]], TIMES[text[-1]])
    number = converted("".join(DIGITS.get(character, character) for character in text))
    spoken = text[-1] not in TIMES and text[-2] in TIMES
    return None if number is None else _exact(number, _place(text), spoken=spoken)


def _said(text: str) -> Number | None:
    number = converted(text.replace(" ", ""))
    spoken = text[-1] in DIGITS and text[-2:-1] in ("百", "千", "万")
    return None if number is None else _exact(number, _place(text), spoken=spoken)


def _decimal(text: str) -> Number | None:
    times = TIMES.get(text[-1], 1.0)
    number = converted(text.rstrip("千万"))
    return None if number is None else _exact(round(number * times, 6))


def _spelled(text: str) -> Number:
    """Read out digit by digit; two neighbouring ones (三四天) mean about so many."""
    number = float("".join(DIGITS[character] for character in text))
    return _exact(number, spelled=True)


def _pair(text: str) -> Number | None:
    """Between one number and the next: 两三千, 三千七八, 十七八."""
    at = next(place for place in range(len(text)) if text[place : place + 2] in words("pairs"))
    low, high = (converted(text[:at] + text[at + chosen] + text[at + 2 :]) for chosen in (0, 1))
    if low is None or high is None:
        return None
    return Number(0, 0, (low + high) / 2, low, high)


def _few(text: str) -> Number:
    """十几, 几百: anything of that size."""
    times = 1.0
    for unit in text.partition("几")[2]:
        times *= TIMES[unit]
    if times > 1:
        return Number(0, 0, 5.5 * times, 2 * times, 10 * times - 1)
    tens = converted(text[:-1]) or 10.0
    return Number(0, 0, tens + 5, tens + 1, tens + 9)


def _place(text: str) -> float:
    """The value of the last digit that was named: 三千九百八 has 10."""
    last = next((character for character in reversed(text) if character in TIMES), "")
    place = TIMES.get(last, 1.0)
    if text[-1] == last or not last:
        return place
    return 1.0 if last == "十" or "零" in text[-2:] else place / 10


@lru_cache(maxsize=4096)
def converted(text: str) -> float | None:
    """A number written with Chinese numerals, as they are said too (三千九百八); None where it is none."""
    try:
        return float(text) if text.isascii() else float(cn2an.cn2an(text, "smart"))
    except (ValueError, KeyError):
        return None


_READ: Mapping[str, Callable[[str], Number | None]] = {
    "scaled": _scaled,
    "typed": _typed,
    "pair": _pair,
    "spelled": _spelled,
    "few": _few,
    "decimal": _decimal,
    "said": _said,
}
