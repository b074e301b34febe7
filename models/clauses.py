"""Clauses of a turn: the pieces among which the shortest telling span is looked for."""

import re
from collections.abc import Iterator

# Full stops, commas, spaces (which a recogniser writes for pauses) and line ends separate clauses.
CLAUSE = re.compile(r"[^，。！？；,!?;~…\s]+[！？!?]?")


def clauses(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each clause, in order."""
    for match in CLAUSE.finditer(text):
        yield match.span()
