"""Regular expressions of RE2: they take time in proportion to the text, so that no pattern can stop a worker.

RE2 knows no look-around and no back-references; what is an exception stands in `unless`.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import re2

# A half of a character outside the basic plane is no character: RE2 reads UTF-8, which has no such thing.
_HALVES = re.compile("[\ud800-\udfff]")

# RE2's filter would find nothing, and not say so, if it outgrew its memory. Ten times this size it did not; a larger
# pattern (in steps of its program, about three a character) is looked for by itself.
MOST_STEPS = 6000


class Expressions:
    """Many patterns, each line by line: one is looked for only where words occur that it cannot do without."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._filters: list[tuple[re2.Filter, list[str]]] = []
        self._alone = []
        room = 0
        for pattern in patterns:
            steps = expression(pattern, by_line=True).programsize
            if steps > MOST_STEPS:
                self._alone.append(pattern)
                continue
            if steps > room:
                self._filters.append((re2.Filter(), []))
                room = MOST_STEPS
            self._filters[-1][0].Add(f"(?m){pattern}")
            self._filters[-1][1].append(pattern)
            room -= steps
        for found_by, _ in self._filters:
            found_by.Compile()

    def matching(self, text: str) -> Iterator[str]:
        """The patterns that match somewhere."""
        text = _HALVES.sub("\ufffd", text)
        for found_by, kept in self._filters:
            yield from (kept[number] for number in found_by.Match(text) or ())
        yield from (pattern for pattern in self._alone if expression(pattern, by_line=True).search(text))


@lru_cache(maxsize=4096)
def expression(pattern: str, *, by_line: bool = False) -> re2._Regexp:
    """A compiled pattern; `by_line`: `^` and `$` stand for the ends of every line."""
    return re2.compile(f"(?m){pattern}" if by_line else pattern)


def spans(pattern: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a pattern matches at least one character."""
    return (match.span() for match in expression(pattern).finditer(_HALVES.sub("\ufffd", text)) if match.group())


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches somewhere."""
    return expression(pattern).search(_HALVES.sub("\ufffd", text)) is not None
