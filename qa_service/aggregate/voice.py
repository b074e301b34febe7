"""The voice of customers of one week, counted in one pass over the conversations of that week and those before."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo

from qa_service.aggregate.groups import WHOLE, grievances, groups_of
from qa_service.aggregate.hearing import Hearing
from qa_service.aggregate.needs import group_statements
from qa_service.aggregate.renamed import comparable_from, counted_as
from qa_service.aggregate.tally import Foremost, Tally, total
from qa_service.domain.change import Change, Direction, judge_changes
from qa_service.domain.counted import Counted, CountRow
from qa_service.domain.finding import GrievanceFinding, NeedFinding
from qa_service.domain.insight import NeedBounds, VoiceBounds
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.metrics import Rate, rate
from qa_service.domain.period import iso_week, local_day, week_period, weeks_before
from qa_service.domain.quote import Quote
from qa_service.domain.score import ScoreState
from qa_service.domain.taxonomy import NO_TAXONOMY, Taxonomy
from qa_service.domain.topic import Grouping, Statement, Topic
from qa_service.domain.voice import Figure, TopicFigure, WeeklyVoice, What

# What a share is of: every conversation, those with a settled score, those in which something was asked.
BASES = {"passed": "settled", "unanswered": "asked"}
ASKING = frozenset({"question", "objection"})
OPEN = frozenset({"evaded", "none"})
ALWAYS_SHOWN: tuple[What, ...] = (
    ("complaint",),
    ("refund",),
    ("red_line",),
    ("unanswered",),
    ("passed",),
    ("competitor",),
)


def hear_week(
    judged: Iterable[JudgedConversation],
    week: str,
    zone: tzinfo,
    *,
    bounds: VoiceBounds,
    needs: NeedBounds,
    taxonomy: Taxonomy = NO_TAXONOMY,
) -> WeeklyVoice:
    """Count one ISO week and compare it with the weeks before it, under the names that the taxonomy gives today."""
    weeks = (*weeks_before(week, bounds.weeks_shown - 1), week)
    counts = _Weeks(weeks, zone, bounds, taxonomy)
    for pair in judged:
        counts.add(pair)
    return counts.finish(needs)


@dataclass
class _Weeks:
    weeks: tuple[str, ...]
    zone: tzinfo
    bounds: VoiceBounds
    taxonomy: Taxonomy = NO_TAXONOMY
    occasions: Counter[tuple[str, str]] = field(default_factory=Counter)
    misheard: Counter[str] = field(default_factory=Counter)
    tallies: dict[tuple[str, What], Tally] = field(default_factory=dict)
    groups: dict[tuple[What, str, str], Tally] = field(default_factory=dict)
    quotes: dict[What, Foremost[Quote]] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    heard: dict[str, Hearing] = field(default_factory=dict)
    week_of: dict[str, str] = field(default_factory=dict)

    def add(self, pair: JudgedConversation) -> None:
        """Count one conversation, if it lies in the weeks shown and it is clear who said what."""
        started = pair.conversation.started_at
        week = iso_week(local_day(started, self.zone)) if started else None
        if week is None or week not in self.weeks:
            return
        if pair.analysis.misheard:
            self.misheard[week] += 1
            return
        self.occasions[week, "conversation"] += 1
        self._count(pair, week)
        self.heard.setdefault(week, Hearing(self.bounds.needs_read)).add(pair)
        if week == self.weeks[-1]:
            self._look_closer(pair)

    def _count(self, pair: JudgedConversation, week: str) -> None:
        score = pair.analysis.score
        if score is not None and score.state is ScoreState.SETTLED:
            self.occasions[week, "settled"] += 1
        asked = [need for need in pair.analysis.needs if need.kind in ASKING and need.handled is not None]
        self.occasions[week, "asked"] += bool(asked)
        for what in {now for found in _happened(pair, asked) for now in counted_as(found, self.taxonomy)}:
            keep = self.bounds.kept_ids if week == self.weeks[-1] else 0
            self.tallies.setdefault((week, what), Tally(keep)).add(pair.id, happened=True)

    def _look_closer(self, pair: JudgedConversation) -> None:
        """What only the week itself needs: quotes, groups, distinct people."""
        self.customers.add(pair.customer_key)
        self.agents.add(pair.agent_id)
        for group in groups_of(pair, self.zone):
            if group != WHOLE and group[0] in ("product", "team"):
                for finding in (pair.analysis.complaint, pair.analysis.refund):
                    tally = self.groups.setdefault(((finding.kind,), *group), Tally(self.bounds.kept_ids))
                    tally.add(pair.id, happened=finding.detected)
        for what, confidence, quote in _quotes(pair):
            for now in counted_as(what, self.taxonomy):
                held = self.quotes.setdefault(now, Foremost(self.bounds.quotes))
                held.add((-confidence, quote.conversation_id, quote.turn), quote)

    def finish(self, needs: NeedBounds) -> WeeklyVoice:
        """All figures of the week, judged as one family."""
        week, bounds = self.weeks[-1], self.bounds
        whats = sorted({what for _, what in self.tallies} | set(ALWAYS_SHOWN))
        topics = self._topics_of_week(group_statements(self._statements(), needs))
        series = [self._series(what) for what in whats] + [self._topic_series(topic) for topic in topics]
        pairs = [(rates[-1], total(rates[-1 - bounds.weeks_before : -1])) for rates in series]
        days = [comparable_from(what, self.taxonomy) for what in whats]
        apart = [self._told_apart(day) for day in days] + [True] * len(topics)
        pairs = [(now, before if told else rate(0, 0)) for (now, before), told in zip(pairs, apart, strict=True)]
        changes = judge_changes(pairs, bounds.changes)
        changes = [change if told else _incomparable(change) for change, told in zip(changes, apart, strict=True)]
        counted = [self._counted(what) for what in whats] + [self._topic_counted(topic) for topic in topics]
        named: list[What] = [*whats, *(("topic", topic.id) for topic in topics)]
        since: list[date | None] = [*map(self._shown, days), *(None for _ in topics)]
        figures = [Figure(*parts) for parts in zip(named, counted, changes, map(tuple, series), since, strict=True)]
        pairs_of_topics = zip(topics, figures[len(whats) :], strict=True)
        return WeeklyVoice(
            week=week,
            period=week_period(week),
            weeks=self.weeks,
            sizes=tuple(self.occasions[name, "conversation"] for name in self.weeks),
            weeks_compared=bounds.weeks_before,
            n_customers=len(self.customers),
            n_agents=len(self.agents),
            figures=tuple(figures[: len(whats)]),
            topics=tuple(self._topic_figure(topic, figure) for topic, figure in pairs_of_topics),
            groups=tuple(CountRow(*key, counted=tally.counted()) for key, tally in sorted(self.groups.items())),
            quotes={what: tuple(held.things()) for what, held in sorted(self.quotes.items())},
            n_misheard=self.misheard[week],
        )

    def _statements(self) -> list[Statement]:
        """What was stated in the conversations heard; shares of topics are of these."""
        found: list[Statement] = []
        for week, heard in self.heard.items():
            stated = heard.statements()
            found += stated
            self.week_of |= dict.fromkeys((statement.conversation_id for statement in stated), week)
            self.occasions[week, "heard"] = heard.n
        return found

    def _series(self, what: What) -> list[Rate]:
        empty = Tally(0)
        base, since = BASES.get(what[0], "conversation"), comparable_from(what, self.taxonomy)
        known = [since is None or _monday(week) >= since for week in self.weeks]
        counts = [(self.tallies.get((week, what), empty).k, self.occasions[week, base]) for week in self.weeks]
        return [rate(k, n) if told else rate(0, 0) for (k, n), told in zip(counts, known, strict=True)]

    def _told_apart(self, since: date | None) -> bool:
        """Whether the weeks compared with all know what is counted."""
        return since is None or _monday(self.weeks[-1 - self.bounds.weeks_before]) >= since

    def _shown(self, since: date | None) -> date | None:
        """The day, where it lies within the weeks shown."""
        return since if since is not None and since > _monday(self.weeks[0]) else None

    def _counted(self, what: What) -> Counted:
        tally = self.tallies.get((self.weeks[-1], what), Tally(0))
        return tally.counted(self.occasions[self.weeks[-1], BASES.get(what[0], "conversation")])

    def _topics_of_week(self, grouping: Grouping) -> list[Topic]:
        """The topics stated most often this week."""
        sizes = {topic.id: len(self._in_week(topic, self.weeks[-1])) for topic in grouping.topics}
        ranked = sorted(grouping.topics, key=lambda topic: (-sizes[topic.id], topic.id))
        return [topic for topic in ranked if sizes[topic.id]][: self.bounds.top]

    def _in_week(self, topic: Topic, week: str) -> set[str]:
        return {member.conversation_id for member in topic.members if self.week_of[member.conversation_id] == week}

    def _topic_series(self, topic: Topic) -> list[Rate]:
        seen = Counter(self.week_of[conversation_id] for conversation_id in topic.conversations)
        return [rate(seen[week], self.occasions[week, "heard"]) for week in self.weeks]

    def _topic_counted(self, topic: Topic) -> Counted:
        week = self.weeks[-1]
        ids = sorted(self._in_week(topic, week))
        return Counted(rate(len(ids), self.occasions[week, "heard"]), tuple(ids[: self.bounds.kept_ids]))

    def _topic_figure(self, topic: Topic, figure: Figure) -> TopicFigure:
        mine = [member for member in topic.members if self.week_of[member.conversation_id] == self.weeks[-1]]
        asked = [member for member in mine if member.kind in ASKING and member.handled is not None]
        answered = rate(sum(member.handled not in OPEN for member in asked), len(asked))
        ids = sorted({member.conversation_id for member in asked if member.handled in OPEN})
        among = len({member.conversation_id for member in asked})
        open_in = Counted(rate(len(ids), among), tuple(ids[: self.bounds.kept_ids]))
        return TopicFigure(topic, figure, answered, open_in, _distinct_quotes(mine, self.bounds.quotes))


def _monday(week: str) -> date:
    first = week_period(week).first
    assert first is not None
    return first


def _incomparable(change: Change) -> Change:
    return replace(change, direction=Direction.NOT_COMPARABLE)


def _happened(pair: JudgedConversation, asked: Sequence[NeedFinding]) -> Iterator[What]:
    analysis = pair.analysis
    for kind, reason in grievances(analysis):
        yield (f"{kind}_reason", reason) if reason else (kind,)
    for line in () if analysis.doubtful else analysis.red_lines:
        yield ("red_line",)
        yield "red_line", line.id
    for promise in analysis.promises:
        yield "promise", promise.kind
    for competitor in analysis.competitors:
        yield ("competitor",)
        yield "competitor", competitor.quote
        yield "stance", competitor.stance
    if any(need.handled in OPEN for need in asked):
        yield ("unanswered",)
    if analysis.score is not None and analysis.score.state is ScoreState.SETTLED and analysis.score.passed:
        yield ("passed",)


def _quotes(pair: JudgedConversation) -> Iterator[tuple[What, float, Quote]]:
    analysis = pair.analysis
    for finding in (analysis.complaint, analysis.refund):
        yield from _grievance_quotes(pair, finding)
    for line in () if analysis.doubtful else analysis.red_lines:
        yield ("red_line", line.id), line.confidence, Quote(pair.id, line.span.turn, line.quote)
    for competitor in analysis.competitors:
        turn = competitor.span.turn
        yield ("competitor", competitor.quote), competitor.confidence, Quote(pair.id, turn, pair.text_of(turn))


def _grievance_quotes(pair: JudgedConversation, finding: GrievanceFinding) -> Iterator[tuple[What, float, Quote]]:
    for reason in finding.reasons if finding.detected else ():
        turn = min(reason.turns or finding.turns, default=None)
        if turn is not None:
            yield (f"{finding.kind}_reason", reason.id), reason.confidence, Quote(pair.id, turn, pair.text_of(turn))


def _distinct_quotes(members: Sequence[Statement], count: int) -> tuple[Quote, ...]:
    chosen: dict[str, Quote] = {}
    for member in sorted(members, key=lambda m: (len(m.text) < 4, m.conversation_id, m.turn)):
        chosen.setdefault(member.text, Quote(member.conversation_id, member.turn, member.text))
    return tuple(chosen.values())[:count]
