"""Cutting a name out of the characters before a title or after an introduction."""

import re
from enum import Enum

from qa_service.normalize.lexicon import any_of, word_set
from qa_service.normalize.name_shapes import (
    is_full_name,
    is_given_name,
    is_latin_name,
    is_nickname,
    surname_of,
)
from qa_service.normalize.segments import begins_word, is_word, part_of_speech, tokens


class Bounds(Enum):
    """How surely a name ends, which depends on how surely one begins there."""

    WORD = "after 叫 or 姓名: any name, up to the next word"
    ANSWER = "after the other side asked for a name: any name, then a pause"
    POST = "after 我是 or 顾问: a full name, then a pause, a small word or, for three characters, the next word"
    KIN = "after 妈妈 or 老师: a full name that is no word, then a pause or, for three characters, the next word"


def name_ending(left: str, *, role: str, particular: bool) -> str:
    """The name at the end of these characters, which stand before a title; empty if none.

    `role` is kin, formal or short, the kind of title; `particular` asks for more than a surname. A space between
    name and title stays at the end of what is returned.
    """
    text = left.removesuffix(" ")
    gap = left[len(text) :]
    latin = _LATIN_END.search(text)
    if latin:
        return latin[0] + gap if is_latin_name(latin[0], capitalised=role != "kin") else ""
    before = _HAN_END.search(text)
    run = before[0] if before else ""
    for length in (4, 3, 2):
        word = run[-length:]
        if len(word) == length and _fits_title(word, role) and begins_word(run, len(run) - length):
            return word + gap if not gap or _is_listed(word) else ""
    return "" if particular or gap else _surname_ending(run, role)


def name_starting(text: str, start: int, bounds: Bounds) -> str:
    """The name that begins here; empty if none."""
    latin = _LATIN.match(text, start)
    if latin:
        return latin[0] if is_latin_name(latin[0], capitalised=True) else ""
    following = _HAN.match(text, start)
    run = following[0] if following else ""
    for length in (4, 3, 2):
        word, rest = run[:length], text[start + length : start + length + 4]
        if len(word) == length and _fits_introduction(word, bounds) and _ends(run, rest, length, bounds):
            return word
    return ""


def stands_apart(text: str, start: int, end: int) -> bool:
    """No dictionary word reaches over either end of this name."""
    if text[start].isascii():
        return not (text[max(0, start - 1) : start].isalpha() or text[end : end + 1].isalpha())
    begin = max(text.rfind("\n", 0, start) + 1, start - 6)
    window = text[begin : end + 4].partition("\n")[0]
    ends, position = {0}, 0
    for token in tokens(window):
        position += len(token)
        ends.add(position)
    return start - begin in ends and end - begin in ends


_LATIN, _LATIN_END = re.compile(r"[A-Za-z]+"), re.compile(r"[A-Za-z]+$")
_HAN, _HAN_END = re.compile(r"[\u3400-\u9fff]{1,8}"), re.compile(r"[\u3400-\u9fff]{1,10}$")
_PAUSE = re.compile(r"$|[^\w●]")
_SMALL_WORD = re.compile(any_of("name_rights"))
_PRODUCT = re.compile(any_of("not_after_name"))


def _fits_title(word: str, role: str) -> bool:
    if role == "short":
        return word in word_set("compound_surnames")
    if is_full_name(word) or is_nickname(word):
        return True
    return _is_listed(word) or (role == "kin" and (is_given_name(word) or word in word_set("kin_nicknames")))


def is_colleague(word: str) -> bool:
    """小 and a surname, 阿 and a given name: how people who work together call each other."""
    prefix, name = word[:1], word[1:]
    if prefix in word_set("familiar_prefix"):
        return name in word_set("familiar_surnames")
    return prefix in word_set("small_prefixes") and is_nickname(word)


def _is_listed(word: str) -> bool:
    return word in word_set("given_names") or word in word_set("nicknames")


def _surname_ending(run: str, role: str) -> str:
    surname = run[-2:] if run[-2:] in word_set("compound_surnames") else run[-1:]
    if surname not in word_set("surnames", "compound_surnames") or not begins_word(run, len(run) - len(surname)):
        return ""
    before = tokens(run[: -len(surname)])[-1:]
    led = not before or before[0] in word_set("name_leads") or part_of_speech(before[0]) == "t"
    sure = role == "formal" and surname not in word_set("everyday_surnames")
    return surname if led or sure else ""


def _fits_introduction(word: str, bounds: Bounds) -> bool:
    if bounds is Bounds.KIN:
        return is_full_name(word, strict=True) and not is_word(word)
    if bounds is Bounds.POST:
        return is_full_name(word, strict=True) or is_colleague(word)
    doubled_word = word[0] == word[-1] and is_word(word) and not _is_listed(word)
    return is_full_name(word) or is_given_name(word) or (is_nickname(word) and not doubled_word)


def _ends(run: str, rest: str, length: int, bounds: Bounds) -> bool:
    if _PAUSE.match(rest):
        return True
    if bounds is Bounds.ANSWER or _PRODUCT.match(rest) or not begins_word(run, length):
        return False
    if bounds is Bounds.POST and _SMALL_WORD.match(rest):
        return True
    return bounds is Bounds.WORD or length > len(surname_of(run)) + 1
