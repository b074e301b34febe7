"""Bodies about courses over weeks and about what came of sales."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.body import Body, shows

RATE = {"k": 9, "n": 210, "rate": 0.0429, "ci_low": 0.0227, "ci_high": 0.0793}
CHANGE: dict[str, Any] = {
    "before": {"k": 12, "n": 800, "rate": 0.015, "ci_low": 0.0086, "ci_high": 0.026},
    "difference": 0.0279,
    "ci_low": 0.0031,
    "ci_high": 0.0648,
    "q_value": 0.04,
    "direction": "higher",
}
TREND = {
    "what": "complaint_reason/slow_response",
    "dimension": "team",
    "level": "一组",
    "change": CHANGE,
    "series": [{"week": "2026-W40", **RATE}],
}
PROMISE = {
    "kind": "effect",
    "name": {"zh": "效果", "en": "effect"},
    "outcome": "refunded",
    "outcome_name": {"zh": "已退费", "en": "refunded"},
    "verdict": {"zh": "有此承诺的更高", "en": "higher with the promise"},
    **RATE,
    "conversations": ["c-031"],
    "change": CHANGE,
    "split": None,
    "examples": [{"conversation_id": "c-001", "turn": 22, "quote": "保证见效", "later": "c-031", "what": "refund"}],
}


class TrendsQuery(BaseModel):
    """By what the courses are told."""

    model_config = ConfigDict(extra="forbid")
    by: Literal["all", "product", "channel", "team"] = "all"


class TrendsBody(Body):
    """One share an item, with its course; `split` and `emergence` only of the whole."""

    model_config = shows({"items": [TREND]})
    items: list[dict[str, Any]]


class SalesBody(Body):
    """Paying customers since a week and what came of them.

    `rows` are shares of them by product, channel, team, agent, version of the SOP and week of the sale; `times` how
    soon money is asked or given back; `promises` sales with a kind of promise beside sales without.
    """

    model_config = shows(
        {
            "n": 210,
            "since_week": "2026-W20",
            "rows": [{"outcome": "refunded", "dimension": "", "level": "", **RATE, "conversations": ["c-031"]}],
            "times": {"n": 210, "refunds": 9, "median_days": 12.0, "by_days": [{"days": 30, "share": 0.03}]},
            "promises": [PROMISE],
        }
    )
    n: int = Field(description="Sales: paying customers, each once a product")
    since_week: str | None
    rows: list[dict[str, Any]]
    times: dict[str, Any]
    promises: list[dict[str, Any]]
