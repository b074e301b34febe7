"""Bodies about conversations."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.body import Body, asks, shows

CONVERSATION: dict[str, Any] = {
    "id": "c-001",
    "channel": "call",
    "product": "小学阅读",
    "scenario": "trial_invite",
    "agent": {"id": "A07", "name": "林晓", "org": ["墨芽", "销售部", "一组"]},
    "customer": {"id": "U9312"},
    "started_at": "2026-10-08T19:32:00+08:00",
    "tags": {"lead_source": "抖音"},
    "turns": [
        {"speaker": "agent", "text": "您好，请问是乐乐妈妈吗？", "start_ms": 0, "end_ms": 2100},
        {"speaker": "customer", "text": "嗯，你们这个课多少钱？", "start_ms": 2300, "end_ms": 4200},
    ],
}
LISTED: dict[str, Any] = {
    "id": "c-001",
    "channel": "call",
    "product": "小学阅读",
    "stage": None,
    "agent_id": "A07",
    "agent_name": "林晓",
    "team": "一组",
    "org": ["墨芽", "销售部", "一组"],
    "customer_id": "U9312",
    "started_at": "2026-10-08T11:32:00Z",
    "week": "2026-W41",
    "received_at": "2026-10-08T12:00:00Z",
    "turn_count": 2,
    "deleted": False,
    "analysis_id": 17,
    "sop": "moya-trial-call",
    "sop_version": 1,
    "score": 78.5,
    "score_low": 71.0,
    "score_high": 85.5,
    "score_state": "provisional",
    "passed": False,
    "veto": None,
    "unsure": True,
    "complaint": False,
    "refund": False,
    "problem": None,
    "contradictions": [],
}
TAKEN = {"id": "c-001", "arrival": "new", "analysis": "/v1/conversations/c-001/analysis", "reason": None}


class ConversationBody(BaseModel):
    """A conversation of the contract; fields that it does not know are kept."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": CONVERSATION})
    id: str | int = Field(description="Your id; sending it again changes nothing, with other turns it is a conflict")
    turns: list[dict[str, Any]] = Field(min_length=1, description="At least one, each with `speaker` and `text`")


class BatchBody(BaseModel):
    """Several conversations; each is taken or refused by itself."""

    model_config = asks({"conversations": [CONVERSATION]})
    conversations: list[Any] = Field(min_length=1)


class TakenBody(Body):
    """What became of a conversation: `new`, `updated`, `unchanged`, `conflict` or `refused`, and why not."""

    model_config = shows(TAKEN)
    id: str
    arrival: str
    analysis: str | None = Field(description="Where its analysis will be")
    reason: str | None = None


class BatchResult(Body):
    """What became of each conversation, in the order sent."""

    model_config = shows({"taken": 1, "refused": 0, "items": [TAKEN]})
    taken: int
    refused: int
    items: list[TakenBody]


class ContradictionBody(Body):
    """A person's decision that the analysis speaks against: what each claims (null: the finding is not there)."""

    key: str
    person: str | None
    machine: str | None
    by: str
    at: datetime


class ListedBody(Body):
    """One line of a list: no text, the score of the machine's current analysis."""

    model_config = shows(LISTED)
    id: str
    channel: str
    product: str | None
    stage: str | None
    agent_id: str | None
    agent_name: str | None
    team: str | None
    org: list[str]
    customer_id: str | None
    started_at: datetime | None
    week: str | None
    received_at: datetime
    turn_count: int
    deleted: bool
    analysis_id: int | None
    sop: str | None
    sop_version: int | None
    score: float | None
    score_low: float | None
    score_high: float | None
    score_state: str | None
    passed: bool | None
    veto: str | None
    unsure: bool | None
    complaint: bool | None
    refund: bool | None
    problem: str | None
    contradictions: list[ContradictionBody] = Field(description="They stand; the conversation is in the queue again")


class ConversationPage(Body):
    """A page of conversations, newest first."""

    model_config = shows({"items": [LISTED], "next_cursor": "WyIyMDI2LTEwLTA4VDExOjMyOjAwKzAwOjAwIiwxN10"})
    items: list[ListedBody]
    next_cursor: str | None = Field(description="Send it back as `cursor` for the next page; null on the last")


class ChangeBody(Body):
    """One update of a conversation."""

    at: datetime
    changes: dict[str, Any]


class ChangesBody(Body):
    """Every update of a conversation, oldest first."""

    model_config = shows(
        {"items": [{"at": "2026-10-09T02:00:00Z", "changes": {"outcome": [None, {"converted": True, "amount": 3200}]}}]}
    )
    items: list[ChangeBody]
