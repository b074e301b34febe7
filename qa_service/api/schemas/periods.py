"""Bodies about closed periods (封账)."""

from datetime import date, datetime
from typing import Any

from pydantic import Field, model_validator

from qa_service.api.schemas.body import Body, Day, RequestBody, Words, asks, shows

TOTALS = {"conversations": 1830, "scored": 1795, "passed": 1402, "mean_score": 81.37}
TOTALS |= {"provisional": 2, "proposed_vetoes": 1, "corrections": 1}
PERIOD: dict[str, Any] = {
    "id": 3,
    "first": "2026-09-01",
    "last": "2026-09-30",
    "reason": "九月绩效核算",
    "by": "lead-zhao",
    "at": "2026-10-08T02:00:00Z",
    "totals": TOTALS,
}
SCORE = {
    "conversation_id": "c-001",
    "analysis_id": 17,
    "sop": "coding-trial-call",
    "sop_version": 1,
    "models": "2026.10",
    "code": "0.1.0",
    "score": 78.5,
    "score_low": 71.0,
    "score_high": 85.5,
    "score_state": "settled",
    "passed": True,
    "veto": None,
    "agent_id": "A07",
    "agent_name": "林晓",
    "team": "一组",
    "org": ["总部", "销售部", "一组"],
}
CORRECTION = {
    "conversation_id": "c-001",
    "appeal_id": "5d21",
    "old_score": 78.5,
    "new_score": 88.5,
    "old_passed": True,
    "new_passed": True,
    "by": "lead-wu",
    "at": "2026-10-10T06:00:00Z",
}


class ClosingBody(RequestBody):
    """Days (both included) or a month, and why. What is closed is never opened again."""

    model_config = asks({"month": "2026-09", "reason": "九月绩效核算"})
    month: str | None = Field(None, pattern=r"^\d{4}-\d{2}$", description="Instead of `from` and `to`")
    day_from: Day | None = Field(None, alias="from")
    day_to: Day | None = Field(None, alias="to")
    reason: Words = Field(min_length=1, max_length=2000)
    force: bool = Field(False, description="Freeze provisional scores and proposed vetoes too, as they are")

    @model_validator(mode="after")
    def _one_or_the_other(self) -> "ClosingBody":
        days = (self.day_from, self.day_to)
        if (self.month is None) == (None in days) or (self.month and days != (None, None)):
            raise ValueError("give `month`, or both `from` and `to`")
        return self


class TotalsBody(Body):
    """What the period holds within the caller's reach, as it was when it was closed."""

    model_config = shows(TOTALS)
    conversations: int
    scored: int
    passed: int
    mean_score: float | None = Field(description="Of `scored` conversations")
    provisional: int = Field(description="Frozen before a person had decided what was open; by `force` alone")
    proposed_vetoes: int = Field(description="Of these, by a fatal red line that nobody had confirmed")
    corrections: int


class PeriodBody(Body):
    """One closed period."""

    model_config = shows(PERIOD)
    id: int
    first: date
    last: date
    reason: str
    by: str
    at: datetime
    totals: TotalsBody


class PeriodsBody(Body):
    """Every closed period, by its days."""

    model_config = shows({"items": [PERIOD]})
    items: list[PeriodBody]


class FrozenScoreBody(Body):
    """A final score when its period was closed, with versions, agent and team as they were."""

    model_config = shows(SCORE)
    conversation_id: str
    analysis_id: int | None
    sop: str | None
    sop_version: int | None
    models: str | None
    code: str | None
    score: float | None
    score_low: float | None
    score_high: float | None
    score_state: str | None
    passed: bool | None
    veto: str | None
    agent_id: str | None
    agent_name: str | None
    team: str | None
    org: list[str]


class CorrectionBody(Body):
    """What an appeal that was won later changes: booked on its day, for reports to add."""

    model_config = shows(CORRECTION)
    conversation_id: str
    appeal_id: str
    old_score: float | None
    new_score: float | None
    old_passed: bool | None
    new_passed: bool | None
    by: str
    at: datetime


class PeriodPageBody(PeriodBody):
    """One closed period with a page of its scores and all its corrections."""

    model_config = shows({**PERIOD, "scores": [SCORE], "next_after": 412, "corrections": [CORRECTION]})
    scores: list[FrozenScoreBody]
    next_after: int | None = Field(description="Send it back as `after` for the next page; null on the last")
    corrections: list[CorrectionBody]
