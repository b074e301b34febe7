"""Bodies about stored topics."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.body import Body, RequestBody, Words, asks, shows

COUNTED: dict[str, Any] = {"n_statements": 41, "n_conversations": 38, "n_customers": 37, "n_agents": 9}
EVENT: dict[str, Any] = {
    "id": 12,
    "at": "2026-10-05",
    "kind": "born",
    "topic_id": "t-1f3a9c0b22",
    "others": [],
    "n": 12,
    "share": 0.006,
    "ci_low": 0.0034,
    "ci_high": 0.0105,
    "by": "",
    "confirmed_by": "",
    "undone_by": "",
}
TOPIC: dict[str, Any] = {
    "topic_id": "t-1f3a9c0b22",
    "label": "上课时间",
    "definition": "问什么时候上课、周末有没有课",
    "named_by": "qa-lead",
    "born": "2026-10-05",
    "last_seen": "2026-10-12",
    "dormant": False,
    "version": 2,
    "keywords": ["周末", "几点"],
    "merged_into": None,
    "dismissed": False,
} | COUNTED
STATEMENT: dict[str, Any] = {
    "id": 77,
    "conversation_id": "c-001",
    "turn": 7,
    "text": "周末有课吗",
    "kind": "question",
    "handled": "answered",
}
WEEK: dict[str, Any] = {
    "topic_id": "t-1f3a9c0b22",
    "week": "2026-W41",
    "statements": 12,
    "conversations": 11,
    "customers": 11,
    "agents": 6,
    "conversations_heard": 1830,
    "customers_heard": 1711,
}


class TopicsQuery(BaseModel):
    """Which weeks are counted; all when none is named."""

    model_config = ConfigDict(extra="forbid")
    week: list[str] = Field([], max_length=53, description="ISO weeks", examples=[["2026-W41"]])


class CountsBody(Body):
    """How often something was stated, in how many conversations, by how many customers, to how many agents."""

    n_statements: int
    n_conversations: int
    n_customers: int
    n_agents: int


class TopicLine(CountsBody):
    """A recurring need."""

    model_config = shows(TOPIC)
    topic_id: str
    label: str
    definition: str
    named_by: str = Field(description="Who gave it its name; empty: the machine")
    born: str
    last_seen: str
    dormant: bool
    version: int
    keywords: list[str]
    merged_into: str | None
    dismissed: bool


class StoredTopicsBody(Body):
    """Topics, the most frequent first; `unassigned` counts what fits none."""

    model_config = shows({"items": [TOPIC], "unassigned": COUNTED})
    items: list[TopicLine]
    unassigned: CountsBody


class TopicEventBody(Body):
    """Something that happened to a topic; `by` is empty where the machine did it."""

    model_config = shows(EVENT)
    id: int
    at: str
    kind: str
    topic_id: str
    others: list[str]
    n: int
    share: float | None
    ci_low: float
    ci_high: float
    by: str
    confirmed_by: str
    undone_by: str


class TopicEventsBody(Body):
    """Events of topics, the last first."""

    model_config = shows({"items": [EVENT]})
    items: list[TopicEventBody]


class TopicWeekBody(Body):
    """A topic in a week, beside how many conversations and customers were heard."""

    week: str
    statements: int
    conversations: int
    customers: int
    agents: int
    conversations_heard: int
    customers_heard: int


class QuoteBody(Body):
    """What a customer said, and where."""

    conversation_id: str
    turn: int
    text: str


class StoredTopicBody(TopicLine):
    """A topic with its weeks, some quotes and its events."""

    model_config = shows(
        TOPIC
        | {
            "weeks": [WEEK],
            "quotes": [{name: STATEMENT[name] for name in ("conversation_id", "turn", "text")}],
            "events": [EVENT],
        }
    )
    weeks: list[TopicWeekBody]
    quotes: list[QuoteBody]
    events: list[TopicEventBody]


class StatementBody(QuoteBody):
    """A statement of a topic."""

    id: int
    kind: str
    handled: str | None


class StatementsBody(Body):
    """One page of statements, the last first."""

    model_config = shows({"items": [STATEMENT], "next_cursor": None})
    items: list[StatementBody]
    next_cursor: str | None


class TopicNameBody(RequestBody):
    """The name that people use, and what belongs to the topic."""

    model_config = asks({"label": "上课时间", "definition": "问什么时候上课、周末有没有课"})
    label: Words = Field(min_length=1, max_length=60)
    definition: Words = Field("", max_length=1000)


class MergerBody(RequestBody):
    """The topic that goes on."""

    model_config = asks({"into": "t-1f3a9c0b22"})
    into: Words = Field(max_length=60)


class DivisionBody(RequestBody):
    """The statements that are a topic of their own, and its name."""

    model_config = asks({"statements": [77, 81], "label": "周末班"})
    statements: list[int] = Field(min_length=1, max_length=500)
    label: Words = Field(min_length=1, max_length=60)


class UpdateBody(Body):
    """The job that updates the topics."""

    model_config = shows({"job": 31})
    job: int
