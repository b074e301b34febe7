"""Bodies about the labels that count here."""

from datetime import date
from typing import Any

from pydantic import Field

from qa_service.api.schemas.body import Body, shows

REASON: dict[str, Any] = {
    "id": "dorm_hygiene",
    "title": "宿舍卫生",
    "departments": ["campus"],
    "own": True,
    "retired": False,
    "comparable_from": "2026-09-01",
}
RED_LINE: dict[str, Any] = {
    "id": "guarantee_outcome",
    "title": "承诺效果",
    "severity": "fatal",
    "points": 100,
    "own": False,
    "retired": False,
    "comparable_from": None,
}
CHANGE = {
    "date": "2026-09-01",
    "kind": "complaint",
    "fate": "split",
    "before": ["lodging"],
    "after": ["dorm_hygiene", "canteen"],
}


class LabelBody(Body):
    """A label. `own`: the company's; `retired`: kept for old analyses; not told apart before `comparable_from`."""

    id: str
    title: str
    own: bool
    retired: bool
    comparable_from: date | None


class ReasonBody(LabelBody):
    """A reason of complaints or refunds, and the departments it is routed to."""

    model_config = shows(REASON)
    departments: list[str]


class RedLineBody(LabelBody):
    """A red line."""

    model_config = shows(RED_LINE)
    severity: str
    points: float


class TaxonomyChangeBody(Body):
    """What became of ids: `renamed`, `merged` or `split`."""

    model_config = shows(CHANGE)
    date: date
    kind: str
    fate: str
    before: list[str]
    after: list[str]


class TaxonomyBody(Body):
    """Every reason and red line in use or known of old."""

    model_config = shows(
        {
            "taxonomy": "lark-school",
            "version": 3,
            "name": "lark-school-3-1f0c2a7b",
            "problem": None,
            "complaint": [REASON],
            "refund": [],
            "red_lines": [RED_LINE],
            "departments": {"campus": "校区后勤"},
            "changes": [CHANGE],
        }
    )
    taxonomy: str | None = Field(description="The company's own taxonomy, if there is one")
    version: int | None
    name: str | None = Field(description="As it stands in `versions` of an analysis")
    problem: str | None = Field(description="Why its file as it is now does not count; what it said before does")
    complaint: list[ReasonBody]
    refund: list[ReasonBody]
    red_lines: list[RedLineBody]
    departments: dict[str, str]
    changes: list[TaxonomyChangeBody]
