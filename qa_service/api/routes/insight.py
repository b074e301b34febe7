"""What many conversations say together: reasons, needs, coaching, the voice of customers, effects."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.insight import (
    COACHING,
    VOICE,
    CourseBody,
    CourseQuery,
    EffectsBody,
    EffectsQuery,
    ReasonsBody,
    ReasonsQuery,
    TopicsBody,
)
from qa_service.api.schemas.queries import PlaceQuery
from qa_service.domain.period import Period
from qa_service.domain.role import Action, Caller
from qa_service.errors import InvalidInput
from qa_service.report import render_html
from qa_service.workflows import read_insight

router = APIRouter(prefix="/v1", tags=["insight"])

Reader = Annotated[Caller, requires(Action.REPORT)]
CoachingReader = Annotated[Caller, requires(Action.COACHING_REPORT)]
Format = Annotated[Literal["json", "html"], Query(description="`html` is one page that stands by itself")]
# A report is one page with its styles and charts inside, and loads nothing.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


def _report_docs(example: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"example": example}, "text/html": {"example": "<!doctype html>…"}}
    return {200: {"description": "The report", "content": content}}


@router.get("/reasons", summary="Complaint and refund rates, with their reasons")
def reasons(store: TheStore, caller: Reader, query: Annotated[ReasonsQuery, Query()]) -> ReasonsBody:
    """By product, team, agent or week; every rate with its n, its 95% interval and conversations behind it."""
    rows = read_insight.read_reasons(store, caller, query.wanted(), by=query.by, kind=query.kind)
    return ReasonsBody.model_validate({"items": rows})


@router.get("/course", summary="How conversations keep the course of their SOP")
def course(store: TheStore, caller: Reader, query: Annotated[CourseQuery, Query()]) -> CourseBody:
    """Steps in their place (mean share), skipped, out of their place, and pairs of steps in the wrong order."""
    rows, unknown = read_insight.read_courses(store, caller, query.wanted(), by=query.by, sop=query.sop)
    return CourseBody.model_validate({"items": rows, "unknown_versions": unknown})


@router.get("/needs/topics", summary="What customers want again and again")
def topics(store: TheStore, caller: Reader, query: Annotated[PlaceQuery, Query()]) -> TopicsBody:
    """Needs grouped into topics, largest first; those that fit none stand in `unassigned`."""
    found, unassigned = read_insight.read_topics(store, caller, query.wanted())
    return TopicsBody.model_validate({"items": found, "unassigned": unassigned})


@router.get("/effects", summary="What goes with an outcome")
def effects(store: TheStore, caller: Reader, query: Annotated[EffectsQuery, Query()]) -> EffectsBody:
    """Steps, obligations, red lines, orders and phrases, each with n, interval, grade, verdict; too little says so."""
    found = read_insight.read_effects(store, caller, query.wanted(), outcomes=[query.outcome], as_of=query.as_of)
    return EffectsBody.model_validate(found)


@router.get("/voc/{week}", summary="Voice of customer of a week", response_model=None, responses=_report_docs(VOICE))
def voice(
    request: Request,
    week: Annotated[str, Path(pattern=r"^\d{4}-W\d{2}$", examples=["2026-W40"])],
    store: TheStore,
    caller: Reader,
    format: Format = "json",
) -> Response:
    """Complaints, refund requests and needs, with what changed against the weeks before."""
    return _shown(request, read_insight.read_voice_of_customer(store, caller, week), format)


@router.get(
    "/coaching/{agent_id:path}",
    summary="Coaching report of an agent",
    response_model=None,
    responses={**_report_docs(COACHING), **problem_docs(404)},
)
def coaching(
    *,
    request: Request,
    agent_id: str,
    store: TheStore,
    caller: CoachingReader,
    first: Annotated[date | None, Query(alias="from", description="First day")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last day, included")] = None,
    format: Format = "json",
) -> Response:
    """Strengths, what to work on first, and the places in conversations that show it."""
    if first and last and first > last:
        raise InvalidInput("`from` is after `to`; swap the two days")
    document = read_insight.read_coaching(store, caller, agent_id, Period(first, last))
    return _shown(request, document, format)


def _shown(request: Request, document: Mapping[str, Any], format: str) -> Response:
    if format == "json":
        return JSONResponse(document)
    page = render_html(document, base_url=str(request.base_url))
    return HTMLResponse(page, headers={"Content-Security-Policy": REPORT_POLICY})
