"""All agents of a team beside each other: what differs by more than chance, and no ranking."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from math import sqrt

from scipy import stats

from qa_service.aggregate.groups import Owed, owed, place_of
from qa_service.aggregate.means import Moments, error_of
from qa_service.aggregate.shrinkage import gap_to, prior_of, shrunken, shrunken_means, told
from qa_service.aggregate.tally import Tally, total
from qa_service.domain.change import Direction, judge_changes
from qa_service.domain.coaching import Estimate, Mean, TeamCell, TeamRow, TeamSheet, TeamStep
from qa_service.domain.comparison import false_discovery
from qa_service.domain.insight import CoachingBounds
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.metrics import Rate
from qa_service.domain.period import Period, local_day
from qa_service.domain.score import ScoreState
from qa_service.domain.sop import Sop
from qa_service.errors import NotFound


@dataclass(frozen=True)
class TeamQuestion:
    """Which team, over which period, in which zone; SOPs tell the order of steps."""

    team: str
    period: Period
    zone: tzinfo
    sops: Mapping[str, Sop] = field(default_factory=dict)


def observe_team(judged: Iterable[JudgedConversation], question: TeamQuestion, *, bounds: CoachingBounds) -> TeamSheet:
    """The agents of a team; raises NotFound when the team has no conversation in the period."""
    seen = _Observation(question, bounds)
    for pair in judged:
        seen.add(pair)
    if not seen.agents:
        raise NotFound(f"no analysed conversation of team {question.team!r} in the period; check team and days")
    return seen.finish()


@dataclass
class _Observation:
    question: TeamQuestion
    bounds: CoachingBounds
    agents: dict[str, str | None] = field(default_factory=dict)
    counts: dict[str, dict[str, Tally]] = field(default_factory=lambda: defaultdict(dict))
    missed: dict[Owed, dict[str, Tally]] = field(default_factory=lambda: defaultdict(dict))
    scores: dict[str, Moments] = field(default_factory=lambda: defaultdict(Moments))
    days: list[date] = field(default_factory=list)

    def add(self, pair: JudgedConversation) -> None:
        """Count one conversation of the team, if it lies in the period."""
        started, agent = pair.conversation.started_at, pair.agent_id
        day = local_day(started, self.question.zone) if started else None
        inside = self.question.period.holds(day) if day else not self.question.period.bounded
        if not agent or not inside or pair.conversation.agent.team != self.question.team:
            return
        self.agents[agent] = pair.conversation.agent.name or self.agents.get(agent)
        self._see(day)
        mine, keep = self.counts[agent], self.bounds.kept_ids
        mine.setdefault("conversations", Tally(0)).add(pair.id, happened=True)
        for finding in (pair.analysis.complaint, pair.analysis.refund):
            tally = mine.setdefault(finding.kind, Tally(keep))
            if not pair.analysis.doubtful:
                tally.add(pair.id, happened=finding.detected)
        for what, kept in owed(pair.analysis):
            self.missed[what].setdefault(agent, Tally(keep)).add(pair.id, happened=not kept)
        score = pair.analysis.score
        if score is not None and score.state is ScoreState.SETTLED:
            self.scores[agent].add(score.value)

    def _see(self, day: date | None) -> None:
        if day:
            self.days = [min([*self.days, day]), max([*self.days, day])]

    def finish(self) -> TeamSheet:
        """The sheet; steps are judged as one family, scores as another."""
        rows = self._rows()
        return TeamSheet(
            team=self.question.team,
            period=self.question.period,
            first_day=min(self.days, default=None),
            last_day=max(self.days, default=None),
            n=sum(row.n for row in rows),
            rows=rows,
            steps=self._steps(),
        )

    def _rows(self) -> tuple[TeamRow, ...]:
        agents = sorted(self.agents)
        means = [self.scores[agent].mean() for agent in agents]
        others = [self._others(agent) for agent in agents]
        directions = _directions(means, others, self.bounds)
        rows = zip(agents, means, shrunken_means(means), directions, strict=True)
        return tuple(self._row(*row) for row in rows)

    def _row(self, agent: str, mean: Mean, pulled: Estimate | None, direction: Direction) -> TeamRow:
        counts = self.counts[agent]
        complaints, refunds = counts["complaint"].counted(), counts["refund"].counted()
        n = counts["conversations"].n
        return TeamRow(agent, self.agents[agent], n, mean, pulled, direction, complaints, refunds)

    def _others(self, agent: str) -> Mean:
        together = Moments()
        for other in self.agents:
            if other != agent:
                together.merge(self.scores[other])
        return together.mean()

    def _steps(self) -> tuple[TeamStep, ...]:
        whats = sorted(self.missed, key=lambda what: place_of(what, self.question.sops))
        pairs = [self._pair(what, agent) for what in whats for agent in sorted(self.missed[what])]
        changes = iter(judge_changes(pairs, self.bounds.changes))
        found = []
        for what in whats:
            rates = {agent: tally.given for agent, tally in sorted(self.missed[what].items())}
            prior = prior_of(list(rates.values()))
            cells = []
            for agent, own in rates.items():
                change, pulled = next(changes), shrunken(own, prior)
                gap = gap_to(pulled, change.difference.before)
                counted = self.missed[what][agent].given_counted()
                cells.append(TeamCell(agent, counted, pulled, told(change, gap).direction))
            found.append(TeamStep(*what, total(rates.values()), tuple(cells)))
        return tuple(found)

    def _pair(self, what: Owed, agent: str) -> tuple[Rate, Rate]:
        rates = {other: tally.given for other, tally in self.missed[what].items()}
        own = rates.pop(agent)
        return own, total(rates.values())


def _directions(means: Sequence[Mean], others: Sequence[Mean], bounds: CoachingBounds) -> list[Direction]:
    """Each agent's mean against that of the others (Welch), as one family; too few settled scores say nothing."""
    p_values = [_welch(own, other, bounds) for own, other in zip(means, others, strict=True)]
    found = []
    for own, other, q in zip(means, others, false_discovery(p_values), strict=True):
        if q is None:
            found.append(Direction.NOT_ENOUGH_DATA)
        elif q > bounds.changes.significant_q:
            found.append(Direction.NO_CLEAR_CHANGE)
        else:
            found.append(Direction.HIGHER if (own.value or 0.0) > (other.value or 0.0) else Direction.LOWER)
    return found


def _welch(own: Mean, other: Mean, bounds: CoachingBounds) -> float | None:
    if min(own.n, other.n) < bounds.changes.fewest or own.low is None or other.low is None:
        return None
    means = [mean.value or 0.0 for mean in (own, other)]
    spreads = [_deviation(mean) for mean in (own, other)]
    test = stats.ttest_ind_from_stats(means[0], spreads[0], own.n, means[1], spreads[1], other.n, equal_var=False)
    return float(test.pvalue)


def _deviation(mean: Mean) -> float:
    """The standard deviation of the values, from the interval of their mean; never quite nothing."""
    return max(error_of(mean) * sqrt(mean.n), 0.5)
