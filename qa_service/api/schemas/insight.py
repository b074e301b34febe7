"""Bodies about what many conversations say together."""

from typing import Literal

from pydantic import ConfigDict, Field

from qa_service.api.schemas.body import Body, shows
from qa_service.api.schemas.queries import PlaceQuery


class ReasonsQuery(PlaceQuery):
    """Which reasons, and by what."""

    by: Literal["all", "product", "team", "agent", "week"] = "all"
    kind: Literal["complaint", "refund"] | None = None


class ReasonRow(Body):
    """A rate: k of n conversations, with its 95% interval. `reason` is empty for the whole kind."""

    model_config = ConfigDict(extra="allow")
    kind: str
    reason: str
    title: str | None
    dimension: str
    level: str
    k: float
    n: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    conversations: list[str] = Field(description="Some of those in which it happened")


class ReasonsBody(Body):
    """Rates by kind, reason and level."""

    model_config = shows(
        {
            "items": [
                {
                    "kind": "refund",
                    "reason": "no_time",
                    "title": "没时间/工作忙",
                    "dimension": "team",
                    "level": "一组",
                    "k": 4,
                    "n": 61,
                    "rate": 0.0656,
                    "ci_low": 0.0258,
                    "ci_high": 0.1572,
                    "conversations": ["c-001"],
                }
            ]
        }
    )
    items: list[ReasonRow]
