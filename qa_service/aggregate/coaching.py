"""What one agent's conversations of a period show beside those of colleagues, counted in one pass."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo

from qa_service.aggregate.coached_needs import coached_needs
from qa_service.aggregate.groups import Owed, owed, parts_of, place_of
from qa_service.aggregate.hearing import Hearing
from qa_service.aggregate.means import Moments
from qa_service.aggregate.needs import group_statements
from qa_service.aggregate.shrinkage import as_rate, gap_to, prior_of, product, shrunken, told
from qa_service.aggregate.tally import Foremost, Tally, total
from qa_service.domain.change import Change, Direction, judge_changes
from qa_service.domain.coaching import (
    ApprovedWording,
    CoachedPoint,
    CoachingCase,
    CoachingNeed,
    CoachingPoint,
    CoachingSheet,
    Estimate,
    Grievance,
    Helpful,
    Moved,
    Scores,
)
from qa_service.domain.conversation import Agent
from qa_service.domain.finding import GrievanceFinding
from qa_service.domain.insight import CoachingBounds, NeedBounds
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.metrics import Rate
from qa_service.domain.period import Period, local_day
from qa_service.domain.quote import Quote
from qa_service.domain.score import Score, ScoreState
from qa_service.domain.sop import Sop
from qa_service.errors import NotFound


@dataclass(frozen=True)
class CoachingQuestion:
    """Whom to coach, over which period, in which zone; SOPs give the points of each step."""

    agent_id: str
    period: Period
    zone: tzinfo
    sops: Mapping[str, Sop] = field(default_factory=dict)
    helpful: Mapping[Owed, Helpful] = field(default_factory=dict)
    coached: Sequence[CoachedPoint] = ()
    approved: Sequence[ApprovedWording] = ()


def observe_agent(
    judged: Iterable[JudgedConversation], question: CoachingQuestion, *, bounds: CoachingBounds, needs: NeedBounds
) -> CoachingSheet:
    """Compare an agent with colleagues; raises NotFound when the agent has no conversation in the period."""
    seen = _Observation(question, bounds)
    for pair in judged:
        seen.add(pair)
    if question.agent_id not in seen.counts:
        raise NotFound(f"no analysed conversation of agent {question.agent_id!r} in the period; check id and days")
    return seen.finish(needs)


@dataclass
class _Observation:
    question: CoachingQuestion
    bounds: CoachingBounds
    agent: Agent = field(default_factory=Agent)
    team_of: dict[str, str | None] = field(default_factory=dict)
    # agent -> what -> tally: steps ("step", sop, id) count misses; complaint and refund count themselves.
    counts: dict[str, dict[str, Tally]] = field(default_factory=lambda: defaultdict(dict))
    missed: dict[str, dict[Owed, Tally]] = field(default_factory=lambda: defaultdict(dict))
    done_cases: dict[tuple[str, Owed], Foremost[CoachingCase]] = field(default_factory=dict)
    missed_cases: dict[Owed, Foremost[CoachingCase]] = field(default_factory=dict)
    scores: dict[str, Moments] = field(default_factory=lambda: defaultdict(Moments))
    provisional: list[Score] = field(default_factory=list)
    red_lines: list[tuple[str, Quote]] = field(default_factory=list)
    grievances: list[Grievance] = field(default_factory=list)
    own_heard: Hearing = field(init=False)
    others_heard: Hearing = field(init=False)
    days: list[date] = field(default_factory=list)
    products: set[str | None] = field(default_factory=set)
    since: dict[Owed, Tally] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own_heard, self.others_heard = (Hearing(self.bounds.needs_read, with_answers=True) for _ in range(2))

    def add(self, pair: JudgedConversation) -> None:
        """Count one conversation, if it lies in the period."""
        started, agent_id = pair.conversation.started_at, pair.agent_id
        day = local_day(started, self.question.zone) if started else None
        inside = self.question.period.holds(day) if day else not self.question.period.bounded
        if not agent_id or not inside:
            return
        self.team_of[agent_id] = pair.conversation.agent.team
        self.products.update([pair.conversation.product] if agent_id == self.question.agent_id else [])
        own = agent_id == self.question.agent_id
        self._count(pair)
        self._score(pair)
        if own:
            self.agent = pair.conversation.agent
            self.days.extend([day] if day else [])
        if own and not pair.analysis.doubtful:
            self._look_closer(pair)
            self._follow(pair, day)

    def _follow(self, pair: JudgedConversation, day: date | None) -> None:
        """Points coached before, in what came after."""
        for what, kept in owed(pair.analysis):
            for point in self.question.coached:
                if what == (point.sop, point.kind, point.id) and day and day > point.on:
                    self.since.setdefault(what, Tally(self.bounds.kept_ids)).add(pair.id, happened=not kept)

    def _count(self, pair: JudgedConversation) -> None:
        own = pair.agent_id == self.question.agent_id
        keep = self.bounds.kept_ids if own else 0
        mine = self.counts[pair.agent_id]
        for kind in ("complaint", "refund"):
            mine.setdefault(kind, Tally(keep))
        mine.setdefault("conversations", Tally(keep)).add(pair.id, happened=True)
        if pair.analysis.doubtful:
            return
        mine["complaint"].add(pair.id, happened=pair.analysis.complaint.detected)
        mine["refund"].add(pair.id, happened=pair.analysis.refund.detected)
        for what, kept in owed(pair.analysis):
            self.missed[pair.agent_id].setdefault(what, Tally(keep)).add(pair.id, happened=not kept)
        for what, confidence, case in _done(pair):
            # Of colleagues, only the best case of one is shown.
            held = self.done_cases.setdefault((pair.agent_id, what), Foremost(self.bounds.examples if own else 1))
            held.add((-confidence, case.quote.conversation_id), case)
        (self.own_heard if own else self.others_heard).add(pair)

    def _score(self, pair: JudgedConversation) -> None:
        score = pair.analysis.score
        if score is not None and score.state is ScoreState.SETTLED:
            self.scores[pair.agent_id].add(score.value)
        elif score is not None and pair.agent_id == self.question.agent_id:
            self.provisional.append(score)

    def _look_closer(self, pair: JudgedConversation) -> None:
        """What only the agent in question needs: own misses, red lines, grievances."""
        for what, key, case in _missed(pair):
            self.missed_cases.setdefault(what, Foremost(self.bounds.examples)).add(key, case)
        for line in pair.analysis.red_lines:
            self.red_lines.append((line.id, Quote(pair.id, line.span.turn, line.quote)))
        for finding in (pair.analysis.complaint, pair.analysis.refund):
            if finding.detected:
                self.grievances.append(_grievance(pair, finding))

    def finish(self, needs: NeedBounds) -> CoachingSheet:
        """The sheet, with comparisons judged as one family."""
        me = self.question.agent_id
        colleagues, compared_with = self._colleagues()
        points = self._points(colleagues)
        complaint, refund = self._grievance_changes(colleagues)
        standing = {way: [p for p in points if p.change.direction is way] for way in Direction}
        # What an effect was found of comes first; the points of the SOP rank the rest.
        lower = sorted(standing[Direction.LOWER], key=lambda p: (p.helpful is None, -p.worth.value, p.id))
        higher = sorted(standing[Direction.HIGHER], key=lambda p: (p.helpful is None, p.worth.value, p.id))
        return CoachingSheet(
            agent_id=me,
            agent_name=self.agent.name,
            team=self.agent.team,
            period=self.question.period,
            first_day=min(self.days, default=None),
            last_day=max(self.days, default=None),
            n=self.counts[me]["conversations"].n,
            n_colleagues=sum(self.counts[other]["conversations"].n for other in colleagues),
            n_colleague_agents=len(colleagues),
            compared_with=compared_with,
            scores=self._scores(colleagues),
            points=tuple(points),
            strengths=tuple(higher[: self.bounds.priorities]),
            priorities=tuple(lower[: self.bounds.priorities]),
            red_lines=tuple(sorted(self.red_lines, key=lambda pair: (pair[0], pair[1].conversation_id, pair[1].turn))),
            complaints=self.counts[me]["complaint"].counted(),
            refunds=self.counts[me]["refund"].counted(),
            complaint_change=complaint,
            refund_change=refund,
            grievances=tuple(sorted(self.grievances, key=lambda g: (g.kind, g.conversation_id))),
            needs=self._needs(needs, colleagues),
            conversations=self.counts[me]["conversations"].counted().conversations,
            moved=self._moved(),
        )

    def _needs(self, needs: NeedBounds, colleagues: list[str]) -> tuple[CoachingNeed, ...]:
        stated = [*self.own_heard.statements(), *self.others_heard.statements()]
        topics = group_statements(stated, needs).topics
        answers = self.own_heard.answers() | self.others_heard.answers()
        shelf = [one for one in self.question.approved if one.product is None or one.product in self.products]
        whose = (self.question.agent_id, frozenset(colleagues))
        return coached_needs(topics, whose, answers, self.bounds, approved=shelf)

    def _moved(self) -> tuple[Moved, ...]:
        """Whether points coached before are given more often since, judged as one family.

        Before counts the shrunken share: what was picked because it was low rises a little by itself.
        """
        points = self.question.coached
        since = [self.since.get((point.sop, point.kind, point.id), Tally(0)) for point in points]
        pairs = [(tally.given, as_rate(point.shrunken)) for tally, point in zip(since, points, strict=True)]
        changes = judge_changes(pairs, self.bounds.changes)
        counts = [tally.given_counted() for tally in since]
        return tuple(Moved(*one) for one in zip(points, counts, changes, strict=True))

    def _colleagues(self) -> tuple[list[str], str]:
        """The others of the team where they have enough conversations, else everybody else."""
        me = self.question.agent_id
        others = sorted(agent for agent in self.counts if agent != me)
        team = [agent for agent in others if self.agent.team and self.team_of[agent] == self.agent.team]
        held = sum(self.counts[agent]["conversations"].n for agent in team)
        return (team, "team") if held >= self.bounds.fewest_colleagues else (others, "everyone")

    def _points(self, colleagues: list[str]) -> list[CoachingPoint]:
        me = self.question.agent_id
        whats = sorted(self.missed[me], key=lambda what: place_of(what, self.question.sops))
        pairs = [(self.missed[me][what].given, total(self._kept_by(colleagues, what))) for what in whats]
        changes = judge_changes(pairs, self.bounds.changes)
        return [self._point(what, change, colleagues) for what, change in zip(whats, changes, strict=True)]

    def _kept_by(self, agents: list[str], what: Owed) -> list[Rate]:
        return [self.missed[agent][what].given for agent in agents if what in self.missed[agent]]

    def _point(self, what: Owed, change: Change, colleagues: list[str]) -> CoachingPoint:
        mine, others = change.difference.now, change.difference.before
        pulled = shrunken(mine, prior_of([mine, *self._kept_by(colleagues, what)]))
        gap = gap_to(pulled, others)
        helpful = self.question.helpful.get(what)
        weight = self._weight(what)
        effect = helpful.effect if helpful else Estimate(weight, weight, weight)
        cases = [*self._cases(self.question.agent_id, what), *self._missed_cases(what)]
        cases += self._best_case(what, colleagues)
        own = self.missed[self.question.agent_id][what].given_counted()
        worth = product(Estimate(-gap.value, -gap.high, -gap.low), effect)
        return CoachingPoint(*what, weight, own, told(change, gap), tuple(cases), pulled, gap, worth, helpful)

    def _cases(self, agent: str, what: Owed) -> list[CoachingCase]:
        held = self.done_cases.get((agent, what))
        return held.things() if held else []

    def _missed_cases(self, what: Owed) -> list[CoachingCase]:
        return self.missed_cases[what].things() if what in self.missed_cases else []

    def _best_case(self, what: Owed, colleagues: list[str]) -> list[CoachingCase]:
        """An example of the colleague who most surely gives this (highest lower bound of the interval)."""
        held = [agent for agent in colleagues if (agent, what) in self.done_cases]
        best = max(held, key=lambda agent: (self.missed[agent][what].given.low, agent), default=None)
        if best is None:
            return []
        return [CoachingCase("colleague", case.quote, best) for case in self._cases(best, what)[:1]]

    def _weight(self, what: Owed) -> float:
        return next((part.weight for part in parts_of(what, self.question.sops) if part.id == what[2]), 1.0)

    def _grievance_changes(self, colleagues: list[str]) -> tuple[Change, Change]:
        pairs = []
        for kind in ("complaint", "refund"):
            own = self.counts[self.question.agent_id][kind].rate
            pairs.append((own, total(self.counts[agent][kind].rate for agent in colleagues)))
        changes = judge_changes(pairs, self.bounds.changes)
        return changes[0], changes[1]

    def _scores(self, colleagues: list[str]) -> Scores:
        others = Moments()
        for agent in colleagues:
            others.merge(self.scores[agent])
        return Scores(
            own=self.scores[self.question.agent_id].mean(),
            colleagues=others.mean(),
            provisional=len(self.provisional),
            provisional_low=min((score.low for score in self.provisional), default=None),
            provisional_high=max((score.high for score in self.provisional), default=None),
        )


def _done(pair: JudgedConversation) -> Iterator[tuple[Owed, float, CoachingCase]]:
    """Where this conversation shows how a step or obligation is given."""
    sop = pair.analysis.sop or ""
    for step in pair.analysis.steps:
        if step.status == "done" and step.turns:
            quote = Quote(pair.id, step.turns[0], pair.text_of(step.turns[0]))
            yield (sop, "step", step.id), step.confidence, CoachingCase("good", quote, pair.agent_id)
    for episode in pair.analysis.obligations:
        if episode.met and episode.response_turn is not None:
            quote = Quote(pair.id, episode.response_turn, pair.text_of(episode.response_turn))
            yield (sop, "obligation", episode.id), episode.confidence, CoachingCase("good", quote, pair.agent_id)


def _missed(pair: JudgedConversation) -> Iterator[tuple[Owed, tuple[float, str], CoachingCase]]:
    """Where it lacked: the nearest miss of a step, the trigger that was left without its response."""
    sop = pair.analysis.sop or ""
    for step in pair.analysis.steps:
        if step.status == "missed":
            turn = step.near_miss.turn if step.near_miss else -1
            case = CoachingCase("missed", Quote(pair.id, turn, pair.text_of(turn)), pair.agent_id)
            # Cases that show words come before those where nothing came near.
            yield (sop, "step", step.id), ((0.0 if step.near_miss else 1.0) + step.p_done, pair.id), case
    for episode in pair.analysis.obligations:
        if not episode.met:
            quote = Quote(pair.id, episode.trigger_turn, pair.text_of(episode.trigger_turn))
            key = (-episode.confidence, f"{pair.id}/{episode.trigger_turn:06d}")
            yield (sop, "obligation", episode.id), key, CoachingCase("missed", quote, pair.agent_id)


def _grievance(pair: JudgedConversation, finding: GrievanceFinding) -> Grievance:
    turn = min(finding.turns, default=None)
    promised = sorted(pair.analysis.promises, key=lambda promise: (promise.kind, promise.span))
    promises = [(promise.kind, Quote(pair.id, promise.span.turn, promise.quote)) for promise in promised]
    return Grievance(
        kind=finding.kind,
        reasons=tuple(sorted(reason.id for reason in finding.reasons)),
        quote=Quote(pair.id, turn, pair.text_of(turn)) if turn is not None else None,
        promises=tuple(promises),
        conversation_id=pair.id,
    )
