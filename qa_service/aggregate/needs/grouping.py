"""Statements at hand to topics: known topics first, only the rest is grouped anew."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from qa_service.aggregate.needs.learning import Learner, Placing
from qa_service.aggregate.needs.naming import Candidate, typical
from qa_service.aggregate.needs.space import Space, plain, shipped_space
from qa_service.domain.insight import NeedBounds
from qa_service.domain.stored_topic import Memory
from qa_service.domain.topic import Grouping, Statement, Topic

CHUNK = 5000


def group_statements(
    statements: Sequence[Statement], bounds: NeedBounds, memory: Memory | None = None, *, space: Space | None = None
) -> Grouping:
    """Group statements into topics; those of the topics remembered keep their ids and names."""
    learner = Learner(bounds, space or shipped_space(), memory or Memory())
    for chunk in chunks(statements):
        learner.learn(chunk)
    return grouping_of(statements, learner.finish(), bounds)


def chunks(statements: Sequence[Statement]) -> Iterator[Sequence[Statement]]:
    """The statements, some thousands at a time, in an order that does not depend on theirs."""
    ranked = sorted(statements, key=_order)
    return (ranked[at : at + CHUNK] for at in range(0, len(ranked), CHUNK))


def grouping_of(statements: Sequence[Statement], placing: Placing, bounds: NeedBounds) -> Grouping:
    """The statements by the topics they were placed in; a new topic that recurs too rarely after all is none."""
    members: dict[str | None, list[Statement]] = defaultdict(list)
    for chunk in chunks(statements):
        for statement, topic_id in zip(chunk, placing.place(chunk), strict=True):
            members[topic_id].append(statement)
    topics = []
    for stored in placing.memory.topics:
        mine = members.pop(stored.id, [])
        if mine:
            quotes = placing.quotes.get(stored.id) or _quotes(mine, placing, bounds)
            topics.append(Topic(stored.id, stored.label, stored.keywords, tuple(mine), quotes))
    topics.sort(key=lambda topic: (-len(topic.conversations), -len(topic.members), topic.id))
    return Grouping(tuple(topics), tuple(members.pop(None, [])))


def _quotes(members: Sequence[Statement], placing: Placing, bounds: NeedBounds) -> tuple[str, ...]:
    """Typical ones of a few hundred statements."""
    by_text: dict[str, list[Statement]] = defaultdict(list)
    for member in members[:: max(1, len(members) // 200)]:
        by_text[plain(member.text)].append(member)
    points = placing.space.vectors(list(by_text))
    said = zip(by_text.items(), points, strict=True)
    return typical([Candidate(ones[0].text, text, len(ones), point) for (text, ones), point in said])[: bounds.quotes]


def _order(statement: Statement) -> tuple[str, str, int, str]:
    return plain(statement.text), statement.conversation_id, statement.turn, statement.text
