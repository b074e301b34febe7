"""Regular expressions of RE2: they take time in proportion to the text, so that no pattern can stop a worker.

RE2 knows no look-around and no back-references; what is an exception stands in `unless`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import re2

# A half of a character outside the basic plane is no character: RE2 reads UTF-8, which has no such thing.
_HALVES = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=4096)
def expression(pattern: str, *, by_line: bool = False) -> re2._Regexp:
    """A compiled pattern; `by_line`: `^` and `$` stand for the ends of every line."""
    return re2.compile(f"(?m){pattern}" if by_line else pattern)


def spans(pattern: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a pattern matches at least one character."""
    return (match.span() for match in expression(pattern).finditer(_HALVES.sub("\ufffd", text)) if match.group())


def matches(pattern: str, text: str, *, by_line: bool = False) -> bool:
    """Whether a pattern matches somewhere."""
    return expression(pattern, by_line=by_line).search(_HALVES.sub("\ufffd", text)) is not None
