"""What many conversations say together: reasons, needs, coaching, the voice of customers, effects."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from qa_service.api.dependencies import TheStore
from qa_service.api.permissions import requires
from qa_service.api.reports import Format, report_docs, show_report
from qa_service.api.schemas.insight import (
    VOICE,
    CourseBody,
    CourseQuery,
    EffectsBody,
    EffectsQuery,
    ReasonsBody,
    ReasonsQuery,
    TopicsBody,
)
from qa_service.api.schemas.queries import PlaceQuery, WeekPath
from qa_service.domain.role import Action, Caller
from qa_service.workflows import read_insight

router = APIRouter(prefix="/v1", tags=["insight"])

Reader = Annotated[Caller, requires(Action.REPORT)]


@router.get("/reasons", summary="Complaint and refund rates, with their reasons")
def reasons(store: TheStore, caller: Reader, query: Annotated[ReasonsQuery, Query()]) -> ReasonsBody:
    """By product, channel, team, agent, week, SOP version or department; each with n, interval and conversations."""
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


@router.get("/voc/{week}", summary="Voice of customer of a week", response_model=None, responses=report_docs(VOICE))
def voice(
    request: Request,
    week: WeekPath,
    store: TheStore,
    caller: Reader,
    format: Format = "json",
) -> Response:
    """Complaints, refund requests and needs, with what changed against the weeks before."""
    document = read_insight.read_voice_of_customer(store, caller, week)
    return show_report(request, document, format, name=f"voc-{week}")
