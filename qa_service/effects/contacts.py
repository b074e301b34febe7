"""The contacts of one SOP as columns of small numbers: what an effect is computed from.

A contact takes a few bytes for each step and confounder, so that millions fit where their texts would not.
"""

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.conversation import Conversation, Speaker
from qa_service.domain.effect import Target, TargetKind
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import iso_week, local_day
from qa_service.domain.sop import Order
from qa_service.effects.assigned import Assigned, AssignedColumns
from qa_service.effects.readings import ABSENT, NO, SAID, UNKNOWN, Key, targets_of
from qa_service.effects.spoken import Phrase, SpokenColumns

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# So many different numbers are levels of their own; more are a scale.
FEW_NUMBERS, TENTHS = 20, 10
TENURE_YEARS = ((0.25, "<3m"), (1.0, "<1y"), (3.0, "<3y"))


class Column:
    """A growing column of integers (or of numbers, codes "f" and "d"); rows it was not told of hold `empty`."""

    def __init__(self, empty: float, code: Literal["q", "f", "d"] = "q") -> None:
        self.values: array[Any] = array(code)
        self.empty = empty

    def put(self, row: int, value: float) -> None:
        """Set the value of a row, which is never below the last one."""
        if row > len(self.values):
            self.pad(row)
        self.values.append(value)

    def pad(self, rows: int) -> None:
        """Extend to so many rows."""
        if rows > len(self.values):
            self.values.extend([self.empty] * (rows - len(self.values)))

    def fill(self, rows: int) -> Ints:
        """All rows as an array."""
        self.pad(rows)
        return np.array(self.values, dtype=np.int64)

    def numbers(self, rows: int) -> Floats:
        """All rows as numbers with a fraction."""
        self.pad(rows)
        return np.array(self.values, dtype=np.float64)


class Levels:
    """A growing column of names, stored as numbers; "" stands for rows without one."""

    def __init__(self) -> None:
        self.column, self.names = Column(0), {"": 0}

    def put(self, row: int, name: str | None) -> None:
        """Set the name of a row."""
        self.column.put(row, self.names.setdefault(name or "", len(self.names)))

    def codes(self, rows: int) -> Ints:
        """The level of each row; many different numbers (a score, an age) become tenths of the rows in their order."""
        codes = self.column.fill(rows)
        numbers = np.array([_number(name) for name in self.names])
        told = np.isfinite(numbers[1:])
        if len(told) <= FEW_NUMBERS or told.mean() < 0.95:
            return codes
        values = numbers[codes]
        known = np.isfinite(values)
        edges = np.unique(np.quantile(values[known], np.arange(1, TENTHS) / TENTHS))
        return np.where(known, 1 + np.searchsorted(edges, values, side="right"), 0).astype(np.int64)


@dataclass(frozen=True)
class Contacts:
    """One row a contact of one SOP. Targets: see `targets.py`; outcomes: 1, 0, or -1 for unknown.

    `readings` tells how likely each target really happened, where that is less than sure.
    """

    sop: str
    agents: Ints
    agents_known: float
    customers: Ints
    started: Floats
    order_key: Ints
    last_customer_turn: Ints
    confounders: Mapping[str, Ints]
    targets: Mapping[Target, Ints]
    outcomes: Mapping[str, Ints]
    readings: Mapping[Target, Floats] = field(default_factory=dict)
    assigned: tuple[Assigned, ...] = ()
    phrases: tuple[Phrase, ...] = ()

    def first_of_customers(self, outcome: str, *, among: NDArray[np.bool_] | None = None) -> Ints:
        """The rows to use for an outcome: of each customer the first contact (of some) for which it is known."""
        eligible = self.outcomes[outcome] != UNKNOWN
        known = np.flatnonzero(eligible if among is None else eligible & among)
        chosen = known[first_of_each(self.customers[known], self.started[known], self.order_key[known])]
        # Sorted by a hash of the id, so that the order of the input changes nothing.
        return chosen[np.argsort(self.order_key[chosen], kind="stable")]


@dataclass
class ContactsOfSop:
    """Takes judged conversations of one SOP one by one and keeps only their numbers."""

    sop: str
    outcome_of: Callable[[Conversation, str], bool | None]
    outcomes: tuple[str, ...]
    zone: tzinfo
    orders: tuple[Order, ...] = ()
    promises: bool = False
    assigned: tuple[AssignedColumns, ...] = ()
    spoken: SpokenColumns | None = None
    rows: int = 0
    agents: Levels = field(default_factory=Levels)
    agents_known: int = 0
    customers: Column = field(default_factory=lambda: Column(0))
    started: "array[float]" = field(default_factory=lambda: array("d"))
    order_key: Column = field(default_factory=lambda: Column(0))
    last_customer_turn: Column = field(default_factory=lambda: Column(-1))
    confounders: dict[str, Levels] = field(default_factory=dict)
    targets: dict[Key, tuple[Column, Column]] = field(default_factory=dict)
    outcome_columns: dict[str, Column] = field(default_factory=dict)

    def add(self, judged: JudgedConversation) -> None:
        """Take one contact."""
        row, conversation = self.rows, judged.conversation
        # Without an agent's name, each contact is a cluster of its own.
        self.agents.put(row, judged.agent_id or f"?{row}")
        self.agents_known += bool(judged.agent_id)
        self.customers.put(row, hashed(judged.customer_key))
        self.started.append(conversation.started_at.timestamp() if conversation.started_at else float("inf"))
        self.order_key.put(row, hashed(judged.id))
        self.last_customer_turn.put(row, _last_customer_turn(conversation))
        for name, level in _confounders(conversation, self.zone):
            self.confounders.setdefault(name, Levels()).put(row, level)
        for key, (value, reading) in targets_of(judged.analysis, self.orders, promises=self.promises).items():
            if key not in self.targets:
                self.targets[key] = Column(NO if key[0] in SAID else ABSENT), Column(0.0, "f")
            values, readings = self.targets[key]
            values.put(row, value)
            readings.put(row, reading)
        for columns in self.assigned:
            columns.add(conversation)
        if self.spoken is not None:
            self.spoken.add(judged)
        for outcome in self.outcomes:
            known = self.outcome_of(conversation, outcome)
            code = UNKNOWN if known is None else int(known)
            self.outcome_columns.setdefault(outcome, Column(UNKNOWN)).put(row, code)
        self.rows += 1

    def finish(self) -> Contacts:
        """All contacts as arrays."""
        n = self.rows
        columns = {Target(TargetKind(key[0]), key[1]): both for key, both in self.targets.items()}
        return Contacts(
            sop=self.sop,
            agents=self.agents.column.fill(n),
            agents_known=self.agents_known / n if n else 0.0,
            customers=self.customers.fill(n),
            started=np.array(self.started),
            order_key=self.order_key.fill(n),
            last_customer_turn=self.last_customer_turn.fill(n),
            confounders={name: levels.codes(n) for name, levels in self.confounders.items()},
            targets={target: columns[target][0].fill(n) for target in sorted(columns)},
            outcomes={name: column.fill(n) for name, column in self.outcome_columns.items()},
            readings={target: columns[target][1].numbers(n) for target in sorted(columns)},
            assigned=tuple(columns.finish() for columns in self.assigned),
            phrases=self.spoken.finish(self.agents.column.fill(n), self.order_key.fill(n)) if self.spoken else (),
        )


def first_of_each(customers: Ints, started: Floats, ties: Ints) -> Ints:
    """The place of each customer's first contact, customer by customer; `ties` decides between those of one moment."""
    ranked = np.lexsort((ties, started, customers))
    first = np.ones(len(ranked), dtype=bool)
    first[1:] = customers[ranked[1:]] != customers[ranked[:-1]]
    return np.asarray(ranked[first])


def hashed(text: str) -> int:
    """A name as a number of eight bytes, the same on every machine."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def _number(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return float("nan")


def _last_customer_turn(conversation: Conversation) -> int:
    for index in range(len(conversation.turns) - 1, -1, -1):
        if conversation.turns[index].speaker is Speaker.CUSTOMER:
            return index
    return -1


def _confounders(conversation: Conversation, zone: tzinfo) -> list[tuple[str, str | None]]:
    agent, started = conversation.agent, conversation.started_at
    day = local_day(started, zone) if started else None
    named = [
        ("team", agent.team),
        ("product", conversation.product),
        ("channel", conversation.channel.value),
        ("week", iso_week(day) if day else None),
        ("tenure", _tenure(agent.hired_on, day)),
        ("shift", agent.shift),
        ("stage", conversation.stage),
    ]
    return named + [(f"tags.{key}", value) for key, value in conversation.tags.items()]


def _tenure(hired_on: date | None, day: date | None) -> str | None:
    if hired_on is None or day is None:
        return None
    years = (day - hired_on).days / 365.25
    return next((name for bound, name in TENURE_YEARS if years < bound), ">=3y")
