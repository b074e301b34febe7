"""Counting in one pass: shares with the conversations behind them, and the few foremost of many things."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Generic, TypeVar

from qa_service.domain.counted import Counted
from qa_service.domain.metrics import Rate, rate

Thing = TypeVar("Thing")


@dataclass
class Foremost(Generic[Thing]):
    """The `keep` things with the smallest keys; keys are distinct, so that the order of arrival changes nothing."""

    keep: int
    held: list[tuple[Any, Thing]] = field(default_factory=list)

    def add(self, key: Any, thing: Thing) -> None:
        """Consider a thing."""
        if len(self.held) < self.keep or (self.held and key < self.held[-1][0]):
            insort(self.held, (key, thing), key=itemgetter(0))
            del self.held[self.keep :]

    def things(self) -> list[Thing]:
        """The foremost ones, in order."""
        return [thing for _, thing in self.held]


@dataclass
class Tally:
    """How often something happened, of how many, and in which conversations (`keep` of them)."""

    keep: int
    k: int = 0
    n: int = 0
    ids: Foremost[str] = field(init=False)

    def __post_init__(self) -> None:
        self.ids = Foremost(self.keep)

    def add(self, conversation_id: str, *, happened: bool) -> None:
        """Count one occasion."""
        self.n += 1
        if happened:
            self.k += 1
            if self.keep:
                self.ids.add(conversation_id, conversation_id)

    @property
    def rate(self) -> Rate:
        """The share so far."""
        return rate(self.k, self.n)

    @property
    def given(self) -> Rate:
        """The share in which it did not happen: where misses are counted, what was given."""
        return rate(self.n - self.k, self.n)

    def given_counted(self) -> Counted:
        """The same, with the conversations in which it did happen."""
        return Counted(self.given, self.counted().conversations)

    def counted(self, n: int | None = None) -> Counted:
        """The share and its conversations; `n` replaces the number of occasions where only happenings were added."""
        whole = self.n if n is None else n
        return Counted(rate(self.k, whole), tuple(sorted(set(self.ids.things()))))


def total(rates: Iterable[Rate]) -> Rate:
    """Several disjoint groups as one."""
    rates = list(rates)
    return rate(sum(r.k for r in rates), sum(r.n for r in rates))
