"""The words around a stated value: how far they reach, and whether they make it something else than a fact."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from qa_service.analyze.sop.values.words import either
from qa_service.analyze.word_lists import word_lists
from qa_service.domain.value import LENGTHS, Value

# How far before and behind a value its words are looked for, in characters of one sentence.
BEFORE, BEHIND = 30, 12
# Of lengths, shares and the like, which are named for many things, only the same clause tells.
NEAR_BEFORE, NEAR_BEHIND = 16, 12
_SENTENCE = re.compile(r"[。！？!?；;\n]")
_CLAUSE, _PAUSE = re.compile(r"[。！？!?；;\n，,]"), re.compile(r"[。！？!?；;\n ](?![a-z0-9])")
_ENDS = re.compile(r"[。！？!?；;\n，, ]")
_COMMA = re.compile("[，,]")
# How far a question may be behind a value that is asked about.
QUESTION_WITHIN = 6


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Characters `start` to `end` of the turn around a value, which stands at `at` to `behind`."""

    text: str
    start: int
    at: int
    behind: int
    end: int

    @property
    def before_words(self) -> str:
        """The words in front of the value."""
        return self.text[self.start : self.at]

    @property
    def behind_words(self) -> str:
        """The words behind it."""
        return self.text[self.behind : self.end]


def surroundings(text: str, value: Value, alike: Sequence[Value]) -> Surroundings:
    """As far as the words can belong to this value: not past another value like it, nor past its sentence."""
    wide = value.kind == "price"
    # A recogniser that writes no commas puts spaces in their place.
    breaks = _SENTENCE if wide else _CLAUSE if _COMMA.search(text) else _PAUSE
    first = max(
        [0, value.start - (BEFORE if wide else NEAR_BEFORE), *(one.end for one in alike if one.end <= value.start)]
    )
    last = min(
        [
            len(text),
            value.end + (BEHIND if wide else NEAR_BEHIND),
            *(one.start for one in alike if one.start >= value.end),
        ]
    )
    ends = [found.end() for found in breaks.finditer(text, first, value.start)]
    begins = breaks.search(text, value.end, last)
    return Surroundings(text, max([first, *ends]), value.start, value.end, begins.start() if begins else last)


def in_one_clause(text: str, one: Value, other: Value) -> bool:
    """Whether no comma, stop or pause lies between two values."""
    first, last = sorted((one, other), key=lambda value: value.start)
    return not (_CLAUSE if _COMMA.search(text) else _PAUSE).search(text, first.end, last.start)


@dataclass(frozen=True, slots=True)
class Weakened:
    """`other`: it is no statement of the fact at all; `doubtful`: it may be, but another one may be meant."""

    other: bool = False
    doubtful: bool = False


def weakened(around: Surroundings, value: Value, about: Iterable[str]) -> Weakened:
    """What the words around make of a value; words that the fact itself is about count for nothing."""
    own = "".join(about)
    before, behind = around.before_words, around.behind_words
    if value.kind == "price" and (_says("part_before", before, own) or _says("part_behind", behind, own)):
        return Weakened(other=True)
    if value.kind in LENGTHS and _says("length_before", before, own):
        return Weakened(other=True)
    if _says("other", before, own) or _says("denied", before, own):
        return Weakened(other=True)
    asked = _says("asked", around.text[around.behind : around.behind + QUESTION_WITHIN], "")
    special = value.kind == "price" and _says("special", f"{before}|{_ENDS.split(behind)[0]}", own)
    return Weakened(doubtful=asked or special or _says("supposed", before, own))


def speaks_of_parts(text: str) -> bool:
    """Whether instalments or single lessons are spoken of."""
    return _says("parts", text, "")


def corrects(text: str) -> bool:
    """Whether somebody corrects himself."""
    return _says("corrected", text, "")


def _says(name: str, text: str, own: str) -> bool:
    return any(found["word"] not in own for found in _pattern(name).finditer(text))


@cache
def _pattern(name: str) -> "re.Pattern[str]":
    """The words of a list: anywhere, or for some lists directly in front of the value or behind it."""
    word = f"(?P<word>{_any_of(name)})"
    if name == "part_behind":
        return re.compile(rf"\A[ ]?{word}")
    if name == "part_before":
        return re.compile(rf"{word}(?:{_any_of('between')}|[ ])*\Z")
    if name == "length_before":
        return re.compile(rf"(?<!提){word}[ ]?\Z")
    return re.compile(rf"{word}[ ]?\Z" if name == "denied" else word)


def _any_of(name: str) -> str:
    return either(word_lists("stated_facts.yaml")[name].split())
