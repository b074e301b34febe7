"""The topics of a week: how often each was stated, where it was left open, and whether it is new."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qa_service.aggregate.emergence import first_heard, judge_emergence
from qa_service.domain.counted import Counted
from qa_service.domain.emergence import Course, Emergence
from qa_service.domain.insight import VoiceBounds
from qa_service.domain.metrics import Rate, rate
from qa_service.domain.quote import Quote
from qa_service.domain.topic import ASKING, OPEN, Statement, Topic
from qa_service.domain.voice import Figure, TopicFigure
from qa_service.domain.weekly import Stated, Stratum


@dataclass
class TopicWeeks:
    """All topics over the weeks shown; shares are of the conversations heard."""

    topics: Sequence[Topic]
    stated: Mapping[str, Stated]
    weeks: tuple[str, ...]
    bounds: VoiceBounds
    week_of: dict[str, str] = field(init=False)
    strata: dict[str, Stratum] = field(init=False)

    def __post_init__(self) -> None:
        self.week_of, self.strata = {}, {}
        for week, stated in self.stated.items():
            self.week_of |= dict.fromkeys((one.conversation_id for one in stated.statements), week)
            self.strata |= stated.strata

    def emergence(self) -> dict[str, Emergence]:
        """Of every topic, judged together: whether it is new or grows fast, from the week with the first heard on."""
        weeks = self.weeks[first_heard([self.heard(week) for week in self.weeks]) :]
        found = judge_emergence([self._course(topic, weeks) for topic in self.topics], self.bounds.emergence)
        return {topic.id: one for topic, one in zip(self.topics, found, strict=True)}

    def shown(self, emerging: Mapping[str, Emergence]) -> list[Topic]:
        """The topics stated most often in the last week, then those that emerge."""
        sizes = {topic.id: len(self.in_week(topic, self.weeks[-1])) for topic in self.topics}
        ranked = sorted(self.topics, key=lambda topic: (-sizes[topic.id], topic.id))
        alive = [topic for topic in ranked if sizes[topic.id]]
        return alive[: self.bounds.top] + [topic for topic in alive[self.bounds.top :] if emerging[topic.id].emerging]

    @property
    def sizes(self) -> dict[str, Mapping[Stratum, int]]:
        """How many conversations were heard, by week and stratum."""
        return {week: self.stated.get(week, Stated()).sizes for week in self.weeks}

    def heard(self, week: str) -> int:
        """How many conversations of a week were heard."""
        return self.stated.get(week, Stated()).n

    def in_week(self, topic: Topic, week: str) -> set[str]:
        """The conversations of a week that state it."""
        return {one.conversation_id for one in topic.members if self.week_of[one.conversation_id] == week}

    def series(self, topic: Topic) -> list[Rate]:
        """Its share in each week."""
        seen = Counter(self.week_of[conversation_id] for conversation_id in topic.conversations)
        return [rate(seen[week], self.heard(week)) for week in self.weeks]

    def by_stratum(self, topic: Topic) -> dict[str, dict[Stratum, int]]:
        """The conversations that state it, by week and stratum."""
        found: dict[str, Counter[Stratum]] = {week: Counter() for week in self.weeks}
        for conversation_id in topic.conversations:
            found[self.week_of[conversation_id]][self.strata[conversation_id]] += 1
        return {week: dict(counts) for week, counts in found.items()}

    def counted(self, topic: Topic) -> Counted:
        """Its count in the last week."""
        ids = sorted(self.in_week(topic, self.weeks[-1]))
        return Counted(rate(len(ids), self.heard(self.weeks[-1])), tuple(ids[: self.bounds.kept_ids]))

    def figure(self, topic: Topic, figure: Figure, emergence: Emergence) -> TopicFigure:
        """The topic with its figure, how it was answered, and customers' words."""
        mine = [member for member in topic.members if self.week_of[member.conversation_id] == self.weeks[-1]]
        asked = [member for member in mine if member.kind in ASKING and member.handled is not None]
        answered = rate(sum(member.handled not in OPEN for member in asked), len(asked))
        ids = sorted({member.conversation_id for member in asked if member.handled in OPEN})
        among = len({member.conversation_id for member in asked})
        open_in = Counted(rate(len(ids), among), tuple(ids[: self.bounds.kept_ids]))
        quotes = _distinct_quotes(mine, self.bounds.quotes)
        return TopicFigure(topic, figure, answered, open_in, quotes, emergence)

    def _course(self, topic: Topic, weeks: Sequence[str]) -> Course:
        customers: dict[str, set[str]] = {week: set() for week in weeks}
        agents: set[str] = set()
        recent = weeks[-self.bounds.emergence.recent_weeks :]
        for member in topic.members:
            week = self.week_of[member.conversation_id]
            customers[week].add(member.customer_key)
            if week in recent:
                agents.add(member.agent_id)
        lately = set().union(*(customers[week] for week in recent))
        counts = tuple(len(customers[week]) for week in weeks)
        return Course(counts, tuple(self.heard(week) for week in weeks), len(lately), len(agents))


def _distinct_quotes(members: Sequence[Statement], count: int) -> tuple[Quote, ...]:
    chosen: dict[str, Quote] = {}
    for member in sorted(members, key=lambda m: (len(m.text) < 4, m.conversation_id, m.turn)):
        chosen.setdefault(member.text, Quote(member.conversation_id, member.turn, member.text))
    return tuple(chosen.values())[:count]
