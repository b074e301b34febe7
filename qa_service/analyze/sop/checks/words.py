"""Where the keywords of an SOP stand in a conversation: one pass over it, however many keywords there are.

Width, case and white space never count. A variant also ignores what is put between the characters (“威.信”) and takes
any character of the same sound (“V信” is not “微信”, “薇信” is).
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import ahocorasick_rs

from qa_service.domain.evidence import EvidenceSpan

BREAK = "\n"  # between turns: no folded keyword holds it

Write: TypeAlias = Callable[[str], Iterable[tuple[str, int]]]


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

    def __init__(self, words: Iterable[str], write: Write) -> None:
        self._write = write
        by_form: dict[str, list[str]] = {}
        for word in sorted(set(words)):
            by_form.setdefault("".join(form for form, _ in write(word)), []).append(word)
        by_form.pop("", None)
        self._words = list(by_form.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(by_form)) if by_form else None

    def find(self, texts: Sequence[str]) -> dict[str, list[EvidenceSpan]]:
        if self._automaton is None:
            return {}
        characters, origins = self._laid_out(texts)
        found: dict[str, list[EvidenceSpan]] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(characters, overlapping=True):
            (turn, first), (_, last) = origins[start], origins[end - 1]
            for word in self._words[number]:
                found.setdefault(word, []).append(EvidenceSpan(turn, first, last + 1))
        return {word: sorted(spans) for word, spans in found.items()}

    def _laid_out(self, texts: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
        """All turns in one string as this automaton reads them, and where each of its characters comes from."""
        characters: list[str] = []
        origins: list[tuple[int, int]] = []
        for turn, text in enumerate(texts):
            for form, place in self._write(text):
                characters.append(form)
                origins.append((turn, place))
            characters.append(BREAK)
            origins.append((turn, len(text)))
        return "".join(characters), origins


def _folded(text: str) -> Iterator[tuple[str, int]]:
    """The characters that count, each with its place: no white space, one width, lower case."""
    for place, character in enumerate(text):
        for form in unicodedata.normalize("NFKC", character).lower():
            if not form.isspace():
                yield form, place


def _sounding(text: str) -> Iterator[tuple[str, int]]:
    """Letters, digits and characters by their sound; whatever else stands between them is left out."""
    for form, place in _folded(text):
        if form.isalnum():
            yield _same_sound().get(form, form), place


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
