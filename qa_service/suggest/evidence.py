"""What suggestions are made from, gathered in one pass: adherence, quotes, open questions, promises."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from qa_service.domain.effect import Effect, Target, TargetKind
from qa_service.domain.finding import StepStatus
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.metrics import Rate, rate
from qa_service.domain.quote import Quote
from qa_service.domain.topic import Statement, Topic, statements_of


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

    def add(self, pair: JudgedConversation) -> None:
        """Take one conversation; those of other SOPs and doubtful ones are passed over."""
        if pair.analysis.sop != self.sop_id or pair.analysis.doubtful:
            return
        self.n += 1
        for step in pair.analysis.steps:
            if step.status is not StepStatus.NOT_APPLICABLE:
                self.owed[step.id] += 1
                self.done[step.id] += step.status is StepStatus.DONE
            if step.status is StepStatus.DONE and step.turns:
                turn = step.turns[0]
                self._quote(Target(TargetKind.STEP, step.id), step.confidence, Quote(pair.id, turn, pair.text_of(turn)))
        for promise in pair.analysis.promises:
            quote = Quote(pair.id, promise.span.turn, promise.quote)
            self._quote(Target(TargetKind.PHRASE, f"promise/{promise.kind}"), promise.confidence, quote)
        for statement in statements_of(pair):
            self.statements.append(statement)
            if statement.handled == "answered" and statement.response_turn is not None:
                self.answers[pair.id, statement.turn] = pair.text_of(statement.response_turn)

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

    def _quote(self, target: Target, confidence: float, quote: Quote) -> None:
        held = self.quotes.setdefault(target, [])
        held.append(((-confidence, quote.conversation_id), quote))
        if len(held) > 20 * self.keep:
            held.sort(key=lambda pair: pair[0])
            del held[10 * self.keep :]


@dataclass(frozen=True)
class Numbers:
    """All that the suggestions of one SOP rest on; `later` are effects in the latest part of the time alone."""

    evidence: SopEvidence
    effects: Sequence[Effect]
    later: Sequence[Effect]
    topics: Sequence[Topic]

    def effects_on(self, target: Target, outcomes: Iterable[str]) -> list[Effect]:
        """The effects of a target on some outcomes, the surest first."""
        wanted = set(outcomes)
        mine = [e for e in self.effects if e.target == target and e.outcome in wanted]
        return sorted(mine, key=lambda e: (e.q_value if e.q_value is not None else 1.0, e.outcome))

    def sign_kept(self, effect: Effect) -> bool:
        """Whether the effect points the same way in the latest part of the time; unknown is no."""
        signs: Mapping[tuple[Target, str], float | None] = {(e.target, e.outcome): e.effect for e in self.later}
        later = signs.get((effect.target, effect.outcome))
        return later is not None and effect.effect is not None and later * effect.effect > 0
