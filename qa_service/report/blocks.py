"""What a report is made of, whatever it is written as: a page, a workbook, a PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_service.report.texts import Both, percent, say

Json = Mapping[str, Any]
CONVERSATIONS, TIMES = "k_of_n", "times_k_of_n"


@dataclass(frozen=True, slots=True)
class Words:
    """A few words; `style` is strong, muted or nothing."""

    text: Both
    style: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """What may be said of a number, in a word; `tone` is good, bad, few or nothing, `arrow` up, down or nothing."""

    text: Both
    tone: str = ""
    arrow: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n` with the interval of the share, and the conversations behind `k`; `unit` is the key of its words."""

    k: int
    n: int
    rate: float | None
    low: float | None
    high: float | None
    conversations: tuple[str, ...] = ()
    unit: str = CONVERSATIONS
    of: Both | None = None

    @property
    def count(self) -> Both:
        """In words: k of n."""
        return say(self.unit, k=self.k, n=self.n)

    @property
    def percent(self) -> str:
        """The share for people."""
        return percent(self.rate, self.n)

    @property
    def interval(self) -> Both | None:
        """The 95% interval in words, None where nothing is known."""
        if not self.n or self.low is None:
            return None
        return say("interval", low=percent(self.low, self.n), high=percent(self.high, self.n))


@dataclass(frozen=True, slots=True)
class Said:
    """Words of a conversation, with their place; `by` tells who spoke where that is not clear."""

    quote: str
    conversation_id: str
    turn: int = -1
    by: str = ""


@dataclass(frozen=True, slots=True)
class Opens:
    """A few words that open conversations."""

    text: Both
    conversations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that is no share, with its words; `low` and `high` are its 95% interval where it has one."""

    value: float | None
    text: Both
    low: float | None = None
    high: float | None = None


Item = Words | Badge | Share | Said | Opens | Amount
Cell = tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Sentences one under the other, each with what may be said of it; numbered where their order matters."""

    lines: tuple[tuple[Badge | None, Both], ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure with its course."""

    name: Both
    share: Share
    badge: Badge
    series: Sequence[Json]
    before: Words


@dataclass(frozen=True, slots=True)
class Tiles:
    """Key figures side by side."""

    key: str
    title: Both
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; `title` names its sheet in a workbook."""

    title: Both
    columns: tuple[Both, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def name_of(self, row: tuple[Cell, ...]) -> Both:
        """What a row is about: the words that it begins with."""
        first = row[0][0]
        return first.text if isinstance(first, Words) else self.title


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing: `kind` is one of the `DRAWINGS` of `charts`."""

    kind: str
    key: str
    rows: Sequence[Json]
    options: Json = field(default_factory=dict)
    legend: tuple[Both, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """Examples of one kind, side by side with others; `tone` is good, missed, colleague or nothing."""

    title: Both
    cell: Cell
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One matter with its number and its examples."""

    title: Both
    subtitle: Both | None
    cell: Cell
    badge: Badge | None = None
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Cards:
    """Matters one under the other."""

    title: Both
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence set back."""

    text: Both


Block = Lines | Tiles | Table | Chart | Cards | Note


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report; two neighbouring halves stand side by side, `tone` todo stands out."""

    title: Both
    blocks: tuple[Block, ...]
    note: Both | None = None
    head: Cell = ()
    half: bool = False
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report: what it is, what it rests on, its parts, how to read it."""

    title: Both
    heading: Both
    aside: str
    scope: Both
    sections: tuple[Section, ...]
    method: Both


def share(body: Json, unit: str = CONVERSATIONS, *, of: Both | None = None) -> Share:
    """A share of a document: an object with k, n, rate, ci_low and ci_high; conversations if it has them."""
    bounds = body.get("ci_low"), body.get("ci_high")
    return Share(int(body["k"]), body["n"], body["rate"], *bounds, tuple(body.get("conversations", ())), unit, of)


def columns(*keys: str) -> tuple[Both, ...]:
    """The headings of a table, by their keys."""
    return tuple(say(f"column.{key}") for key in keys)


def ordered(lines: Sequence[Both]) -> Lines:
    """Sentences whose order matters: what to do first stands first."""
    return Lines(tuple((None, line) for line in lines), ordered=True)


def badge(direction: str, good: str | None, family: str = "direction") -> Badge:
    """What a document says of a change; `good` is the direction that is good for the business, None where none is."""
    text = say(f"{family}.{direction}")
    if direction in ("not_enough_data", "not_comparable"):
        return Badge(text, "few")
    if direction == "no_clear_change":
        return Badge(text)
    tone = "" if good is None else "good" if direction == good else "bad"
    return Badge(text, tone, "up" if direction == "higher" else "down")


def before(change: Json) -> Words:
    """What a share was before, of how many."""
    past = change["before"]
    if not past["n"]:
        return Words(say("before.none"), "muted")
    return Words(say("before", rate=percent(past["rate"], past["n"]), k=int(past["k"]), n=past["n"]), "muted")


def said(quotes: Sequence[Json], most: int | None = None) -> Cell:
    """Quotes of a document."""
    return tuple(Said(one["quote"], one["conversation_id"], one["turn"]) for one in quotes[:most])
