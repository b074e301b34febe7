"""Topics as people see and decide them: lists within their reach, names, mergers, divisions, and taking back."""

from collections.abc import Callable, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any

from qa_service.domain.period import local_day
from qa_service.domain.role import Action, Caller
from qa_service.domain.stored_topic import Exemplar, StoredTopic, homes
from qa_service.domain.topic_decisions import Decision, Topics, divide, merge, rename, undo
from qa_service.errors import Conflict, NotFound
from qa_service.store import KeptEvent, Page, Placed, Store, TopicCount, UnitOfWork
from qa_service.workflows.review_conversation import note

Body = dict[str, Any]
QUOTES = 5


def read_topics(store: Store, caller: Caller, *, weeks: Sequence[str] = ()) -> tuple[list[Body], Body]:
    """Topics that stand, the most frequent first, counted within the caller's reach; and what fits none."""
    scope = caller.reach(Action.REPORT)
    with store.reading() as work:
        counts = work.topics.counts(scope=scope, weeks=weeks)
        topics = [topic for topic in work.topics.all() if topic.stands]
    told = [_told(topic, counts.get(topic.id, TopicCount())) for topic in topics]
    told.sort(key=lambda body: (-body["n_conversations"], -body["n_statements"], body["topic_id"]))
    return told, _counts(counts.get(None, TopicCount()))


def read_topic(store: Store, caller: Caller, topic_id: str) -> Body:
    """One topic with its weeks, some of what was said, and what happened to it."""
    scope = caller.reach(Action.REPORT)
    with store.reading() as work:
        topic = work.topics.get(topic_id)
        count = work.topics.counts(scope=scope).get(topic_id, TopicCount())
        quotes = [one.statement for one in work.topics.page(topic_id, scope=scope, limit=QUOTES).items]
        events = [told_event(event) for event in work.topics.events(topic_id=topic_id)]
        weeks = work.topics.weeks(scope=scope, topic_id=topic_id)
    said = [{"conversation_id": one.conversation_id, "turn": one.turn, "text": one.text} for one in quotes]
    return _told(topic, count) | {"weeks": weeks, "quotes": said, "events": events}


def read_statements(store: Store, caller: Caller, topic_id: str, *, limit: int, cursor: str | None) -> Page[Placed]:
    """The statements of a topic within reach, the last ones first; those of `none` fit no topic."""
    scope = caller.reach(Action.REPORT)
    with store.reading() as work:
        wanted = None if topic_id == "none" else work.topics.get(topic_id).id
        return work.topics.page(wanted, scope=scope, limit=limit, cursor=cursor)


def read_events(store: Store, caller: Caller) -> list[Body]:
    """What happened to topics, the last first."""
    caller.reach(Action.REPORT)
    with store.reading() as work:
        return [told_event(event) for event in work.topics.events()]


def rename_topic(store: Store, caller: Caller, topic_id: str, *, label: str, definition: str = "") -> Body:
    """Give a topic the name that people use."""

    def decide(topics: Topics, at: date) -> Decision:
        return rename(topics, topic_id, label=label, definition=definition, by=caller.id, at=at)

    return _decided(store, caller, decide)


def merge_topic(store: Store, caller: Caller, topic_id: str, *, into: str) -> Body:
    """Let a topic go into another; what is like it belongs to the other from now on."""
    return _decided(store, caller, lambda topics, at: merge(topics, topic_id, into, at=at))


def divide_topic(store: Store, caller: Caller, topic_id: str, *, statements: Sequence[int], label: str) -> Body:
    """Make some statements of a topic, and what is worded alike, a topic of their own."""
    caller.reach(Action.CURATE_TOPICS)
    with store.unit_of_work() as work:
        topics, at = _known(work), local_day(store.clock(), store.zone)
        if topic_id not in topics:
            raise NotFound(f"there is no topic {topic_id}; see /v1/topics")
        mine = list(work.topics.statements_of(topic_id))
        chosen = {one.id for one in mine} & set(statements)
        if len(chosen) < len(set(statements)):
            raise Conflict("some of these statements are not of this topic (any more); read it again")
        texts = {one.statement.text for one in mine if one.id in chosen}
        goes = [one for one in mine if one.statement.text in texts]
        said = {one.statement.text: one.statement.conversation_id for one in goes}
        exemplars = [Exemplar(text, conversation_id) for text, conversation_id in sorted(said.items())]
        decision = divide(topics, topic_id, new_id=_new_id(topic_id, sorted(texts)), label=label, said=exemplars, at=at)
        told = _keep(work, caller, decision)
        new = decision.changed[1].id
        work.topics.move([one.id for one in goes], joined=new, home=new)
        return told


def confirm_event(store: Store, caller: Caller, event_id: int) -> Body:
    """Say that what the machine did to a topic is right."""
    caller.reach(Action.CURATE_TOPICS)
    with store.unit_of_work() as work:
        if work.topics.event(event_id).undone_by:
            raise Conflict(f"event {event_id} was undone; there is nothing to confirm")
        note(work, caller, "confirm an event of topics", f"topic-event/{event_id}")
        return told_event(work.topics.answer_event(event_id, confirmed_by=caller.id))


def undo_event(store: Store, caller: Caller, event_id: int) -> Body:
    """Take back what a person or the machine did to a topic; it is not done again by machine."""
    caller.reach(Action.CURATE_TOPICS)
    with store.unit_of_work() as work:
        kept = work.topics.event(event_id)
        if kept.undone_by:
            raise Conflict(f"event {event_id} was undone already, by {kept.undone_by}")
        work.topics.save(undo(_known(work), kept.event, kept.before))
        work.topics.settle(homes(work.topics.all()))
        note(work, caller, "undo an event of topics", f"topic-event/{event_id}")
        return told_event(work.topics.answer_event(event_id, undone_by=caller.id))


def told_event(kept: KeptEvent) -> Body:
    """An event as a plain object."""
    share = kept.event.share
    return {
        "id": kept.id,
        "at": kept.event.at,
        "kind": kept.event.kind.value,
        "topic_id": kept.event.topic_id,
        "others": list(kept.event.others),
        "n": int(share.k),
        "share": share.value,
        "ci_low": share.low,
        "ci_high": share.high,
        "by": kept.by,
        "confirmed_by": kept.confirmed_by,
        "undone_by": kept.undone_by,
    }


def _decided(store: Store, caller: Caller, decide: Callable[[Topics, date], Decision]) -> Body:
    caller.reach(Action.CURATE_TOPICS)
    with store.unit_of_work() as work:
        return _keep(work, caller, decide(_known(work), local_day(store.clock(), store.zone)))


def _keep(work: UnitOfWork, caller: Caller, decision: Decision) -> Body:
    work.topics.save(decision.changed)
    work.topics.settle(homes(work.topics.all()))
    event = work.topics.add_event(decision.event, by=caller.id, before=decision.before)
    note(work, caller, f"{decision.event.kind.value} topic", f"topic/{decision.event.topic_id}")
    return told_event(event)


def _known(work: UnitOfWork) -> dict[str, StoredTopic]:
    return {topic.id: topic for topic in work.topics.all()}


def _told(topic: StoredTopic, count: TopicCount) -> Body:
    named = {"topic_id": topic.id, "label": topic.label, "definition": topic.definition, "named_by": topic.named_by}
    life = {"born": topic.born, "last_seen": topic.last_seen, "dormant": topic.dormant, "version": topic.version}
    state = {"keywords": list(topic.keywords), "merged_into": topic.into, "dismissed": topic.dismissed}
    return named | life | state | _counts(count)


def _counts(count: TopicCount) -> Body:
    return {
        "n_statements": count.statements,
        "n_conversations": count.conversations,
        "n_customers": count.customers,
        "n_agents": count.agents,
    }


def _new_id(topic_id: str, texts: Sequence[str]) -> str:
    said = "\n".join([topic_id, *texts]).encode("utf-8", "surrogatepass")
    return f"t-{blake2b(said, digest_size=5).hexdigest()}"
