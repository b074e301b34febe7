"""The parameters of lists and reports; one that is not known is refused, since a filter must not go unseen."""

from dataclasses import fields
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.body import Day, Week, Words
from qa_service.store import MAX_PAGE, ConversationFilter

WeekPath = Annotated[str, Path(pattern=r"^\d{4}-W\d{2}$", examples=["2026-W40"])]
Text = Annotated[Words | None, Field(max_length=500)]
_FILTER = {field.name for field in fields(ConversationFilter)}


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(50, ge=1, le=MAX_PAGE)
    cursor: Text = Field(None, description="`next_cursor` of the page before")


class PlaceQuery(BaseModel):
    """Who, what and when: the filter of every report. Days and weeks are those of the service's zone."""

    model_config = ConfigDict(extra="forbid")
    agent: Text = None
    team: Text = None
    product: Text = None
    day_from: Day | None = Field(None, alias="from", description="First day")
    day_to: Day | None = Field(None, alias="to", description="Last day, included")
    week: Week | None = Field(None, description="ISO week", examples=["2026-W40"])

    def wanted(self) -> ConversationFilter:
        """The conditions as the store's filter."""
        given: dict[str, Any] = {name: value for name, value in self if name in _FILTER}
        return ConversationFilter(**given)


class QueueQuery(PlaceQuery):
    """What a reviewer wants to read next."""

    limit: int = Field(50, ge=1, le=MAX_PAGE)


class ConversationQuery(PlaceQuery, PageQuery):
    """Every condition on conversations and their current analyses; all given ones must hold."""

    customer: Text = None
    channel: Literal["call", "chat"] | None = None
    stage: Text = None
    sop: Text = None
    sop_version: int | None = Field(None, ge=1, le=2**31 - 1)
    passed: bool | None = None
    score_min: float | None = Field(None, ge=0, le=100)
    score_max: float | None = Field(None, ge=0, le=100)
    score_state: Literal["settled", "provisional"] | None = None
    unsure: bool | None = None
    complaint: bool | None = None
    refund: bool | None = None
    red_line: Text = None


class AccessQuery(PageQuery):
    """Which lines of the access log."""

    target: Text = Field(None, examples=["conversation/c-001"])
