"""Text made comparable (width, case, noise of speech recognition), with a map back to the characters received."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from qa_service.normalize.lexicon import any_of, character_class, spoken_digits
from qa_service.normalize.width import fold, lowered


@dataclass(frozen=True, slots=True)
class CleanText:
    """Clean text; `offsets[i]` is the position in the original of clean character `i`."""

    text: str
    offsets: tuple[int, ...]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The characters received (`start`, exclusive `end`) that clean characters `start` to `end` came from."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"span {start}-{end} is empty or outside a clean text of {len(self.text)} characters")
        return self.offsets[start], self.offsets[end - 1] + 1


def clean(text: str) -> CleanText:
    """Plain width and lower case, without fillers, stuttering and spaces between Chinese characters.

    A text of nothing but fillers keeps them: a mere "mm" is an answer.
    """
    folded = lowered(fold(text))
    kept = list(_kept(folded))
    clear = "".join(folded[start:end] for start, end in kept)
    if not clear.strip():
        first = len(folded) - len(folded.lstrip())
        kept = [(first, first + len(folded.strip()))]
        clear = folded.strip()
    return CleanText(clear, tuple(chain.from_iterable(range(start, end) for start, end in kept)))


_HAN = r"\u3400-\u9fff"
_NUMERALS = "0-9" + "".join(spoken_digits()) + character_class("number_words")
_WIDE = rf"{_HAN}\u3000-\u303f,.?!:;()~"
_PAUSE = r"[\s,.?!:;()~\u3001\u3002\u2026-]"
_BETWEEN = rf"(?:[\s,\u3001\u2026-]|{any_of('fillers')})*"
# Each alternative is noise that goes. Of repeated words the last one stays; numbers never count as repeated.
_NOISE = re.compile(
    rf"""
      ^\s+ | \s+$ | (?<=[{_WIDE}])\s+(?=[{_WIDE}])                          # spaces around Chinese characters
    | {any_of("fillers")}{_BETWEEN}                                          # fillers wherever they stand
    | (?:(?<![^\n])|(?<={_PAUSE})){any_of("pause_fillers")}(?=$|{_PAUSE})[\s,\u3001]*
    | (?P<single>[{character_class("stuttered")}]){_BETWEEN}(?=(?P=single))  # I I I want
    | (?P<run>[{_HAN}])(?<![{_NUMERALS}])(?=(?P=run){{2}})                   # hahaha becomes haha
    | (?P<phrase>(?:(?![{_NUMERALS}])[{_HAN}]){{2,4}}){_BETWEEN}(?=(?P=phrase))
    """,
    re.VERBOSE,
)


def _kept(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for noise in _NOISE.finditer(text):
        yield position, noise.start()
        position = noise.end()
    yield position, len(text)
