"""Bodies about trials of SOP drafts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, model_validator

from qa_service.api.schemas.body import Body, Day, RequestBody, asks, shows
from qa_service.api.schemas.conversations import CONVERSATION
from qa_service.api.schemas.queries import Text

MOST_PASTED = 200
RANGE = {"from": "2026-09-01", "to": "2026-09-30", "team": "一组"}
NAMED: dict[str, Any] = {"kind": "step", "id": "needs_discovery", "title": "挖需求"}
EXAMPLE = {
    "conversation": "c-001",
    "place": {"turn": 6, "start": 0, "end": 0},
    "quote": "孩子现在上几年级，平时读些什么书？",
}
REFUSED = {"index": 3, "id": "c-004", "reason": "conversation c-004 has no turns; send at least one"}
RATE: dict[str, Any] = {"k": 131, "n": 142, "rate": 0.9225, "ci_low": 0.8666, "ci_high": 0.9562}
SCORES = {
    "n": 1830,
    "mean": 78.42,
    "ci_low": 77.91,
    "ci_high": 78.93,
    "passed": RATE,
    "provisional": RATE,
    "vetoed": 3,
    "distribution": [{"from": 0, "to": 10, "n": 4}],
}
MOVED: dict[str, Any] = {"n": 1830, "moved": 212, "up": 131, "down": 81, "newly_passed": 22, "newly_failed": 9}
MOVED |= {"mean_difference": 0.42}
AGREEMENT = {"precision": RATE, "recall": RATE}
REPORT: dict[str, Any] = {
    "draft": {"sop": "moya-trial-call", "version": 2, "title": "试听邀约", "digest": "b6d8…"},
    "against": [{"sop": "moya-trial-call", "version": 1, "title": "试听邀约", "digest": "09a1…"}],
    "versions": {"models": "default-0d1c…", "code": "0.1.0"},
    "n": {"conversations": 1830, "compared": 1830, "reviewed": 142, "few": 30},
    "scores": {"before": SCORES, "after": SCORES},
    "moved": {
        "whole": MOVED,
        "by_team": [{"team": "一组"} | MOVED],
        "by_agent": [{"agent_id": "A07", "agent_name": "林晓", "team": "一组"} | MOVED],
    },
    "findings": [
        NAMED
        | {"n": 61, "appeared": 0, "vanished": 0, "turned": [{"before": "missed", "after": "done", "n": 61}]}
        | {"examples": [EXAMPLE | {"before": "missed", "after": "done"}]}
    ],
    "reviews": [
        NAMED
        | {"claim": "done", "n": 142, "before": AGREEMENT, "after": AGREEMENT}
        | {"silent": False, "too_few": False, "reworded": False}
    ],
    "conflicts": {
        "step_and_forbidden": [
            {"step": NAMED, "forbidden": {"kind": "red_line", "id": "rude", "title": "辱骂"}, "n": 2}
            | {"examples": [EXAMPLE]}
        ],
        "one_sided": [NAMED | {"what": "always"} | RATE | {"too_few": False}],
        "too_long": [NAMED | {"key": "first_turns", "value": 300, "longest": 84}],
    },
    "remarks": [{"code": "weights_not_100", "line": 12, "zh": "权重合计 96…", "en": "the weights add up to 96…"}],
    "refused": [],
}
TRIAL: dict[str, Any] = {
    "id": 31,
    "sop": "moya-trial-call",
    "version": 2,
    "wanted": RANGE,
    "by": "ops-chen",
    "begun_at": "2026-10-08T02:00:00Z",
    "state": "done",
    "done": 2140,
    "total": 2140,
    "counts": {"compared": 1830, "others": 310},
    "ended_at": "2026-10-08T02:09:00Z",
    "reason": None,
    "report": REPORT,
}


class StoredRangeBody(RequestBody):
    """Which stored conversations: every condition must hold; none at all means every one within the caller's reach."""

    model_config = asks(RANGE)
    day_from: Day | None = Field(None, alias="from", description="First day")
    day_to: Day | None = Field(None, alias="to", description="Last day, included")
    team: Text = None


class TrialRequestBody(BaseModel):
    """What a draft is tried on: pasted conversations of the contract, or stored ones."""

    model_config = asks({"stored": RANGE})
    conversations: list[Any] | None = Field(
        None,
        min_length=1,
        max_length=MOST_PASTED,
        description="Judged at once, never stored; one that cannot be read is refused by itself",
        examples=[[CONVERSATION]],
    )
    stored: StoredRangeBody | None = Field(None, description="Judged by a worker")

    @model_validator(mode="after")
    def _one_of_them(self) -> "TrialRequestBody":
        if (self.conversations is None) == (self.stored is None):
            raise ValueError("send either `conversations` or `stored`")
        return self


class RefusedBody(Body):
    """A pasted conversation that was not tried: its place in what was sent, its id, and what to mend."""

    model_config = shows(REFUSED)
    index: int
    id: str
    reason: str


class TrialReportBody(Body):
    """What a draft changes; every share with its n and its 95% interval, `too_few` where that says little."""

    model_config = shows(REPORT)
    draft: dict[str, Any]
    against: list[dict[str, Any]] = Field(description="The versions in force that it was compared with")
    versions: dict[str, str]
    n: dict[str, int] = Field(description="`few`: from how many cases on a share says something")
    scores: dict[str, Any] = Field(description="`before` is null where nothing was compared")
    moved: dict[str, Any] = Field(description="Whose scores change")
    findings: list[dict[str, Any]] = Field(description="Which findings appear, vanish or turn, with examples")
    reviews: list[dict[str, Any]] = Field(description="Precision and recall against settled reviews")
    conflicts: dict[str, Any]
    remarks: list[dict[str, Any]] = Field(description="What about the draft itself wants another look, by line")
    refused: list[RefusedBody] = Field([], description="Pasted conversations that were not tried, and why")


class StoredTrialBody(Body):
    """A trial on stored conversations: `running`, `done` or `failed`.

    `counts`: `others` are judged by other SOPs, `joined` only by the draft, `left` only by the version in force,
    `ambiguous` would fit two SOPs equally well, `failed` could not be judged.
    """

    model_config = shows(TRIAL)
    id: int
    sop: str
    version: int
    wanted: Mapping[str, Any]
    by: str
    begun_at: datetime
    state: str
    done: int
    total: int
    counts: Mapping[str, int]
    ended_at: datetime | None
    reason: str | None
    report: TrialReportBody | None
