"""Courses over weeks, and what came of sales."""

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.dependencies import TheStore
from qa_service.api.permissions import requires
from qa_service.api.schemas.queries import WeekPath
from qa_service.api.schemas.trends import SalesBody, TrendsBody, TrendsQuery
from qa_service.domain.role import Action, Caller
from qa_service.workflows import read_trends

router = APIRouter(prefix="/v1", tags=["insight"])

Reader = Annotated[Caller, requires(Action.REPORT)]


@router.get("/trends/{week}", summary="Complaints, refund requests and needs, week by week")
def trends(store: TheStore, caller: Reader, week: WeekPath, query: Annotated[TrendsQuery, Query()]) -> TrendsBody:
    """The weeks up to this one, with n and interval each, and whether the last one differs from those before it."""
    return TrendsBody.model_validate({"items": read_trends.read_trends(store, caller, week, by=query.by)})


@router.get("/sales/{week}", summary="What came of sales: refunds, complaints, promises")
def sales(store: TheStore, caller: Reader, week: WeekPath) -> SalesBody:
    """Sales of the half year up to this week: shares of paying customers, how soon, and after which promises."""
    return SalesBody.model_validate(read_trends.read_sales(store, caller, week))
