"""Bodies about suggested revisions."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.body import Body, RequestBody, Words, asks, shows
from qa_service.api.schemas.queries import Text
from qa_service.api.schemas.sops import YAML

State = Literal["proposed", "lapsed", "rejected", "accepted", "published", "kept", "rolled_back"]
SUGGESTION: dict[str, Any] = {
    "id": "s-9c2e",
    "sop": "moya-trial-call",
    "kind": "add_faq",
    "target": {"kind": "topic", "id": "t-1f3a"},
    "statement": "建议把「周末有课吗」加进常见问答：28 通会话里客户问到，其中 17 通没有得到正面回答。",
    "evidence": {
        "n": 28,
        "effect": None,
        "ci_low": None,
        "ci_high": None,
        "q_value": None,
        "grade": None,
        "outcome": None,
        "examples": [{"conversation_id": "c-001", "turn": 7, "quote": "周末有课吗"}],
    },
    "coach": [],
    "guard_rail": {"outcome": "refunded", "n": 410, "rate": 0.06, "stop_above": 0.087, "low": None, "high": None},
    "rollout": {
        "first": ["一组"],
        "others": ["二组"],
        "outcome": "unanswered",
        "expected": 0.304,
        "each": 36,
        "weeks": 2,
        "text": "先在一组试行，和二组对比；两边各约 36 通会话后能看出没有正面回答的比例有没有变化。",
    },
    "patch": YAML,
    "state": "published",
    "base_version": 1,
    "version": 2,
    "measured_by": "/v1/sop-versions/moya-trial-call@2/effect",
    "first_at": "2026-10-12T02:00:00Z",
    "seen_at": "2026-10-26T02:00:00Z",
    "decisions": [
        {
            "choice": "accept",
            "reason": "客户常问，先补上",
            "by": "manager-sun",
            "at": "2026-10-13T03:00:00Z",
            "evidence": {"n": 28, "effect": None},
        }
    ],
}


class SuggestionsQuery(BaseModel):
    """Which suggestions."""

    model_config = ConfigDict(extra="forbid")
    sop: Text = None
    state: State | None = None


class DecisionBody(Body):
    """What somebody decided, why, and the evidence that lay before it."""

    choice: Literal["accept", "reject", "keep", "roll_back"]
    reason: str
    by: str
    at: datetime
    evidence: dict[str, Any]


class SuggestionBody(Body):
    """A suggestion as in the contract, and where it stands."""

    model_config = ConfigDict(extra="allow", from_attributes=True, json_schema_extra={"example": SUGGESTION})
    id: str
    sop: str
    kind: str
    target: dict[str, str]
    statement: str
    evidence: dict[str, Any]
    patch: str
    state: State
    base_version: int = Field(description="The version that the patch changes")
    version: int | None = Field(description="The draft made when it was accepted")
    measured_by: str | None = Field(description="Where to ask what that version changed, once it is published")
    first_at: datetime
    seen_at: datetime = Field(description="When a look last bore it out")
    decisions: list[DecisionBody]


class SuggestionsBody(Body):
    """Suggestions, the newest first."""

    model_config = shows({"items": [SUGGESTION], "looking": False})
    items: list[SuggestionBody]
    looking: bool = Field(description="Whether a worker is looking for new ones")


class ChoiceBody(RequestBody):
    """What is decided, and why."""

    model_config = asks({"choice": "accept", "reason": "两个大组都反映过，先在一组试"})
    choice: Literal["accept", "reject", "keep", "roll_back"]
    reason: Words = Field(min_length=1, max_length=2000)


class LookBody(Body):
    """The job that looks for suggestions."""

    model_config = shows({"job": 31})
    job: int
