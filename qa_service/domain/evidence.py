"""Where the words of a finding stand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class EvidenceSpan:
    """Characters `start` to `end` (exclusive) of turn `turn`, as stored."""

    turn: int
    start: int
    end: int

    def quote(self, text: str) -> str:
        """Cut the quote from the text of that turn, letter for letter."""
        return text[self.start : self.end]
