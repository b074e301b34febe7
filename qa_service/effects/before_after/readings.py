"""What is read off conversations for figures before and after: numbers alone, in columns, so that many fit."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from math import nan

import numpy as np

from qa_service.domain.adoption import Placement
from qa_service.domain.analysis import Analysis
from qa_service.domain.before_after import OUTCOME_FIGURES, PLAIN_FIGURES, SCORE, Figure, step_figure
from qa_service.domain.conversation import Conversation
from qa_service.domain.finding import StepStatus
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import local_day
from qa_service.effects.before_after.panel import Floats, Ints, Panel
from qa_service.effects.contacts import Column, Levels, first_of_each, hashed

OutcomeOf = Callable[[Conversation, str], bool | None]


@dataclass(frozen=True)
class Reading:
    """Which figures are read: steps and red lines named here, or all of them (None)."""

    outcome_of: OutcomeOf
    zone: tzinfo
    steps: frozenset[str] | None = None
    red_lines: frozenset[str] | None = None
    figures: frozenset[str] | None = None

    def wants(self, name: str) -> bool:
        """Whether a figure is asked for."""
        return self.figures is None or name in self.figures


@dataclass
class Readings:
    """Takes judged conversations one by one; keeps where each stands and its figures."""

    placement: Placement
    reading: Reading
    rows: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    _columns: dict[str, Column] = field(default_factory=dict)
    _codes: dict[str, Levels] = field(default_factory=dict)
    _mix: dict[str, Levels] = field(default_factory=dict)
    _weeks: "array[int]" = field(default_factory=lambda: array("q"))
    _under: "array[int]" = field(default_factory=lambda: array("b"))
    _adopts: "array[int]" = field(default_factory=lambda: array("b"))
    _customers: "array[int]" = field(default_factory=lambda: array("q"))
    _started: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, pair: JudgedConversation) -> None:
        """Take one conversation, or count why it was left out."""
        conversation = pair.conversation
        if conversation.started_at is None:
            self._leave_out("without_time")
            return
        if not (conversation.agent.id or conversation.agent.path):
            self._leave_out("without_agent")
            return
        placed = self.placement.of(conversation)
        if placed is None:
            self._leave_out("not_comparable")
            return
        row = self.rows
        self._who(row, conversation)
        # Weeks from Monday, as people count them.
        self._weeks.append((local_day(conversation.started_at, self.reading.zone).toordinal() - 1) // 7)
        self._under.append(placed.under)
        self._adopts.append(placed.adopts)
        self._customers.append(hashed(pair.customer_key))
        self._started.append(conversation.started_at.timestamp())
        for figure, value in readings_of(pair, self.reading):
            self.figures.setdefault(figure.name, figure)
            self._columns.setdefault(figure.name, Column(nan, "d")).put(row, value)
        self.rows += 1

    def panel(self, figure: Figure) -> Panel:
        """The rows in which a figure is known; of each customer only the first where the figure asks for it."""
        values = self._columns.get(figure.name, Column(nan, "d")).numbers(self.rows)
        chosen = np.flatnonzero(~np.isnan(values))
        if figure.per_customer:
            chosen = self._first_of_customers(chosen)
        rows = np.zeros(self.rows, dtype=bool)
        rows[chosen] = True
        return self._whole(values).chosen(rows)

    def _first_of_customers(self, rows: Ints) -> Ints:
        customers, started = np.array(self._customers)[rows], np.array(self._started)[rows]
        return np.asarray(rows[first_of_each(customers, started, rows)])

    def _whole(self, values: Floats) -> Panel:
        codes = {name: levels.column.fill(self.rows) for name, levels in self._codes.items()}
        mix = [self._mix[name].column.fill(self.rows) for name in sorted(self._mix)]
        return Panel(
            seats=codes["seat"],
            agents=codes["agent"],
            teams=codes["team"],
            weeks=np.array(self._weeks),
            mix=np.column_stack(mix),
            under=np.array(self._under, dtype=bool),
            adopts=np.array(self._adopts, dtype=bool),
            values=values,
        )

    def _who(self, row: int, conversation: Conversation) -> None:
        team = "/".join(conversation.agent.path)
        agent = conversation.agent.id or f"?/{team}"
        product = conversation.product or "" if self.placement.by_product else ""
        named = {"team": team, "agent": agent, "seat": f"{agent}\n{team}\n{product}"}
        for name, value in named.items():
            self._codes.setdefault(name, Levels()).put(row, value)
        for name, value in _mix(conversation):
            self._mix.setdefault(name, Levels()).put(row, value)

    def _leave_out(self, why: str) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1


def readings_of(pair: JudgedConversation, reading: Reading) -> Iterator[tuple[Figure, float]]:
    """The figures of one conversation that are known and asked for."""
    for figure in OUTCOME_FIGURES:
        known = reading.outcome_of(pair.conversation, figure.name) if reading.wants(figure.name) else None
        if known is not None:
            yield figure, float(known)
    for figure, value in (*_heard(pair.analysis), *_conduct(pair.analysis, reading)):
        if reading.wants(figure.name):
            yield figure, value


def _heard(analysis: Analysis) -> Iterable[tuple[Figure, float]]:
    """What the customer said, where it was heard right."""
    if not analysis.misheard:
        yield PLAIN_FIGURES["complaint"], float(analysis.complaint.detected)
        yield PLAIN_FIGURES["refund_request"], float(analysis.refund.detected)


def _conduct(analysis: Analysis, reading: Reading) -> Iterable[tuple[Figure, float]]:
    """What the agent did, where the record is not doubtful."""
    if analysis.doubtful:
        return
    allowed = reading.red_lines
    yield PLAIN_FIGURES["red_line"], float(any(allowed is None or line.id in allowed for line in analysis.red_lines))
    if analysis.score is not None:
        yield SCORE, analysis.score.value
    for step in analysis.steps:
        owed = step.status is not StepStatus.NOT_APPLICABLE
        if owed and (reading.steps is None or step.id in reading.steps):
            yield step_figure(step.id), float(step.status is StepStatus.DONE)


def _mix(conversation: Conversation) -> list[tuple[str, str]]:
    tags: Mapping[str, object] = conversation.tags
    named = [("channel", conversation.channel.value), ("product", conversation.product or "")]
    return [*named, ("stage", conversation.stage or ""), *((f"tags.{key}", str(value)) for key, value in tags.items())]
