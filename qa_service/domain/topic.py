"""What many customers want: statements of need that recur are one topic. What is kept of topics: `stored_topic`."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qa_service.domain.judged import JudgedConversation
from qa_service.domain.metrics import Rate

# Kinds of needs that ask for an answer, and ways of handling one that leave it without.
ASKING = frozenset({"question", "objection"})
OPEN = frozenset({"evaded", "none"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One need as a customer stated it."""

    conversation_id: str
    turn: int
    text: str
    kind: str
    handled: str | None = None
    response_turn: int | None = None
    agent_id: str = ""
    customer_key: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A recurring need; `label` is a phrase people would use, `quotes` are typical statements, word for word."""

    id: str
    label: str
    keywords: tuple[str, ...]
    members: tuple[Statement, ...]
    quotes: tuple[str, ...] = ()

    @property
    def conversations(self) -> tuple[str, ...]:
        """The distinct conversations in which it is stated, sorted."""
        return tuple(sorted({member.conversation_id for member in self.members}))

    @property
    def customers(self) -> int:
        """How many distinct customers state it; a conversation of nobody known counts as one."""
        return len({member.customer_key or member.conversation_id for member in self.members})

    @property
    def agents(self) -> int:
        """How many distinct agents hear it, as far as they are known."""
        return len({member.agent_id for member in self.members} - {""})


@dataclass(frozen=True, slots=True)
class TopicWeek:
    """One topic in one week: how often it was stated, by how many; `heard` conversations and customers there were.

    `topic_id` is None for what fits no topic.
    """

    topic_id: str | None
    week: str
    statements: int
    conversations: int
    customers: int
    agents: int
    conversations_heard: int
    customers_heard: int


class TopicEventKind(StrEnum):
    """What happened to a topic."""

    BORN = "born"
    EMERGING = "emerging"
    MERGED = "merged"
    SPLIT = "split"
    DORMANT = "dormant"
    REVIVED = "revived"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class TopicEvent:
    """Something that happened to a topic on the day `at`; `share` is of the conversations of this run."""

    at: str
    kind: TopicEventKind
    topic_id: str
    share: Rate
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouping:
    """Topics by falling number of conversations, and the statements that fit none."""

    topics: tuple[Topic, ...]
    unassigned: tuple[Statement, ...]


def statements_of(judged: JudgedConversation) -> Iterable[Statement]:
    """The needs of one conversation as statements; none where it is doubtful who said what."""
    for need in () if judged.analysis.misheard else judged.analysis.needs:
        yield Statement(
            conversation_id=judged.id,
            turn=need.span.turn,
            text=need.text,
            kind=need.kind,
            handled=need.handled,
            response_turn=need.response_turn,
            agent_id=judged.agent_id,
            customer_key=judged.customer_key,
        )


def topic_to_json(topic: Topic) -> dict[str, Any]:
    """The contract object of a topic, with its counts of distinct conversations."""
    return {
        "topic_id": topic.id,
        "label": topic.label,
        "size": len(topic.members),
        "n_conversations": len(topic.conversations),
        "n_customers": topic.customers,
        "n_agents": topic.agents,
        "keywords": list(topic.keywords),
        "quotes": list(topic.quotes),
        "members": [member_to_json(member) for member in topic.members],
    }


def unassigned_to_json(statements: Iterable[Statement]) -> dict[str, Any]:
    """The last line of a topics file: needs that fit no topic."""
    members = [member_to_json(statement) for statement in statements]
    body: dict[str, Any] = {"topic_id": None, "label": None, "size": len(members)}
    return body | {"n_conversations": len({m["conversation_id"] for m in members}), "keywords": [], "members": members}


def member_to_json(statement: Statement) -> dict[str, Any]:
    """The contract object of a member."""
    return {"conversation_id": statement.conversation_id, "turn": statement.turn, "text": statement.text}


def event_to_json(event: TopicEvent) -> dict[str, Any]:
    """The contract object of an event."""
    share = event.share
    return {
        "at": event.at,
        "kind": event.kind.value,
        "topic_id": event.topic_id,
        "others": list(event.others),
        "n": int(share.k),
        "share": None if share.value is None else round(share.value, 6),
        "ci_low": round(share.low, 6),
        "ci_high": round(share.high, 6),
    }
