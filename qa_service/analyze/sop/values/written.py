"""A turn as its values are read: one width, plain numerals, no fillers inside numbers, with the way back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_service.analyze.sop.values.words import any_of, table, words

NUMERALS = "0-9零〇一二两三四五六七八九十百千万亿"
_READ_AS = {ord(said): str(read) for said, read in table("read_as").items()}
_READ_AS |= {code: chr(code - 0xFEE0).lower() for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " ", 0x09: " "}
_READ_AS |= {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
_READ_OTHERWISE = re.compile(f"[{''.join(map(re.escape, map(chr, _READ_AS)))}]")
_FILLERS = (*words("fillers"), "\u200b", "\ufeff")
_FILLER = rf"(?<=[{NUMERALS}]) *(?:{any_of('fillers')}[, ]*)+(?=[{NUMERALS}])"
# Some recognisers put a space after every character, and after every digit of a number.
_SPACED_OUT = re.compile(r"(?:[\u3400-\u9fff0-9] ){5}")
_DIGIT_BY_DIGIT = re.compile(rf"(?<![{NUMERALS}.])[{NUMERALS}](?: [{NUMERALS}]){{2,}}(?![{NUMERALS}.])")
_DROPPED = re.compile(rf"{_FILLER}|\u200b|\ufeff")


@dataclass(frozen=True, slots=True)
class Written:
    """`origins[i]` is where character `i` stands in the text as stored; None where nothing was dropped."""

    text: str
    origins: Sequence[int] | None

    def stored(self, start: int, end: int) -> tuple[int, int]:
        """Characters `start` to `end` (exclusive) in the text as stored."""
        return (start, end) if self.origins is None else (self.origins[start], self.origins[end - 1] + 1)


def written(stored: str) -> Written:
    """The text as values are read from it."""
    text = stored.translate(_READ_AS) if _READ_OTHERWISE.search(stored) else stored
    dropped = set()
    if any(filler in text for filler in _FILLERS):
        dropped = {place for found in _DROPPED.finditer(text) for place in range(*found.span())}
    if " " in text and _SPACED_OUT.search(text):
        dropped |= {place for place, character in enumerate(text) if character == " "}
    elif " " in text:
        for digits in _DIGIT_BY_DIGIT.finditer(text):
            dropped |= {place for place in range(*digits.span()) if text[place] == " "}
    if not dropped:
        return Written(text, None)
    kept = [place for place in range(len(text)) if place not in dropped]
    return Written("".join(text[place] for place in kept), kept)
