"""The voice of customers of one week: its counts judged against the weeks before, as one family of questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo

from qa_service.aggregate.emergence import first_heard, judge_emergence
from qa_service.aggregate.needs import group_statements
from qa_service.aggregate.renamed import comparable_from
from qa_service.aggregate.tally import total
from qa_service.aggregate.trends import Side, agent_spread, level_trends, split_change, summed
from qa_service.aggregate.voice_topics import TopicWeeks
from qa_service.aggregate.week_counts import OPENED_BY_GROUP, OPENED_DIMENSIONS, REASONS, count_weeks
from qa_service.domain.change import Direction, judge_changes
from qa_service.domain.counted import Counted, CountRow
from qa_service.domain.emergence import Course, Emergence
from qa_service.domain.insight import NeedBounds, VoiceBounds
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.metrics import Rate, rate
from qa_service.domain.period import week_period, weeks_before
from qa_service.domain.reason import Reason
from qa_service.domain.taxonomy import NO_TAXONOMY, Taxonomy
from qa_service.domain.topic import Topic
from qa_service.domain.trend import LevelTrend
from qa_service.domain.voice import Figure, WeeklyVoice, What
from qa_service.domain.weekly import BASES, CONVERSATION, WHOLE, Stratum, WeekCounts

ALWAYS_SHOWN: tuple[What, ...] = (
    ("complaint",),
    ("refund",),
    ("red_line",),
    ("unanswered",),
    ("passed",),
    ("competitor",),
)
# Their course is told by product, channel and team too.
BY_LEVEL = frozenset({"complaint", "refund", "complaint_reason", "refund_reason", "department"})
TOPIC: What = ("topic",)
ByWeek = Mapping[str, Mapping[Stratum, int]]


def hear_week(
    judged: Iterable[JudgedConversation],
    week: str,
    zone: tzinfo,
    *,
    bounds: VoiceBounds,
    needs: NeedBounds,
    taxonomy: Taxonomy = NO_TAXONOMY,
    reasons: Mapping[str, Reason] | None = None,
) -> WeeklyVoice:
    """Count one ISO week and compare it with the weeks before it, under the names that the taxonomy gives today."""
    weeks = weeks_shown(week, bounds)
    counts = count_weeks(judged, weeks, zone, bounds=bounds, taxonomy=taxonomy, reasons=reasons)
    return judge_week(counts, bounds=bounds, needs=needs, taxonomy=taxonomy)


def weeks_shown(week: str, bounds: VoiceBounds) -> tuple[str, ...]:
    """The weeks that the report of a week shows, oldest first."""
    return (*weeks_before(week, bounds.weeks_shown - 1), week)


def judge_week(
    counts: WeekCounts, *, bounds: VoiceBounds, needs: NeedBounds, taxonomy: Taxonomy = NO_TAXONOMY
) -> WeeklyVoice:
    """All figures of the last of the weeks counted."""
    topics = counts.topics
    if topics is None:
        statements = [one for stated in counts.stated.values() for one in stated.statements]
        topics = group_statements(statements, needs).topics
    return _Week(counts, bounds, taxonomy, TopicWeeks(topics, counts.stated, counts.weeks, bounds)).judged()


@dataclass
class _Week:
    counts: WeekCounts
    bounds: VoiceBounds
    taxonomy: Taxonomy
    topics: TopicWeeks
    happened: dict[What, dict[str, dict[Stratum, int]]] = field(init=False)
    sizes: dict[str, dict[str, dict[Stratum, int]]] = field(init=False)

    def __post_init__(self) -> None:
        self.happened = self.counts.by_what()
        self.sizes = {base: self.counts.sizes(base) for base in (CONVERSATION, *BASES.values())}

    def judged(self) -> WeeklyVoice:
        weeks, emergence = self.counts.weeks, self.topics.emergence()
        shown = self.topics.shown(emergence)
        figures, topic_figures = self._figures(shown)
        found = [self.topics.figure(topic, topic_figures[topic.id], emergence[topic.id]) for topic in shown]
        sizes = self.sizes[CONVERSATION]
        return WeeklyVoice(
            week=weeks[-1],
            period=week_period(weeks[-1]),
            weeks=weeks,
            sizes=tuple(sum(sizes[week].values()) for week in weeks),
            weeks_compared=self.bounds.weeks_before,
            n_customers=self.counts.customers,
            n_agents=self.counts.agents,
            figures=tuple(figures),
            topics=tuple(found[: self.bounds.top]),
            emerging=tuple(one for one in found if one.emergence and one.emergence.emerging),
            levels=tuple(self._levels(shown)),
            groups=tuple(self._groups()),
            quotes=self.counts.quotes,
            n_misheard=self.counts.misheard[weeks[-1]],
        )

    def _figures(self, shown: list[Topic]) -> tuple[list[Figure], dict[str, Figure]]:
        """Figures of everything counted and of the topics shown, as one family."""
        whats = sorted({*self.happened, *ALWAYS_SHOWN})
        series = [self._series(what) for what in whats] + [self.topics.series(topic) for topic in shown]
        days = [comparable_from(what, self.taxonomy) for what in whats]
        told = [self._told_apart(day) for day in days] + [True] * len(shown)
        sides = [self._sides(what) for what in whats] + [self._topic_sides(topic) for topic in shown]
        pairs = [
            (rates[-1], total(rates[-1 - self.bounds.weeks_before : -1]) if ok else rate(0, 0))
            for rates, ok in zip(series, told, strict=True)
        ]
        spreads = [agent_spread(*both, self.bounds.clustered_from) for both in sides]
        changes = [
            change if ok else replace(change, direction=Direction.NOT_COMPARABLE)
            for change, ok in zip(judge_changes(pairs, self.bounds.changes, spreads=spreads), told, strict=True)
        ]
        splits = [split_change(*both) if ok else None for both, ok in zip(sides, told, strict=True)]
        emergence = self._reasons_emerging(whats)
        of_whats = [
            Figure(what, self._counted(what), change, tuple(rates), self._shown_day(day), split, emergence.get(what))
            for what, change, rates, day, split in zip(whats, changes, series, days, splits, strict=False)
        ]
        rest = zip(shown, changes[len(whats) :], series[len(whats) :], splits[len(whats) :], strict=True)
        of_topics = {
            topic.id: Figure((*TOPIC, topic.id), self.topics.counted(topic), change, tuple(rates), None, split)
            for topic, change, rates, split in rest
        }
        return of_whats, of_topics

    def _reasons_emerging(self, whats: Iterable[What]) -> dict[What, Emergence]:
        """Reasons judged together; those that the taxonomy brought within these weeks are new by name only."""
        named = [
            what
            for what in whats
            if what[0] in REASONS and self._shown_day(comparable_from(what, self.taxonomy)) is None
        ]
        sizes = [sum(self.sizes[CONVERSATION][week].values()) for week in self.counts.weeks]
        first = first_heard(sizes)
        weeks, heard = self.counts.weeks[first:], tuple(sizes[first:])
        found = judge_emergence([self._reason_course(what, weeks, heard) for what in named], self.bounds.emergence)
        return dict(zip(named, found, strict=True))

    def _reason_course(self, what: What, weeks: Iterable[str], heard: tuple[int, ...]) -> Course:
        counts = tuple(sum(self.happened.get(what, {}).get(week, {}).values()) for week in weeks)
        return Course(counts, heard, *self.counts.recent.get(what, (0, 0)))

    def _base(self, what: What) -> ByWeek:
        return self.topics.sizes if what[0] == TOPIC[0] else self.sizes[BASES.get(what[0], CONVERSATION)]

    def _sides(self, what: What) -> tuple[Side, Side]:
        return self._both(self.happened.get(what, {}), self._base(what))

    def _topic_sides(self, topic: Topic) -> tuple[Side, Side]:
        """Of topics only a sample may be heard."""
        return self._both(self.topics.by_stratum(topic), self._base(TOPIC))

    def _both(self, happened: ByWeek, sizes: ByWeek) -> tuple[Side, Side]:
        week, earlier = self.counts.weeks[-1], self.counts.weeks[-1 - self.bounds.weeks_before : -1]
        now = (happened.get(week, {}), sizes[week])
        return now, (summed(happened.get(one, {}) for one in earlier), summed(sizes[one] for one in earlier))

    def _series(self, what: What) -> list[Rate]:
        base, since = self._base(what), comparable_from(what, self.taxonomy)
        found = self.happened.get(what, {})
        return [
            rate(sum(found.get(week, {}).values()), sum(base[week].values()))
            if since is None or _monday(week) >= since
            else rate(0, 0)
            for week in self.counts.weeks
        ]

    def _levels(self, shown: list[Topic]) -> list[LevelTrend]:
        counted: dict[What, ByWeek] = {what: found for what, found in self.happened.items() if what[0] in BY_LEVEL}
        counted |= {(*TOPIC, topic.id): self.topics.by_stratum(topic) for topic in shown}
        return level_trends(
            counted,
            self._base,
            self.counts.weeks,
            compared=self.bounds.weeks_before,
            levels_shown=self.bounds.levels_shown,
            changes=self.bounds.changes,
        )

    def _groups(self) -> Iterable[CountRow]:
        """Complaints and refund requests of the week by product, channel and team; a group without any is a zero."""
        week = self.counts.weeks[-1]
        sizes = self.sizes[CONVERSATION][week]
        for what in sorted(OPENED_BY_GROUP):
            found = self.happened.get(what, {}).get(week, {})
            for dimension in OPENED_DIMENSIONS:
                for level in sorted({level for stratum in sizes if (level := getattr(stratum, dimension))}):
                    k, n = (
                        sum(count for stratum, count in kept.items() if getattr(stratum, dimension) == level)
                        for kept in (found, sizes)
                    )
                    ids = self.counts.opened.get((what, (dimension, level)), ())
                    yield CountRow(what, dimension, level, Counted(rate(k, n), ids))

    def _told_apart(self, since: date | None) -> bool:
        """Whether the weeks compared with all know what is counted."""
        return since is None or _monday(self.counts.weeks[-1 - self.bounds.weeks_before]) >= since

    def _shown_day(self, since: date | None) -> date | None:
        """The day, where it lies within the weeks shown."""
        return since if since is not None and since > _monday(self.counts.weeks[0]) else None

    def _counted(self, what: What) -> Counted:
        week = self.counts.weeks[-1]
        k = sum(self.happened.get(what, {}).get(week, {}).values())
        ids = self.counts.opened.get((what, WHOLE), ())
        return Counted(rate(k, sum(self._base(what)[week].values())), ids)


def _monday(week: str) -> date:
    first = week_period(week).first
    assert first is not None
    return first
