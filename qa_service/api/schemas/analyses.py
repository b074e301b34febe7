"""Bodies about analyses."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.body import Body, shows

ANALYSIS: dict[str, Any] = {
    "conversation_id": "c-001",
    "sop": "moya-trial-call",
    "sop_version": 1,
    "versions": {"models": "2026.11", "code": "0.1.0"},
    "score": 78.5,
    "score_low": 71.0,
    "score_high": 85.5,
    "score_state": "provisional",
    "passed": False,
    "veto": None,
    "steps": [
        {"key": "step/greeting", "id": "greeting", "status": "done", "turns": [0], "confidence": 0.97, "p_done": 0.97}
    ],
    "order_violations": [],
    "obligations": [
        {
            **{"key": "obligation/price_asked/1", "id": "price_asked", "trigger_turn": 1, "response_turn": None},
            **{"met": False, "confidence": 0.9},
        }
    ],
    "red_lines": [],
    "complaint": {"key": "complaint", "detected": False, "turns": [], "confidence": 0.98, "reasons": []},
    "refund": {"key": "refund", "detected": False, "turns": [], "confidence": 0.98, "reasons": []},
    "needs": [
        {
            **{"key": "need/1/2", "turn": 1, "start": 2, "end": 9, "kind": "question"},
            **{"text": "你们这个课多少钱", "confidence": 0.9},
        }
    ],
    "promises": [],
    "competitors": [],
}


class AnalysisBody(BaseModel):
    """The analysis object of the contract; each finding also tells its `key`, for overrides and appeals."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": ANALYSIS})
    conversation_id: str
    sop: str | None
    sop_version: int | None
    versions: dict[str, str]
    score: float | None
    score_low: float | None
    score_high: float | None
    score_state: str | None
    passed: bool | None
    veto: str | None
    steps: list[dict[str, Any]]
    order_violations: list[dict[str, Any]]
    obligations: list[dict[str, Any]]
    red_lines: list[dict[str, Any]]
    complaint: dict[str, Any]
    refund: dict[str, Any]
    needs: list[dict[str, Any]]
    promises: list[dict[str, Any]]
    competitors: list[dict[str, Any]]


class QueuedBody(Body):
    """The conversation is stored, its analysis is not there yet."""

    model_config = shows(
        {"state": "queued", "detail": "conversation c-001 waits for its analysis; ask again in a moment"}
    )
    state: str
    detail: str


class StoredAnalysisBody(Body):
    """One analysis as stored: it never changes; `current` when it is the one that counts."""

    model_config = shows(
        {"id": 17, "current": True, "analysed_at": "2026-10-08T12:00:01Z", "analysis": ANALYSIS},
    )
    id: int
    current: bool
    analysed_at: datetime
    analysis: AnalysisBody


class AnalysesBody(Body):
    """Every analysis of a conversation, oldest first."""

    model_config = shows(
        {"items": [{"id": 17, "current": True, "analysed_at": "2026-10-08T12:00:01Z", "analysis": ANALYSIS}]}
    )
    items: list[StoredAnalysisBody] = Field(description="A new SOP or model version brings a new analysis")
