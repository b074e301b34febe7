"""What suggestions are made from, gathered in one pass: adherence, quotes, open questions, promises."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from qa_service.domain.effect import Target, TargetKind
from qa_service.domain.finding import StepFinding, StepStatus
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.metrics import Rate, rate
from qa_service.domain.quote import Quote
from qa_service.domain.topic import Statement, Topic, statements_of
from qa_service.domain.weighed import Weighed

# Agents with whom this share of what is missed lies are those who miss it.
MOST_OF_IT = 0.7


@dataclass
class SopEvidence:
    """The conversations of one SOP, as far as suggestions need them; `keep` quotes for each target."""

    sop_id: str
    keep: int
    n: int = 0
    done: Counter[str] = field(default_factory=Counter)
    owed: Counter[str] = field(default_factory=Counter)
    quotes: dict[Target, list[tuple[tuple[float, str], Quote]]] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    answers: dict[tuple[str, int], str] = field(default_factory=dict)
    teams: Counter[str] = field(default_factory=Counter)
    missed_by: dict[str, Counter[str]] = field(default_factory=dict)
    missed_in: dict[str, Counter[str]] = field(default_factory=dict)
    agents: set[str] = field(default_factory=set)
    places: dict[str, list[float]] = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None

    def add(self, pair: JudgedConversation) -> None:
        """Take one conversation; those of other SOPs and doubtful ones are passed over."""
        if pair.analysis.sop != self.sop_id or pair.analysis.doubtful:
            return
        self.n += 1
        self._count_where(pair)
        for step in pair.analysis.steps:
            self._count_step(pair, step)
        for promise in pair.analysis.promises:
            quote = Quote(pair.id, promise.span.turn, promise.quote)
            self._quote(Target(TargetKind.PHRASE, f"promise/{promise.kind}"), promise.confidence, quote)
        for statement in statements_of(pair):
            self.statements.append(statement)
            if statement.handled == "answered" and statement.response_turn is not None:
                self.answers[pair.id, statement.turn] = pair.text_of(statement.response_turn)

    def _count_step(self, pair: JudgedConversation, step: StepFinding) -> None:
        if step.status is StepStatus.NOT_APPLICABLE:
            return
        self.owed[step.id] += 1
        if step.status is StepStatus.MISSED:
            self.missed_by.setdefault(step.id, Counter())[pair.agent_id] += 1
            self.missed_in.setdefault(step.id, Counter())[pair.conversation.agent.team or ""] += 1
            return
        self.done[step.id] += 1
        if step.turns:
            turn = step.turns[0]
            place = self.places.setdefault(step.id, [0.0, 0.0])
            place[0] += turn / max(1, len(pair.conversation.turns) - 1)
            place[1] += 1
            self._quote(Target(TargetKind.STEP, step.id), step.confidence, Quote(pair.id, turn, pair.text_of(turn)))

    def own(self, topics: Sequence[Topic]) -> list[Topic]:
        """The topics of all conversations, each with the statements made under this SOP alone."""
        ids = {statement.conversation_id for statement in self.statements}
        mine = [replace(t, members=tuple(m for m in t.members if m.conversation_id in ids)) for t in topics]
        return [topic for topic in mine if topic.members]

    def adherence(self, step_id: str) -> Rate:
        """How often a step was done where it was owed."""
        return rate(self.done[step_id], self.owed[step_id])

    def examples(self, target: Target) -> tuple[Quote, ...]:
        """The surest quotes of a target, no two with the same words."""
        distinct: dict[str, Quote] = {}
        for _, quote in sorted(self.quotes.get(target, ()), key=lambda pair: pair[0]):
            distinct.setdefault(quote.text, quote)
        return tuple(distinct.values())[: self.keep]

    def place(self, step_id: str) -> float | None:
        """Where in a conversation a step is usually begun, from 0 to 1."""
        total, count = self.places.get(step_id, (0.0, 0.0))
        return total / count if count else None

    def weeks(self) -> float | None:
        """How long the conversations span, in weeks; None where nobody knows."""
        if self.first_day is None or self.last_day is None:
            return None
        return ((self.last_day - self.first_day).days + 1) / 7

    def few_who_miss(self, step_id: str, few: float) -> tuple[str, ...]:
        """The agents with whom most of what is missed lies, the worst first; none where they are more than a few."""
        missed = self.missed_by.get(step_id, Counter())
        ranked = sorted((-count, agent) for agent, count in missed.items() if agent)
        worst: list[str] = []
        held = 0
        for count, agent in ranked:
            if held >= MOST_OF_IT * missed.total():
                break
            held -= count
            worst.append(agent)
        return tuple(worst) if held >= MOST_OF_IT * missed.total() and len(worst) <= few * len(self.agents) else ()

    def _count_where(self, pair: JudgedConversation) -> None:
        self.teams[pair.conversation.agent.team or ""] += 1
        if pair.agent_id:
            self.agents.add(pair.agent_id)
        started = pair.conversation.started_at
        if started is not None:
            day = started.date()
            self.first_day = min(self.first_day or day, day)
            self.last_day = max(self.last_day or day, day)

    def _quote(self, target: Target, confidence: float, quote: Quote) -> None:
        held = self.quotes.setdefault(target, [])
        held.append(((-confidence, quote.conversation_id), quote))
        if len(held) > 20 * self.keep:
            held.sort(key=lambda pair: pair[0])
            del held[10 * self.keep :]


@dataclass(frozen=True)
class Numbers:
    """All that the suggestions of one SOP rest on."""

    evidence: SopEvidence
    weighed: Weighed
    topics: Sequence[Topic]
