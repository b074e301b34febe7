"""Topics from run to run: what is kept of them, and the events in their lives."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from qa_service.aggregate.needs.vectors import plain
from qa_service.domain.insight import NeedBounds
from qa_service.domain.metrics import rate
from qa_service.domain.stored_topic import Exemplar, StoredTopic
from qa_service.domain.topic import Grouping, Topic, TopicEvent, TopicEventKind


def remember(
    grouping: Grouping, known: Sequence[StoredTopic], *, at: date, n_conversations: int, bounds: NeedBounds
) -> tuple[tuple[StoredTopic, ...], tuple[TopicEvent, ...]]:
    """The topics to keep after a run on the day `at`, and what happened to them."""
    seen = {topic.id: topic for topic in grouping.topics}
    events: list[TopicEvent] = []
    kept: list[StoredTopic] = []

    def note(kind: TopicEventKind, topic_id: str, count: int) -> None:
        events.append(TopicEvent(at.isoformat(), kind, topic_id, rate(count, n_conversations)))

    for old in known:
        topic = seen.pop(old.id, None)
        asleep = topic is None and _asleep(old, at, bounds)
        if topic is not None and old.dormant:
            note(TopicEventKind.REVIVED, old.id, len(topic.conversations))
        if asleep and not old.dormant:
            note(TopicEventKind.DORMANT, old.id, 0)
        kept.append(_renewed(old, topic, at, asleep or (old.dormant and topic is None), bounds))
    for topic in seen.values():
        note(TopicEventKind.BORN, topic.id, len(topic.conversations))
        exemplars = _exemplars(topic, (), bounds.kept_exemplars)
        kept.append(StoredTopic(topic.id, topic.label, topic.keywords, exemplars, at.isoformat(), at.isoformat()))
    return tuple(kept), tuple(events)


def _asleep(topic: StoredTopic, at: date, bounds: NeedBounds) -> bool:
    return at - date.fromisoformat(topic.last_seen) >= timedelta(weeks=bounds.dormant_weeks)


def _renewed(old: StoredTopic, topic: Topic | None, at: date, dormant: bool, bounds: NeedBounds) -> StoredTopic:
    if topic is None:
        return replace(old, dormant=dormant)
    exemplars = _exemplars(topic, old.exemplars, bounds.kept_exemplars)
    last_seen = max(old.last_seen, at.isoformat())
    return replace(old, exemplars=exemplars, last_seen=last_seen, dormant=False)


def _exemplars(topic: Topic, old: Sequence[Exemplar], count: int) -> tuple[Exemplar, ...]:
    """The old ones stay, so that a topic does not drift; free places go to distinct new statements."""
    chosen = list(old)
    texts = {plain(one.text) for one in chosen}
    for member in topic.members:
        if len(chosen) >= count:
            break
        if plain(member.text) not in texts:
            texts.add(plain(member.text))
            chosen.append(Exemplar(member.text, member.conversation_id))
    return tuple(chosen)
