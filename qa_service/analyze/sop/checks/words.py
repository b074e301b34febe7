"""Where the keywords of an SOP stand in a conversation: one pass over it, however many keywords there are.

Width, case and white space never count. A variant also ignores what is put between the characters (“威.信”) and takes
any character of the same sound (“V信” is not “微信”, “薇信” is).
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import TypeAlias

import ahocorasick_rs

from qa_service.domain.evidence import EvidenceSpan

BREAK = "\n"  # between turns: no folded keyword holds it
# Characters whose form is kept: more than are in use.
KNOWN = 1 << 16

# What is read of a character: mostly one, none where it does not count, sometimes several.
Form: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class WordPlaces:
    """The spans of each keyword, plain and as a variant, in the order they were said."""

    plain: Mapping[str, Sequence[EvidenceSpan]]
    variants: Mapping[str, Sequence[EvidenceSpan]]


class WordFinder:
    """The automata of an SOP's keywords; safe to share between threads."""

    def __init__(self, plain: Iterable[str], variants: Iterable[str]) -> None:
        self._plain = _Automaton(plain, _folded)
        self._variants = _Automaton(variants, _sounding)

    def find(self, texts: Sequence[str]) -> WordPlaces:
        """All places of all keywords in the turns of a conversation."""
        return WordPlaces(self._plain.find(texts), self._variants.find(texts))


class _Automaton:
    """One Aho–Corasick automaton over keywords written one way."""

    def __init__(self, words: Iterable[str], form: Form) -> None:
        self._form = form
        by_form: dict[str, list[str]] = {}
        for word in sorted(set(words)):
            by_form.setdefault(self._read(word), []).append(word)
        by_form.pop("", None)
        self._words = list(by_form.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(by_form)) if by_form else None

    def _read(self, text: str) -> str:
        return "".join(map(self._form, text))

    def find(self, texts: Sequence[str]) -> dict[str, list[EvidenceSpan]]:
        """The spans of the keywords that stand in the turns, each in order, since matches come by their ends."""
        if self._automaton is None:
            return {}
        read = [self._read(text) for text in texts]
        begins = list(accumulate((len(text) + len(BREAK) for text in read), initial=0))
        origins: dict[int, list[int]] = {}
        found: dict[str, list[EvidenceSpan]] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(BREAK.join(read), overlapping=True):
            turn = bisect_right(begins, start) - 1
            if turn not in origins:
                origins[turn] = self._origins(texts[turn])
            first, last = origins[turn][start - begins[turn]], origins[turn][end - 1 - begins[turn]]
            for word in self._words[number]:
                found.setdefault(word, []).append(EvidenceSpan(turn, first, last + 1))
        return found

    def _origins(self, text: str) -> list[int]:
        """For each character as it is read, where it comes from."""
        return [place for place, character in enumerate(text) for _ in self._form(character)]


@lru_cache(maxsize=KNOWN)
def _folded(character: str) -> str:
    """One width, lower case, no white space."""
    return "".join(unicodedata.normalize("NFKC", character).lower().split())


@lru_cache(maxsize=KNOWN)
def _sounding(character: str) -> str:
    """Letters and digits, and Chinese characters by their sound; whatever else stands between them is left out."""
    return "".join(_same_sound().get(form, form) for form in _folded(character) if form.isalnum())


@cache
def _same_sound() -> Mapping[str, str]:
    """Each Chinese character to the first one of the same sound, tones aside."""
    from pypinyin import Style, pinyin_dict
    from pypinyin.style import convert

    first: dict[str, str] = {}
    sounds: dict[str, str] = {}
    for code in range(0x4E00, 0x9FA6):
        reading = pinyin_dict.pinyin_dict.get(code, "").partition(",")[0]
        if reading:
            sound = convert(reading, Style.NORMAL, strict=False)
            sounds[chr(code)] = first.setdefault(sound, chr(code))
    return sounds
