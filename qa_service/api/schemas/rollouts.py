"""Bodies about where versions of an SOP are in force."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, field_validator

from qa_service.api.schemas.body import Body, RequestBody, asks, shows
from qa_service.domain.rollout import Rollout

Node = Annotated[str, Field(min_length=1, max_length=200)]
WAVES = [
    {"org": ["墨芽", "销售部", "一组"], "from": "2026-11-01"},
    {"from": "2026-11-15T09:00:00+08:00", "replaces": True},
]
ROLLOUT = {
    "id": 7,
    "slug": "moya-trial-call",
    "version": 2,
    "kind": "plan",
    "org": ["墨芽", "销售部", "一组"],
    "products": [],
    "replaces": False,
    "starts_at": "2026-10-31T16:00:00Z",
    "ends_at": None,
    "by": "manager-sun",
    "at": "2026-10-28T02:00:00Z",
    "reason": "先在一组试两周",
    "ended_by": None,
    "end_reason": "",
}
FIRST_YEAR, LAST_YEAR = 2000, 2100


class WaveBody(RequestBody):
    """Where, and from when on. Nothing named: everybody, every product, from now.

    A date begins at midnight where the service runs, a time without an offset is taken there. `replaces`: from then on
    no narrower rollout that was laid before counts any more, such as a pilot.
    """

    model_config = asks(WAVES[0])
    org: list[Node] = Field(
        default_factory=list, max_length=20, description="Path of the organisation, outermost first"
    )
    products: list[Node] = Field(default_factory=list, max_length=200)
    starts: date | datetime | None = Field(None, alias="from", examples=["2026-11-01"])
    replaces: bool = False

    @field_validator("starts")
    @classmethod
    def _of_our_days(cls, starts: date | datetime | None) -> date | datetime | None:
        if starts is not None and not FIRST_YEAR <= starts.year <= LAST_YEAR:
            raise ValueError(f"the year {starts.year} is not between {FIRST_YEAR} and {LAST_YEAR}")
        return starts


class WavesBody(RequestBody):
    """A plan: one wave, or several where some teams come earlier and others later."""

    model_config = asks({"waves": WAVES, "reason": "先在一组试两周"})
    waves: list[WaveBody] = Field(min_length=1, max_length=200)
    reason: str = Field("", max_length=2000)


class WhyBody(RequestBody):
    """Why; it is kept."""

    model_config = asks({"reason": "新版话术引起投诉，先退回"})
    reason: str = Field(min_length=1, max_length=2000)


class RolloutBody(Body):
    """One rollout; `starts_at` null: since ever, `ends_at` null: until further notice.

    A plan that was dropped ends before it starts.
    """

    model_config = shows(ROLLOUT)
    id: int
    slug: str
    version: int
    kind: str = Field(description="publication (for everybody), plan, or rollback")
    org: list[str]
    products: list[str]
    replaces: bool
    starts_at: datetime | None
    ends_at: datetime | None
    by: str
    at: datetime
    reason: str
    ended_by: str | None
    end_reason: str

    @classmethod
    def of(cls, rollout: Rollout) -> "RolloutBody":
        """A rollout as its body."""
        given = {name: getattr(rollout, name) for name in cls.model_fields if hasattr(rollout, name)}
        return cls(**given, org=list(rollout.place.org), products=sorted(rollout.place.products))


class RolloutsBody(Body):
    """Rollouts in the order in which they were recorded."""

    model_config = shows({"items": [ROLLOUT]})
    items: list[RolloutBody]


class RolledOutBody(RolloutsBody):
    """What was recorded, and what looks like a mistake: a place where no conversation lies."""

    model_config = shows({"items": [ROLLOUT], "warnings": []})
    warnings: list[str]


class RollbackBody(Body):
    """What a rollback did: the version withdrawn, which of its rollouts ended, and which of before began again.

    Where none began again, what was in force beneath counts.
    """

    model_config = shows({"withdrawn": 2, "ended": [7], "begun": [{**ROLLOUT, "version": 1, "kind": "rollback"}]})
    withdrawn: int
    ended: list[int]
    begun: list[RolloutBody]


EVENT = {
    "at": "2026-11-05T09:00:00Z",
    "by": "manager-sun",
    "event": "rolled_back",
    "version": 2,
    "reason": "新版话术引起投诉，先退回",
    "rollout": None,
}


class SopEventBody(Body):
    """Who did what with which version, when and why; a rollback names the version that was withdrawn."""

    model_config = shows(EVENT)
    at: datetime
    by: str
    event: str = Field(description="draft_saved, published, rolled_out, rollout_ended, rolled_back or retired")
    version: int
    reason: str
    rollout: int | None = Field(description="Of `rollout_ended`: which")


class SopHistoryBody(Body):
    """The life of an SOP, oldest first."""

    model_config = shows({"items": [EVENT]})
    items: list[SopEventBody]


DIFFERENCE = {
    "part": "step",
    "id": "quote",
    "title": "报价",
    "change": "changed",
    "field": "weight",
    "before": 10,
    "after": 15,
    "zh": "步骤「报价」权重 10 → 15",
    "en": "Step “报价”: weight 10 → 15",
}


class DifferenceBody(Body):
    """One difference, as data and in words. `field` empty: the part itself is new, gone or moved."""

    model_config = shows(DIFFERENCE)
    part: str
    id: str
    title: str
    change: str
    field: str
    before: Any
    after: Any
    zh: str
    en: str


class DiffBody(Body):
    """What a version changes since another one; empty when both mean the same."""

    model_config = shows({"slug": "moya-trial-call", "from": 1, "to": 2, "items": [DIFFERENCE]})
    slug: str
    since: int = Field(serialization_alias="from")
    to: int
    items: list[DifferenceBody]
