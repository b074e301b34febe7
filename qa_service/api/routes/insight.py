"""What many conversations say together: reasons, needs, effects, suggestions, reports."""

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.dependencies import TheStore
from qa_service.api.permissions import requires
from qa_service.api.schemas.insight import ReasonsBody, ReasonsQuery
from qa_service.domain.role import Action, Caller
from qa_service.workflows.read_insight import read_reasons

router = APIRouter(prefix="/v1", tags=["insight"])

Reader = Annotated[Caller, requires(Action.REPORT)]


@router.get("/reasons", summary="Complaint and refund rates, with their reasons")
def reasons(store: TheStore, caller: Reader, query: Annotated[ReasonsQuery, Query()]) -> ReasonsBody:
    """By product, team, agent or week; every rate with its n, its 95% interval and conversations behind it."""
    rows = read_reasons(store, caller, query.wanted(), by=query.by, kind=query.kind)
    return ReasonsBody.model_validate({"items": rows})
