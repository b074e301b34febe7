"""Distinct texts that belong to no topic yet: at most so many, chosen by chance that does not depend on their order."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from qa_service.aggregate.needs.space import Floats
from qa_service.domain.topic import Statement

# Conversations remembered of a text: enough to see that it recurs.
CONVERSATIONS = 8
# Room above the limit, so that the sample is not cut at every text.
ROOM = 1.5


@dataclass
class Said:
    """A distinct text: how often it was said, by whom, and the first statement of it in a fixed order."""

    point: Floats
    first: Statement
    count: int = 0
    conversations: set[str] = field(default_factory=set)

    def add(self, statement: Statement) -> None:
        """Count one more statement."""
        self.count += 1
        if len(self.conversations) < CONVERSATIONS:
            self.conversations.add(statement.conversation_id)
        if _order(statement) < _order(self.first):
            self.first = statement


@dataclass
class Residue:
    """What no known topic takes; with more than `keep` texts, those of the smallest digests (a bottom-k sample)."""

    keep: int
    said: dict[str, Said] = field(default_factory=dict)
    kept_below: bytes = b"\xff" * 9

    def add(self, text: str, point: Floats, statements: Iterable[Statement]) -> None:
        """Consider a text with the statements that say it."""
        if digest(text) >= self.kept_below:
            return
        one = self.said.get(text)
        for statement in statements:
            if one is None:
                one = self.said[text] = Said(point, statement)
            one.add(statement)
        if len(self.said) > ROOM * self.keep:
            self._cut()

    def texts(self) -> list[str]:
        """The texts, sorted, cut to the limit."""
        self._cut()
        return sorted(self.said)

    def points(self, texts: Iterable[str]) -> Floats:
        """The points of some texts."""
        rows = [self.said[text].point for text in texts]
        return np.array(rows, dtype=np.float32) if rows else np.zeros((0, 1), dtype=np.float32)

    def _cut(self) -> None:
        if len(self.said) <= self.keep:
            return
        ranked = sorted(self.said, key=digest)
        self.kept_below = digest(ranked[self.keep])
        self.said = {text: self.said[text] for text in ranked[: self.keep]}


def digest(text: str) -> bytes:
    """A place in an order that has nothing to do with the words."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _order(statement: Statement) -> tuple[int, str, str, int]:
    return len(statement.text), statement.text, statement.conversation_id, statement.turn
