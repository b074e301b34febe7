"""The weekly update of stored topics: new statements join them, the rest is grouped with what fitted nowhere before."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from qa_service.aggregate.needs import Learner, Placing, Space, remember, shipped_space
from qa_service.domain.insight import NeedBounds
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import local_day
from qa_service.domain.role import Action, Caller
from qa_service.domain.stored_topic import homes
from qa_service.domain.topic import TopicEvent, statements_of
from qa_service.jobs import Lease
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.emerging_needs import tell_emerging
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.read_stored import StoredVerdicts
from qa_service.workflows.review_conversation import note

UPDATE_TOPICS = "update_topics"
CONVERSATIONS_AT_ONCE = 1000
# Statements of former weeks that fitted nowhere and are looked at again.
LOOSE = 20_000


def ask_for_update(store: Store, caller: Caller) -> int:
    """Let a worker update the topics; returns the number of its job."""
    caller.reach(Action.CURATE_TOPICS)
    with store.unit_of_work() as work:
        note(work, caller, "update topics", "topics", "")
        return queue_update(work)


def queue_update(work: UnitOfWork) -> int:
    """Queue an update; the number of its job, or of the one that waits already."""
    return work.jobs.enqueue_once(UPDATE_TOPICS)


def run_update(lease: Lease, *, store: Store) -> None:
    """The job: an update as of today. One that is cut short is simply done again."""
    update_topics(store, at=local_day(store.clock(), store.zone))
    with store.unit_of_work() as work:
        lease.complete(work)


def update_topics(store: Store, *, at: date, space: Space | None = None) -> tuple[TopicEvent, ...]:
    """Place all statements that are in no topic yet, and tell what happened; `at` is the day of the events."""
    bounds = load_insight().needs
    with store.reading() as work:
        memory, loose = work.topics.memory(), work.topics.loose(LOOSE)
    learner = Learner(bounds, space or shipped_space(), memory, at.isoformat())
    heard = 0
    for batch in _batches(store):
        heard += len(batch)
        learner.learn([statement for pair in batch for statement in statements_of(pair)])
    learner.learn([one.statement for one in loose])
    placing = learner.finish()
    _keep(store, placing)
    placed = _place(store, placing)
    return _tell(store, placing, placed, at=at, heard=heard, bounds=bounds)


def _keep(store: Store, placing: Placing) -> None:
    with store.unit_of_work() as work:
        work.topics.save(placing.memory.topics)
        assert placing.memory.measure is not None
        work.topics.keep_measure(placing.memory.measure)


def _place(store: Store, placing: Placing) -> dict[str, int]:
    """Write which topic each new statement belongs to; the conversations of each topic."""
    counts: dict[str, int] = {}
    for batch in _batches(store):
        said = [list(statements_of(pair)) for pair in batch]
        found = iter(placing.join([statement for statements in said for statement in statements]))
        with store.unit_of_work() as work:
            for pair, statements in zip(batch, said, strict=True):
                placed = [(statement, *next(found)) for statement in statements]
                work.topics.place(pair.id, placed)
                for topic in {home for _, _, home in placed if home is not None}:
                    counts[topic] = counts.get(topic, 0) + 1
    with store.unit_of_work() as work:
        loose = work.topics.loose(LOOSE)
        for one, (joined, home) in zip(loose, placing.join([one.statement for one in loose]), strict=True):
            if joined is not None:
                work.topics.move([one.id], joined=joined, home=home)
                counts[home or ""] = counts.get(home or "", 0) + 1
    return counts


def _tell(
    store: Store, placing: Placing, counts: dict[str, int], *, at: date, heard: int, bounds: NeedBounds
) -> tuple[TopicEvent, ...]:
    """Keep who sleeps and who woke up, and record the events."""
    # A statement that fitted nowhere before may be of a conversation heard long ago.
    n = max([heard, *counts.values()])
    kept, events = remember(placing, counts, at=at, n_conversations=n, bounds=bounds)
    stored = {topic.id for topic in kept.topics}
    with store.unit_of_work() as work:
        work.topics.save(kept.topics)
        work.topics.settle(homes(kept.topics))
        for event in events:
            if event.topic_id in stored:
                work.topics.add_event(event)
        return (*events, *tell_emerging(work, at=at))


def _batches(store: Store) -> Iterator[list[JudgedConversation]]:
    pairs: Iterable[JudgedConversation] = StoredVerdicts(store, ConversationFilter(unplaced=True))
    waiting = iter(pairs)
    while batch := list(islice(waiting, CONVERSATIONS_AT_ONCE)):
        yield batch
