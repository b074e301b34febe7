"""Bodies about what many conversations say together."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from qa_service.api.schemas.body import Body, Day, shows
from qa_service.api.schemas.queries import PlaceQuery, Text

TOPIC = {
    "topic_id": "t-1f3a",
    "label": "周末有课吗",
    "size": 31,
    "n_conversations": 28,
    "keywords": ["周末", "时间"],
    "members": [{"conversation_id": "c-001", "turn": 7, "text": "周末有课吗"}],
}
EFFECT: dict[str, Any] = {
    "sop": "moya-trial-call",
    "target": {"kind": "step", "id": "needs_discovery"},
    "outcome": "converted",
    "n_exposed": 410,
    "n_unexposed": 350,
    "n_trimmed": 41,
    "n_agents": 14,
    "raw_difference": 0.11,
    "effect": 0.06,
    "ci_low": 0.021,
    "ci_high": 0.099,
    "p_value": 0.0026,
    "q_value": 0.018,
    "grade": "C",
    "verdict": "not_enough_data",
    "method": "…",
    "adjusted_for": ["agent", "team", "week"],
}
SAMPLE_SIZE: dict[str, Any] = {
    "sop": "moya-trial-call",
    "outcome": "converted",
    "n": 760,
    "rate": 0.21,
    "needed": [{"difference": 0.02, "n": 13030}, {"difference": 0.04, "n": 3260}],
}
VOICE = {"report": "voc", "version": 1, "week": "2026-W40", "n": 128}
COACHING = {"report": "coaching", "version": 1, "agent": {"id": "A07", "name": "林晓"}, "n": 21}


class ReasonsQuery(PlaceQuery):
    """Which reasons, and by what."""

    by: Literal["all", "product", "channel", "team", "agent", "week", "version", "department"] = "all"
    kind: Literal["complaint", "refund"] | None = None


class EffectsQuery(PlaceQuery):
    """Which outcome, known up to which day (default: that of the last event)."""

    outcome: Literal["converted", "trial_attended", "refunded", "complained"] = "converted"
    as_of: Day | None = None


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
    per_1000: float | None = Field(description="So many of a thousand conversations")
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
                    "per_1000": 65.6,
                    "conversations": ["c-001"],
                }
            ]
        }
    )
    items: list[ReasonRow]


class CourseQuery(PlaceQuery):
    """Of which SOP, and by what."""

    by: Literal["all", "product", "team", "agent", "week"] = "all"
    sop: Text = None


class CourseRow(Body):
    """A share with its 95% interval; of `fitness` it is a mean over n conversations, and `k` is null."""

    sop: str
    kind: Literal["fitness", "skipped", "out_of_order", "swapped"]
    id: str = Field(description="Step, or `before>after` of a swapped pair; empty for fitness")
    dimension: str
    level: str
    k: float | None
    n: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    conversations: list[str] = Field(description="Some of those in which it happened")


class CourseBody(Body):
    """How conversations kept the course of their SOPs."""

    model_config = shows(
        {
            "items": [
                {
                    "sop": "moya-trial-call",
                    "kind": "swapped",
                    "id": "needs_focus>value_match",
                    "dimension": "team",
                    "level": "一组",
                    "k": 14,
                    "n": 61,
                    "rate": 0.2295,
                    "ci_low": 0.142,
                    "ci_high": 0.3494,
                    "conversations": ["c-001"],
                }
            ],
            "unknown_versions": 0,
        }
    )
    items: list[CourseRow]
    unknown_versions: int = Field(description="Conversations left out: nobody has the SOP version they were judged by")


class TopicsBody(Body):
    """Topics as in the contract, and the needs that fit none."""

    model_config = shows(
        {
            "items": [TOPIC],
            "unassigned": {
                "topic_id": None,
                "label": None,
                "size": 0,
                "n_conversations": 0,
                "keywords": [],
                "members": [],
            },
        }
    )
    items: list[dict[str, Any]]
    unassigned: dict[str, Any]


class EffectsBody(Body):
    """Effects as in the contract, one for each SOP and target; before them, how many customers it takes to see one."""

    model_config = shows({"items": [EFFECT], "sample_sizes": [SAMPLE_SIZE]})
    items: list[dict[str, Any]]
    sample_sizes: list[dict[str, Any]] = Field(description="Customers there are, and needed to see each difference")
