"""The lives of topics: what is kept after an update, and the events that it brought."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from qa_service.aggregate.needs.learning import Placing
from qa_service.domain.insight import NeedBounds
from qa_service.domain.metrics import rate
from qa_service.domain.stored_topic import Memory, StoredTopic
from qa_service.domain.topic import TopicEvent, TopicEventKind


def remember(
    placing: Placing, counts: Mapping[str, int], *, at: date, n_conversations: int, bounds: NeedBounds
) -> tuple[Memory, tuple[TopicEvent, ...]]:
    """What is kept after an update on the day `at`, and what happened; `counts` are each topic's conversations."""
    day = at.isoformat()

    def event(kind: TopicEventKind, topic_id: str, others: tuple[str, ...] = ()) -> TopicEvent:
        return TopicEvent(day, kind, topic_id, rate(counts.get(topic_id, 0), n_conversations), others)

    merges = [event(TopicEventKind.MERGED, stays, (goes,)) for stays, goes in placing.merges]
    splits = [event(TopicEventKind.SPLIT, old, (new,)) for old, new in placing.splits]
    lives, kept = [], []
    for topic in placing.memory.topics:
        if topic.id in placing.born and not counts.get(topic.id) and topic.into is None:
            continue
        now = _renewed(topic, counts.get(topic.id, 0), at, bounds)
        kept.append(now)
        if topic.id in placing.born:
            lives.append(event(TopicEventKind.BORN, topic.id))
        elif now.dormant != topic.dormant:
            lives.append(event(TopicEventKind.DORMANT if now.dormant else TopicEventKind.REVIVED, topic.id))
    return replace(placing.memory, topics=tuple(kept)), (*lives, *splits, *merges)


def _renewed(topic: StoredTopic, count: int, at: date, bounds: NeedBounds) -> StoredTopic:
    if count:
        return replace(topic, last_seen=max(topic.last_seen, at.isoformat()), dormant=False)
    silent = at - date.fromisoformat(topic.last_seen) >= timedelta(weeks=bounds.dormant_weeks)
    return replace(topic, dormant=topic.dormant or (silent and topic.stands))
