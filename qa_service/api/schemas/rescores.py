"""Bodies about re-scores."""

from datetime import datetime
from typing import Any

from pydantic import Field

from qa_service.api.schemas.body import Body, Day, RequestBody, asks, shows
from qa_service.api.schemas.queries import Text

COUNTS = {
    "total": 1830,
    "done": 1830,
    "moved": 212,
    "refined": 1604,
    "unchanged": 9,
    "first": 0,
    "frozen": 5,
    "failed": 0,
    "gone": 0,
    "contradicted": 3,
    "not_reproduced": 0,
}
MOVED: dict[str, Any] = {"n": 1816, "n_scored": 1816, "up": 131, "down": 74, "newly_passed": 22, "newly_failed": 9}
MOVED |= {"contradicted": 3, "mean_difference": 0.42}
SHIFTS = {"appeared": 0, "vanished": 0, "status": 61, "places": 12, "confidence": 1604}
REPORT: dict[str, Any] = {
    "whole": MOVED,
    "by_agent": [{"agent_id": "A07", "agent_name": "林晓", "team": "一组"} | MOVED],
    "by_team": [{"team": "一组"} | MOVED],
    "by_check": [{"kind": "step", "id": "needs_discovery", "n": 1677} | SHIFTS],
    "by_cause": [{"causes": ["sop"]} | MOVED],
    "by_sop": [
        {"from_sop": "coding-trial-call", "from_version": 1, "to_sop": "coding-trial-call", "to_version": 2} | MOVED
    ],
}
JUDGED = {"analysis_id": 17, "sop": "coding-trial-call", "sop_version": 1, "score": 78.5, "passed": False}
MOVE: dict[str, Any] = {
    "conversation_id": "c-001",
    "agent_id": "A07",
    "agent_name": "林晓",
    "team": "一组",
    "before": JUDGED,
    "after": JUDGED | {"analysis_id": 1847, "sop_version": 2, "score": 88.5, "passed": True},
    "difference": 10.0,
    "causes": ["sop"],
    "changes": [
        {
            "key": "step/needs_discovery",
            "shift": "status",
            "before": "missed",
            "after": "done",
            "confidence_before": 0.81,
            "confidence_after": 0.93,
        }
    ],
    "contradicted": [],
}
RESCORE: dict[str, Any] = {
    "id": 4,
    "wanted": {"from": "2026-09-01", "to": "2026-09-30", "sop": "coding-trial-call"},
    "by": "lead-zhao",
    "reason": "第 2 版上线",
    "begun_at": "2026-10-08T02:00:00Z",
    "state": "done",
    "ended_at": "2026-10-08T02:07:00Z",
    "counts": COUNTS,
}


class RescoreRequestBody(RequestBody):
    """Which conversations are analysed again: every condition must hold; none at all means every conversation."""

    model_config = asks({"from": "2026-09-01", "to": "2026-09-30", "sop": "coding-trial-call", "reason": "第 2 版上线"})
    day_from: Day | None = Field(None, alias="from", description="First day")
    day_to: Day | None = Field(None, alias="to", description="Last day, included")
    team: Text = None
    agent: Text = None
    product: Text = None
    channel: Text = None
    sop: Text = Field(None, description="The SOP that judged them so far")
    reason: str = Field("", max_length=2000)


class RescoreCountsBody(Body):
    """What became of the conversations; `total` grows while the range is still being listed."""

    model_config = shows(COUNTS)
    total: int
    done: int
    moved: int = Field(description="Another score, verdict or finding")
    refined: int = Field(description="Other confidences alone")
    unchanged: int
    first: int = Field(description="Had no analysis before")
    frozen: int = Field(description="In a closed period, left alone")
    failed: int = Field(description="Could not be analysed; the analysis of before still counts")
    gone: int = Field(description="Deleted meanwhile")
    contradicted: int = Field(description="A person's decision stands against the new analysis; in the queue again")
    not_reproduced: int = Field(description="The same versions gave something else than before")


class RescoreBody(Body):
    """One re-score and how far it has come."""

    model_config = shows(RESCORE)
    id: int
    wanted: dict[str, Any]
    by: str
    reason: str
    begun_at: datetime
    state: str = Field(description="running or done")
    ended_at: datetime | None
    counts: RescoreCountsBody


class RescoresBody(Body):
    """The last re-scores, newest first."""

    model_config = shows({"items": [RESCORE]})
    items: list[RescoreBody]


class RescorePageBody(RescoreBody):
    """One re-score with its report and a page of what it moved, the weightiest first."""

    model_config = shows({**RESCORE, "dead_jobs": 0, "report": REPORT, "moved": [MOVE], "next_cursor": "10.0:93"})
    dead_jobs: int = Field(description="Given up; mend the cause and revive them at /v1/jobs/{job_id}/revival")
    report: dict[str, Any] | None = Field(description="Once it is done: who moved and why, each line with its n")
    moved: list[dict[str, Any]]
    next_cursor: str | None
