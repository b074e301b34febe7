"""What people decide about topics: a name, a merger, a division, and taking back what a person or the machine did.

Each decision is one event and the topics it changes. It holds for ever: what was merged stays merged (must-link), what
was taken apart is never merged by machine again (cannot-link).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from qa_service.domain.metrics import Rate
from qa_service.domain.stored_topic import Exemplar, StoredTopic
from qa_service.domain.topic import TopicEvent, TopicEventKind
from qa_service.errors import Conflict, InvalidInput, NotFound

LONGEST_LABEL = 60
Topics = Mapping[str, StoredTopic]


@dataclass(frozen=True, slots=True)
class Decision:
    """The topics as they are after it, what happened, and what undoing it restores."""

    changed: tuple[StoredTopic, ...]
    event: TopicEvent
    before: Mapping[str, Any]


def rename(topics: Topics, topic_id: str, *, label: str, definition: str, by: str, at: date) -> Decision:
    """Give a topic a name, and say what belongs to it."""
    topic, label = _standing(topics, topic_id), label.strip()
    if not label or len(label) > LONGEST_LABEL:
        raise InvalidInput(f"a topic's label has 1 to {LONGEST_LABEL} characters")
    if any(other.label == label and other.stands and other.id != topic_id for other in topics.values()):
        raise Conflict(f"another topic is called {label} already; merge the two, or choose another label")
    before = {"label": topic.label, "definition": topic.definition, "named_by": topic.named_by}
    now = _next(topic, label=label, definition=definition or topic.definition, named_by=by)
    return Decision((now,), _happened(TopicEventKind.RENAMED, topic_id, at), before)


def merge(topics: Topics, topic_id: str, into: str, *, at: date) -> Decision:
    """Let one topic go into another, which keeps its id and its name."""
    if topic_id == into:
        raise InvalidInput("a topic cannot be merged into itself")
    goes, stays = _standing(topics, topic_id), _standing(topics, into)
    together = tuple(one for one in goes.apart if one != into), tuple(one for one in stays.apart if one != topic_id)
    changed = (_next(goes, into=into, apart=together[0]), _next(stays, apart=together[1]))
    before = {"goes": list(goes.apart), "stays": list(stays.apart)}
    return Decision(changed, _happened(TopicEventKind.MERGED, into, at, topic_id), before)


def divide(topics: Topics, topic_id: str, *, new_id: str, label: str, said: Sequence[Exemplar], at: date) -> Decision:
    """Let some statements of a topic be a topic of their own; its other exemplars stay where they are."""
    topic = _standing(topics, topic_id)
    texts = {one.text for one in said}
    stay = tuple(one for one in topic.exemplars if one.text not in texts)
    if not texts or not stay:
        raise InvalidInput("name some of the topic's statements, and leave it at least one of its exemplars")
    if new_id in topics:
        raise Conflict("these statements were made a topic once before; merge or undo that one")
    old = _next(topic, exemplars=stay, apart=_with(topic.apart, new_id))
    day = at.isoformat()
    new = StoredTopic(new_id, label, topic.keywords, tuple(said), day, day, apart=(topic_id,))
    event = _happened(TopicEventKind.SPLIT, topic_id, at, new_id)
    return Decision((old, new), event, {"exemplars": [one.text for one in topic.exemplars if one.text in texts]})


def undo(topics: Topics, event: TopicEvent, before: Mapping[str, Any]) -> tuple[StoredTopic, ...]:
    """The topics after an event was taken back; Conflict when that is not possible (any more)."""
    topic = topics[event.topic_id]
    if event.kind is TopicEventKind.RENAMED:
        return (_next(topic, **{name: str(before[name]) for name in ("label", "definition", "named_by")}),)
    if event.kind is TopicEventKind.BORN:
        return (_next(_standing(topics, topic.id), dismissed=True),)
    if event.kind is TopicEventKind.MERGED:
        return _parted(topics, topic, event.others[0])
    if event.kind is TopicEventKind.SPLIT:
        part = _standing(topics, event.others[0])
        rest = tuple(one for one in topic.apart if one != part.id)
        return (_next(topic, whole=True, apart=rest), _next(part, into=topic.id, apart=()))
    raise Conflict(f"that a topic is {event.kind.value} follows from what is said; there is nothing to undo")


def _parted(topics: Topics, stays: StoredTopic, other_id: str) -> tuple[StoredTopic, ...]:
    went = topics[other_id]
    if went.into != stays.id:
        raise Conflict(f"topic {other_id} is not merged into {stays.id} any more")
    return (
        _next(stays, apart=_with(stays.apart, other_id)),
        _next(went, into=None, apart=_with(went.apart, stays.id)),
    )


def _standing(topics: Topics, topic_id: str) -> StoredTopic:
    topic = topics.get(topic_id)
    if topic is None:
        raise NotFound(f"there is no topic {topic_id}; see /v1/topics")
    if not topic.stands:
        raise Conflict(f"topic {topic_id} is no topic of its own any more: it was merged or taken back")
    return topic


def _next(topic: StoredTopic, **changes: Any) -> StoredTopic:
    return replace(topic, version=topic.version + 1, **changes)


def _with(ids: Sequence[str], one: str) -> tuple[str, ...]:
    return tuple(sorted({*ids, one}))


def _happened(kind: TopicEventKind, topic_id: str, at: date, *others: str) -> TopicEvent:
    return TopicEvent(at.isoformat(), kind, topic_id, Rate(0, 0, 0.0, 1.0), others)
