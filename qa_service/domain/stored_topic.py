"""What is kept of a topic from week to week: a name, and exemplars that later statements are compared with.

A topic is never renumbered and never removed. One that was merged into another keeps its exemplars: what is like them
belongs to the other, for ever (must-link). `apart` names topics it is never merged with again (cannot-link); one that
is `whole` is never split again. One that a person dismissed is no topic, and what is like it fits none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A statement that stands for its topic, and where it was said (empty when forgotten)."""

    text: str
    conversation_id: str = ""


@dataclass(frozen=True, slots=True)
class StoredTopic:
    """A topic as it is kept; `version` grows when a person changes it, `named_by` is who named it (empty: machine)."""

    id: str
    label: str
    keywords: tuple[str, ...]
    exemplars: tuple[Exemplar, ...]
    born: str
    last_seen: str
    dormant: bool = False
    named_by: str = ""
    definition: str = ""
    version: int = 1
    into: str | None = None
    dismissed: bool = False
    apart: tuple[str, ...] = ()
    whole: bool = False

    @property
    def stands(self) -> bool:
        """Whether it is a topic of its own."""
        return self.into is None and not self.dismissed


def homes(topics: Iterable[StoredTopic]) -> dict[str, str | None]:
    """For each topic the one that its statements belong to: itself, what it was merged into, None when dismissed."""
    known = {topic.id: topic for topic in topics}
    return {topic_id: _home(known, topic_id) for topic_id in known}


def _home(known: Mapping[str, StoredTopic], topic_id: str) -> str | None:
    passed: set[str] = set()
    while topic_id in known and topic_id not in passed:
        passed.add(topic_id)
        topic = known[topic_id]
        if topic.into is None:
            return None if topic.dismissed else topic_id
        topic_id = topic.into
    return None


def stored_to_json(topic: StoredTopic) -> dict[str, Any]:
    """A stored topic as a plain object."""
    exemplars = [{"text": one.text, "conversation_id": one.conversation_id} for one in topic.exemplars]
    return {
        "topic_id": topic.id,
        "label": topic.label,
        "keywords": list(topic.keywords),
        "exemplars": exemplars,
        "born": topic.born,
        "last_seen": topic.last_seen,
        "dormant": topic.dormant,
        "named_by": topic.named_by,
        "definition": topic.definition,
        "version": topic.version,
        "into": topic.into,
        "dismissed": topic.dismissed,
        "apart": list(topic.apart),
        "whole": topic.whole,
    }


def stored_from_json(body: Mapping[str, Any]) -> StoredTopic:
    """Read a stored topic back, one of the first format too; KeyError or TypeError when it is not one."""
    return StoredTopic(
        id=body["topic_id"],
        label=body["label"],
        keywords=tuple(body["keywords"]),
        exemplars=tuple(_exemplar(one) for one in body["exemplars"]),
        born=body["born"],
        last_seen=body["last_seen"],
        dormant=bool(body["dormant"]),
        named_by=body.get("named_by", ""),
        definition=body.get("definition", ""),
        version=int(body.get("version", 1)),
        into=body.get("into"),
        dismissed=bool(body.get("dismissed", False)),
        apart=tuple(body.get("apart", ())),
        whole=bool(body.get("whole", False)),
    )


def _exemplar(body: Any) -> Exemplar:
    return Exemplar(body) if isinstance(body, str) else Exemplar(body["text"], body.get("conversation_id", ""))


@dataclass(frozen=True, slots=True)
class Measure:
    """Cosine distances in the space of a release: to join a topic's centre, and to be grouped with others."""

    space: str
    join: float
    group: float


@dataclass(frozen=True, slots=True)
class Loose:
    """A statement that fitted no topic on its day; with others like it, it may be one later."""

    text: str
    conversation_id: str
    day: str


@dataclass(frozen=True, slots=True)
class Memory:
    """All that is kept of topics between updates."""

    topics: tuple[StoredTopic, ...] = ()
    measure: Measure | None = None
    loose: tuple[Loose, ...] = ()


def memory_to_json(memory: Memory) -> dict[str, Any]:
    """What is kept, as a plain object."""
    measure = memory.measure
    told = None if measure is None else {"space": measure.space, "join": measure.join, "group": measure.group}
    loose = [[one.text, one.conversation_id, one.day] for one in memory.loose]
    return {"measure": told, "topics": [stored_to_json(topic) for topic in memory.topics], "loose": loose}


def memory_from_json(body: Mapping[str, Any]) -> Memory:
    """Read it back, a state of the first format too; KeyError or TypeError when it is none."""
    told = body.get("measure")
    measure = None if told is None else Measure(told["space"], told["join"], told["group"])
    loose = tuple(Loose(text, conversation_id, day) for text, conversation_id, day in body.get("loose", ()))
    return Memory(tuple(stored_from_json(topic) for topic in body["topics"]), measure, loose)
