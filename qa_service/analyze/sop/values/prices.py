"""Which numbers are prices: money and no pieces (两块板子), a bare number and no telephone, year or quantity."""

import re
from collections.abc import Sequence

from qa_service.analyze.sop.values.numbers import Number
from qa_service.analyze.sop.values.words import any_of, either, table, words
from qa_service.analyze.sop.values.written import NUMERALS

# A bare number is a price only from here on; a small one only where money is spoken of.
LEAST_BARE, SMALL_BARE, MOST_BARE = 20, 100, 1_000_000
# A word that tells of a price stands at most so far before a bare number or behind it.
CUE_BEFORE, CUE_BEHIND = 16, 8
NAME_BEFORE = 8
YEARS = range(2005, 2041)
SCHOOLS = (211, 985)
# “五块” may be pieces, “五十块” hardly are.
SURELY_MONEY = 10

_CUES = re.compile(any_of("price_cues"))
_MONEY = re.compile(any_of("money_cues"))
_NO_PRICE = re.compile(any_of("not_behind"))
_MAY_FOLLOW = re.compile(rf"\Z|[\s,.，。!！?？、;；:：)）~/\0{''.join(words('behind_bare'))}]")
_SAID = re.compile(r"\w")
_LARGE = re.compile("[百千万]")
_CLAUSE = re.compile(r"[,，。!！?？;；\n]")
_PER = either(table("per_units"))
_WHOLE = r"(?:/|每一?个?|[一1](?!个(?!月|星期|小时)))"
_EACH = rf"(?:每一?|(?<![{NUMERALS}])[一1])(?P<unit>{_PER})|(?P<word>{either(table('per_words'))})"
_PER_BEFORE = re.compile(rf"(?:{_EACH})(?:{any_of('per_between')}|[ ])*\Z")
_PER_BEHIND = re.compile(rf"[ ]?(?:{_WHOLE})(?P<unit>{_PER})(?![级半])")
# A small number of pieces: what is divided, or what comes in pieces.
_IN_PIECES = re.compile(r"[分这那几哪大]\Z|分[为成]?\Z")
# 三角, 五角, 八角 are shapes and names (三角琴, 三角函数); “三角五分” and “五角钱” are money.
_JIAO = re.compile("[ ]?(?:钱|[一二三四五六七八九]分)")


def is_bare_price(text: str, told: str, number: Number, end: int, sold: Sequence[str]) -> bool:
    """Whether a number without a unit is a price: the words around it tell, or how it is said (三千九百八)."""
    if not LEAST_BARE <= number.high < MOST_BARE or number.number in SCHOOLS or not _MAY_FOLLOW.match(text, end):
        return False
    if number.number in YEARS and not number.spoken:
        return False
    before = told[max(0, number.start - CUE_BEFORE) : number.start]
    if _NO_PRICE.search(before[-NAME_BEFORE:]) or before[-1:] in ("第", "x", "×", "*", "+", "="):
        return False
    rough = number.low < number.high and _LARGE.search(text[number.start : number.end])
    if number.spoken or rough or _PER_BEFORE.search(before):
        return True
    behind = _CLAUSE.split(told[end : end + CUE_BEHIND])[0]
    if number.high < SMALL_BARE:
        return bool(_MONEY.search(before[-NAME_BEFORE:]) or _PER_BEHIND.match(behind))
    if any(name in _CLAUSE.split(before)[-1] for name in sold):
        return True
    return bool(_CUES.search(before + "|" + behind)) or not _SAID.search(told[: number.start] + told[end:])


def is_money(text: str, number: Number, end: int) -> bool:
    """Whether 块 and 角 count money: not “一块去”, “两块板子”, “三角形”."""
    said = text[number.end : end].strip()
    if said == "角":
        return text[number.start].isascii() or bool(_JIAO.match(text, end))
    if not said.startswith("块") or said != "块" or number.high >= SURELY_MONEY or number.number % 1:
        return True
    before, behind = text[max(0, number.start - CUE_BEFORE) : number.start], text[end : end + CUE_BEHIND]
    if _IN_PIECES.search(before):
        return False
    if text[number.start : number.end] == "一":
        return bool(re.search(rf"(?:{any_of('money_cues')}|才|就)\Z", before)) and not behind[:1].strip("儿去来上学报")
    return bool(_MONEY.search(_CLAUSE.split(before)[-1])) or not _SAID.search(before + behind)


def price_for(text: str, start: int, end: int, kind: str) -> str:
    """What a price, or a number of lessons, is for: a month, a lesson; empty where it is for the whole."""
    if kind not in ("price", "lessons"):
        return ""
    behind = _PER_BEHIND.match(text, end)
    before = None if behind else _PER_BEFORE.search(text[max(0, start - CUE_BEFORE) : start])
    if before and before["word"]:
        return str(table("per_words")[before["word"]])
    found = behind or before
    unit = str(table("per_units")[found["unit"]]) if found else ""
    return "" if kind == "lessons" and unit == "课时" else unit
