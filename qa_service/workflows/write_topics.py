"""Topics of any number of conversations as files: memory holds topics, and two numbers for each statement.

Statements are put by in a nameless file while they are learnt from, placed in a second reading, and written topic by
topic from where they lie.
"""

import json
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from qa_service.aggregate.needs import Learner, Placing, Space, remember, shipped_space
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.stored_topic import Memory, StoredTopic
from qa_service.domain.topic import Statement, TopicEvent, event_to_json, member_to_json, statements_of
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.whole_file import write_lines

Ints = NDArray[np.integer[Any]]
AT_ONCE = 5000
NONE = -1


@dataclass
class _Tally:
    """What is counted of a topic; digests of customers and agents, not their names."""

    statements: int = 0
    conversations: int = 0
    last: str = ""
    customers: set[int] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)

    def add(self, one: Statement) -> None:
        """Count a statement; those of one conversation come one after the other."""
        self.statements += 1
        self.conversations += one.conversation_id != self.last
        self.last = one.conversation_id
        self.customers.add(hash(one.customer_key or one.conversation_id))
        if one.agent_id:
            self.agents.add(one.agent_id)


@dataclass(frozen=True)
class WrittenTopics:
    """What was written, what is kept for the next time, and what happened to topics."""

    topics: int
    n_conversations: int
    memory: Memory
    events: tuple[TopicEvent, ...]


def write_topics_of(
    judged: Iterable[JudgedConversation],
    out: Path,
    *,
    as_of: date,
    memory: Memory | None = None,
    space: Space | None = None,
) -> WrittenTopics:
    """Group the needs of conversations and write one topic a line, those that fit none in the last."""
    bounds = load_insight().needs
    learner = Learner(bounds, space or shipped_space(), memory or Memory(), as_of.isoformat())
    with ExitStack() as files:
        kept = _PutBy(files.enter_context(tempfile.TemporaryFile()))
        statements = (one for pair in _counted(judged, kept) for one in statements_of(pair))
        while chunk := list(islice(statements, AT_ONCE)):
            kept.put(chunk)
            learner.learn(chunk)
        placing = learner.finish()
        tallies = kept.place(placing)
        counts = {topic.id: tallies[n].conversations for n, topic in enumerate(placing.memory.topics) if n in tallies}
        memory_after, events = remember(placing, counts, at=as_of, n_conversations=kept.heard, bounds=bounds)
        found = [n for n in tallies if n != NONE]
        found.sort(key=lambda n: (-tallies[n].conversations, -tallies[n].statements, placing.memory.topics[n].id))
        write_lines(out, (_line(kept, placing, number, tallies) for number in (*found, NONE)))
    return WrittenTopics(len(found), kept.heard, memory_after, events)


def write_events(events: Iterable[TopicEvent], out: Path) -> None:
    """Write what happened to topics, one event a line."""
    write_lines(out, (json.dumps(event_to_json(event), ensure_ascii=False) for event in events))


@dataclass
class _PutBy:
    """Statements in a file: where each lies, and the topic it was placed in."""

    file: IO[bytes]
    heard: int = 0
    offsets: "array[int]" = field(default_factory=lambda: array("q"))
    topics: "array[int]" = field(default_factory=lambda: array("i"))

    def put(self, statements: Iterable[Statement]) -> None:
        """Append statements."""
        for one in statements:
            self.offsets.append(self.file.tell())
            self.file.write(json.dumps(asdict(one)).encode() + b"\n")

    def place(self, placing: Placing) -> dict[int, _Tally]:
        """Place every statement; what is counted of each topic."""
        numbers = {topic.id: number for number, topic in enumerate(placing.memory.topics)}
        tallies: dict[int, _Tally] = {}
        self.file.seek(0)
        statements = (Statement(**json.loads(line)) for line in self.file)
        while chunk := list(islice(statements, AT_ONCE)):
            for one, topic_id in zip(chunk, placing.place(chunk), strict=True):
                number = NONE if topic_id is None else numbers[topic_id]
                self.topics.append(number)
                tallies.setdefault(number, _Tally()).add(one)
        return tallies

    @cached_property
    def _by_topic(self) -> tuple[Ints, Ints]:
        topics = np.frombuffer(self.topics, dtype=np.int32) if self.topics else np.zeros(0, dtype=np.int32)
        order = np.argsort(topics, kind="stable")
        return topics[order], order

    def members(self, number: int) -> Iterator[Statement]:
        """The statements of a topic, in the order they came."""
        topics, order = self._by_topic
        first, last = np.searchsorted(topics, [number, number + 1])
        for place in order[first:last].tolist():
            self.file.seek(self.offsets[place])
            yield Statement(**json.loads(self.file.readline()))


def _counted(judged: Iterable[JudgedConversation], kept: _PutBy) -> Iterator[JudgedConversation]:
    for pair in judged:
        kept.heard += 1
        yield pair


def _line(kept: _PutBy, placing: Placing, number: int, tallies: dict[int, _Tally]) -> str:
    topic = None if number == NONE else placing.memory.topics[number]
    body = _head(topic, placing) | _figures(tallies.get(number, _Tally()))
    members = ",".join(json.dumps(member_to_json(one), ensure_ascii=False) for one in kept.members(number))
    return f'{json.dumps(body, ensure_ascii=False)[:-1]}, "members": [{members}]}}'


def _head(topic: StoredTopic | None, placing: Placing) -> dict[str, Any]:
    if topic is None:
        return {"topic_id": None, "label": None, "keywords": [], "quotes": []}
    quotes = placing.quotes.get(topic.id) or tuple(one.text for one in topic.exemplars[:3])
    return {"topic_id": topic.id, "label": topic.label, "keywords": list(topic.keywords), "quotes": list(quotes)}


def _figures(tally: _Tally) -> dict[str, int]:
    return {
        "size": tally.statements,
        "n_conversations": tally.conversations,
        "n_customers": len(tally.customers),
        "n_agents": len(tally.agents),
    }
