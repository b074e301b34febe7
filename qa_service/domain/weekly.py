"""What the conversations of some weeks hold, counted: what every weekly figure is made of, from files or a store."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from qa_service.domain.quote import Quote
from qa_service.domain.topic import Statement, Topic

What = tuple[str, ...]

# What a share is of: every conversation, those with a settled score, those in which something was asked.
CONVERSATION, SETTLED, ASKED = "conversation", "settled", "asked"
BASES = {"passed": SETTLED, "unanswered": ASKED}


class Stratum(NamedTuple):
    """Conversations that are alike in all of this; empty where unknown. `version` is of the SOP: `trial@3`."""

    agent: str = ""
    team: str = ""
    product: str = ""
    channel: str = ""
    version: str = ""


DIMENSIONS = ("product", "channel", "team", "agent", "version")
Group = tuple[str, str]
WHOLE: Group = ("", "")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened in a conversation, counted once; the turn that shows it best, None without words."""

    what: What
    confidence: float = 1.0
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class HeardConversation:
    """One conversation as it is counted; `bases` are those it belongs to beside being a conversation.

    `spread` puts conversations in an order that has nothing to do with them, for even samples.
    """

    conversation_id: str
    week: str
    stratum: Stratum
    customer_key: str
    bases: frozenset[str]
    occurrences: tuple[Occurrence, ...]
    misheard: bool = False
    at: datetime | None = None
    bought: bool | None = None
    refunded: bool | None = None
    spread: int = 0


@dataclass(frozen=True, slots=True)
class Stated:
    """What was stated in the conversations heard of one week; `sizes` is how many those were, also the silent ones."""

    statements: tuple[Statement, ...] = ()
    strata: Mapping[str, Stratum] = field(default_factory=dict)
    sizes: Mapping[Stratum, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many conversations were heard."""
        return sum(self.sizes.values())


@dataclass
class WeekCounts:
    """The counts of some weeks, oldest first.

    Of the last week alone: `opened` lists conversations behind a count, by what and group; `quotes` show it;
    `customers` and `agents` are how many there were. `recent`: customers and agents behind a reason in the last weeks.
    `topics` are those that what was stated was placed in, None where nobody has placed it yet.
    """

    weeks: tuple[str, ...]
    occasions: Counter[tuple[str, str, Stratum]] = field(default_factory=Counter)
    happened: Counter[tuple[str, What, Stratum]] = field(default_factory=Counter)
    misheard: Counter[str] = field(default_factory=Counter)
    opened: dict[tuple[What, Group], tuple[str, ...]] = field(default_factory=dict)
    quotes: dict[What, tuple[Quote, ...]] = field(default_factory=dict)
    recent: dict[What, tuple[int, int]] = field(default_factory=dict)
    stated: dict[str, Stated] = field(default_factory=dict)
    customers: int = 0
    agents: int = 0
    topics: tuple[Topic, ...] | None = None

    def sizes(self, base: str) -> dict[str, dict[Stratum, int]]:
        """How many conversations of a base there were, by week and stratum."""
        found: dict[str, dict[Stratum, int]] = {week: {} for week in self.weeks}
        for (week, name, stratum), n in self.occasions.items():
            if name == base:
                found[week][stratum] = n
        return found

    def by_what(self) -> dict[What, dict[str, dict[Stratum, int]]]:
        """How often each thing happened, by week and stratum."""
        found: dict[What, dict[str, dict[Stratum, int]]] = {}
        for (week, what, stratum), k in self.happened.items():
            found.setdefault(what, {name: {} for name in self.weeks})[week][stratum] = k
        return found
