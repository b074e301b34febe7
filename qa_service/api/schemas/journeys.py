"""Bodies about journeys."""

from datetime import datetime
from typing import Any

from pydantic import Field

from qa_service.api.schemas.body import Body, shows

JOURNEY: dict[str, Any] = {
    "customer_id": "U9312",
    "as_of": "2026-10-31T23:59:59.999999+08:00",
    "begun_at": "2026-10-08T19:32:00+08:00",
    "last_at": "2026-10-10T12:05:00+08:00",
    "most_days_apart": 30,
    "versions": {"code": "0.1.0"},
    "contacts": [
        {
            "conversation_id": one_id,
            "started_at": at,
            "channel": channel,
            "product": "小学阅读",
            "stage": "presale",
            "agent_id": "A07",
            "analysed": True,
            "promises_before": before,
            "sop": "moya-trial-call",
            "sop_version": 1,
            "versions": {"models": "2026.11", "code": "0.1.0"},
            "score": 78.5,
            "score_low": 71.0,
            "score_high": 85.5,
            "score_state": "provisional",
            "passed": False,
            "veto": None,
        }
        for one_id, at, channel, before in (
            ("c-001", "2026-10-08T19:32:00+08:00", "call", 0),
            ("c-007", "2026-10-10T12:05:00+08:00", "chat", 1),
        )
    ],
    "parts": [
        {
            "sop": "moya-trial-call",
            "sop_version": 1,
            "stage": "presale",
            "contacts": ["c-001", "c-007"],
            "score": 92.0,
            "score_low": 92.0,
            "score_high": 92.0,
            "score_state": "settled",
            "passed": True,
            "veto": None,
            "steps": [
                {
                    "id": "proof",
                    "scope": "journey",
                    "status": "done",
                    "confidence": 0.95,
                    "shown": {
                        "conversation_id": "c-007",
                        "status": "done",
                        "turns": [3],
                        "confidence": 0.95,
                        "p_done": 0.95,
                    },
                    "contacts": [
                        {"conversation_id": "c-001", "status": "missed", "turns": []},
                        {"conversation_id": "c-007", "status": "done", "turns": [3]},
                    ],
                }
            ],
            "order_violations": [],
            "obligations": [],
            "red_lines": [],
            "checks": [],
            "doubts": [],
        }
    ],
    "promises": [
        {
            "conversation_id": "c-001",
            "turn": 9,
            "start": 0,
            "end": 8,
            "kind": "gift",
            "quote": "报名送一套教材",
            "confidence": 0.9,
        }
    ],
    "red_lines": [],
    "complaints": [],
    "refunds": [],
}


class JourneysBody(Body):
    """The journeys of a customer, oldest first; contacts far apart lie in different ones."""

    model_config = shows(
        {
            "customer_id": "U9312",
            "as_of": "2026-10-31T23:59:59.999999+08:00",
            "complete": True,
            "journeys": [JOURNEY],
            "undated": [],
        }
    )
    customer_id: str
    as_of: datetime
    complete: bool = Field(description="False: only conversations within your reach were looked at")
    journeys: list[dict[str, Any]]
    undated: list[str] = Field(description="Conversations without `started_at` lie in no journey")
