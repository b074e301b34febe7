"""The texts of a batch, each encoded once however often it is asked for."""

from collections.abc import Callable
from random import Random

# Makes of a text what a recogniser or a hasty typist might have written, now and then.
Spoil = Callable[[str, Random], str]

MISSING = -1


class Texts:
    """Different texts of a batch in the order in which they were first asked for."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}

    def add(self, text: str) -> int:
        """The number of a text; MISSING for an empty one."""
        return self._index.setdefault(text, len(self._index)) if text else MISSING

    def all(self) -> tuple[str, ...]:
        """All texts."""
        return tuple(self._index)
