"""A turn as the units in which habits are looked for: its sentences, and the clauses of those that have several."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_SENTENCE = re.compile(r"[^。！？!?；;\n…]+")
_CLAUSE = re.compile(r"[^，,、：:\s]+")
_NOT_WORDS = re.compile(r"[^\w]|_")
_NUMBER = re.compile(r"\d+")
# Shorter ones (好的, 您稍等) are said by everybody everywhere; of longer ones the clauses are taken.
SHORTEST, LONGEST = 5, 60


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of a turn as it stands there; `clause`: a part of a longer sentence, which is a unit too."""

    text: str
    clause: bool


def units(text: str) -> Iterator[Unit]:
    """The units of a turn, in their order."""
    for sentence in _SENTENCE.findall(text):
        whole = sentence.strip()
        if SHORTEST <= len(whole) <= LONGEST:
            yield Unit(whole, clause=False)
        parts = _CLAUSE.findall(whole)
        if len(parts) > 1:
            yield from (Unit(part, clause=True) for part in parts if SHORTEST <= len(part) <= LONGEST)


def plain(text: str) -> str:
    """A unit without width, case, punctuation and numbers: equal ones are one wording."""
    return _NUMBER.sub("0", _NOT_WORDS.sub("", unicodedata.normalize("NFKC", text).lower()))
