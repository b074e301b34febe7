"""Bodies about reviews: machine, reviewer and final verdict stand apart everywhere."""

from datetime import datetime
from typing import Any

from pydantic import Field

from qa_service.api.schemas.analyses import ANALYSIS, AnalysisBody
from qa_service.api.schemas.body import Body, RequestBody, asks, shows
from qa_service.api.schemas.conversations import CONVERSATION, LISTED, ContradictionBody, ListedBody
from qa_service.api.schemas.periods import CORRECTION, SCORE, CorrectionBody, FrozenScoreBody
from qa_service.domain.review import Decision

OVERRIDE = {
    "id": "7f0c",
    "finding_key": "step/needs_discovery",
    "decision": "change",
    "value": {"status": "done", "turns": [4]},
    "reason": "第 4 句问了年级和成绩",
    "by": "qa-wang",
    "at": "2026-10-08T03:00:00Z",
    "appeal_id": None,
}
COMMENT = {
    "id": "9ab1",
    "finding_key": None,
    "text": "语气很好，可以做示范",
    "by": "trainer-hu",
    "at": "2026-10-08T03:10:00Z",
}
APPEAL: dict[str, Any] = {
    "id": "5d21",
    "conversation_id": "c-001",
    "finding_key": "step/needs_discovery",
    "reason": "第 4 句已经问了年级",
    "filed_by": "A07",
    "filed_at": "2026-10-08T04:00:00Z",
    "state": "open",
    "level": 1,
    "decisions": [],
}
CONTRADICTION = {
    "key": "step/needs_discovery",
    "person": "done",
    "machine": "missed",
    "by": "qa-wang",
    "at": "2026-10-08T03:00:00Z",
}
KEY_FORMS = (
    "The `key` of the finding in the answers of `/v1/reviews` and of analyses: step/ID, order/BEFORE>AFTER, "
    "obligation/ID/TURN, red_line/ID/TURN, check/ID, need/TURN/START, promise/KIND/TURN, competitor/TURN/START, "
    "complaint, refund"
)
REVIEW = {"reviewer": "qa-wang", "state": "open", "opened_at": "2026-10-08T03:00:00Z", "settled_at": None}


class OverrideRequestBody(RequestBody):
    """A decision about one finding. `add` needs `kind` and `value`; the others `finding_key`."""

    model_config = asks(
        {
            "finding_key": "step/needs_discovery",
            "decision": "change",
            "value": {"status": "done", "turns": [4]},
            "reason": "第 4 句问了年级和成绩",
        }
    )
    decision: Decision
    finding_key: str | None = Field(None, max_length=500, description=KEY_FORMS)
    kind: str | None = Field(
        None, description="For `add`: step, order, obligation, red_line, need, promise, competitor"
    )
    value: dict[str, Any] = Field(
        default_factory=dict, description="Fields of the contract's finding as they should be"
    )
    reason: str = Field("", max_length=2000)


class OverrideBody(Body):
    """A decision about one finding; `appeal_id` names the appeal that brought it."""

    model_config = shows(OVERRIDE)
    id: str
    finding_key: str
    decision: Decision
    value: dict[str, Any]
    reason: str
    by: str
    at: datetime
    appeal_id: str | None


class CommentRequestBody(RequestBody):
    """A remark on the conversation, or on one finding of it."""

    model_config = asks({"text": "语气很好，可以做示范"})
    text: str = Field(min_length=1, max_length=5000)
    finding_key: str | None = Field(None, max_length=500, description=KEY_FORMS)


class CommentBody(Body):
    """A remark."""

    model_config = shows(COMMENT)
    id: str
    finding_key: str | None
    text: str
    by: str
    at: datetime


class ReviewBody(Body):
    """Who reads the conversation; settled once that person stands behind every finding."""

    model_config = shows(REVIEW)
    reviewer: str
    state: str
    opened_at: datetime
    settled_at: datetime | None


class AppealRequestBody(RequestBody):
    """A finding that is contested, and why."""

    model_config = asks(
        {"conversation_id": "c-001", "finding_key": "step/needs_discovery", "reason": "第 4 句已经问了年级"}
    )
    conversation_id: str = Field(max_length=500)
    finding_key: str = Field(max_length=500, description=KEY_FORMS)
    reason: str = Field(min_length=1, max_length=5000)


class DecisionRequestBody(RequestBody):
    """The decision of the level that waits. An accepted step or obligation needs the turn that does it."""

    model_config = asks({"accepted": True, "reason": "第 4 句确实问了年级", "turns": [4]})
    accepted: bool
    reason: str = Field(min_length=1, max_length=5000)
    turns: list[int] = Field(default_factory=list, max_length=100)
    value: dict[str, Any] = Field(default_factory=dict, description="What the finding becomes, when not what turns say")


class AppealDecisionBody(Body):
    """What one level said."""

    level: int
    accepted: bool
    reason: str
    by: str
    at: datetime


class AppealBody(Body):
    """One contested finding and how it went."""

    model_config = shows(APPEAL)
    id: str
    conversation_id: str
    finding_key: str
    reason: str
    filed_by: str
    filed_at: datetime
    state: str
    level: int
    decisions: list[AppealDecisionBody]


class AppealsBody(Body):
    """Appeals that somebody owes a decision, oldest first."""

    model_config = shows({"items": [APPEAL]})
    items: list[AppealBody]


class QueueBody(Body):
    """Conversations that nobody has reviewed, or whose analysis contradicts decisions, the most pressing first."""

    model_config = shows({"items": [LISTED | {"contradictions": [CONTRADICTION]}]})
    items: list[ListedBody]


class SetAsideBody(Body):
    """A decision that is kept but counts for nothing in this analysis: its check or its finding is gone."""

    override: OverrideBody
    why: str = Field(description="check_gone or finding_gone")


class DossierBody(Body):
    """Everything on a reviewer's desk: the conversation as stored and the three verdicts on it."""

    model_config = shows(
        {
            "conversation": CONVERSATION,
            "review": REVIEW,
            "machine": ANALYSIS,
            "reviewer": ANALYSIS,
            "final": ANALYSIS,
            "overrides": [OVERRIDE],
            "comments": [COMMENT],
            "appeals": [APPEAL],
            "contradictions": [CONTRADICTION],
            "set_aside": [{"override": OVERRIDE, "why": "check_gone"}],
            "frozen": SCORE,
            "corrections": [CORRECTION],
        }
    )
    conversation: dict[str, Any]
    review: ReviewBody | None
    machine: AnalysisBody | None
    reviewer: AnalysisBody | None
    final: AnalysisBody | None
    overrides: list[OverrideBody]
    comments: list[CommentBody]
    appeals: list[AppealBody]
    contradictions: list[ContradictionBody]
    set_aside: list[SetAsideBody]
    frozen: FrozenScoreBody | None = Field(description="Its score in a closed period; null while the period is open")
    corrections: list[CorrectionBody]
