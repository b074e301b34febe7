"""Closed periods (封账)."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.periods import ClosingBody, PeriodBody, PeriodPageBody, PeriodsBody
from qa_service.domain.closed_period import ClosedPeriod, PeriodTotals
from qa_service.domain.role import Action, Caller
from qa_service.store import MAX_PAGE
from qa_service.workflows import close_period

router = APIRouter(prefix="/v1", tags=["closed periods"])

Closer = Annotated[Caller, requires(Action.CLOSE_PERIOD)]
Reader = Annotated[Caller, requires(Action.READ)]
PeriodId = Annotated[int, Path(ge=1, le=2**53)]


@router.post("/periods", status_code=201, summary="Close a period", responses=problem_docs(409))
def close(body: ClosingBody, store: TheStore, caller: Closer) -> PeriodBody:
    """Its final scores are frozen: neither a re-score nor a reviewer moves them; a won appeal books a correction.

    Refused while scores are provisional or a proposed veto waits for a person: `errors` names the conversations.
    """
    first, last = close_period.days_of_month(body.month) if body.month else (body.day_from, body.day_to)
    assert first is not None and last is not None
    closed = close_period.close_period(store, caller, first, last, reason=body.reason, force=body.force)
    return PeriodBody.model_validate(_line(*close_period.totalled(store, caller, closed)))


@router.get("/periods", summary="Closed periods")
def listing(store: TheStore, caller: Reader) -> PeriodsBody:
    """By their days, with totals as far as your reach goes."""
    found = close_period.read_periods(store, caller)
    return PeriodsBody.model_validate({"items": [_line(period, totals) for period, totals in found]})


@router.get("/periods/{period_id}", summary="One closed period", responses=problem_docs(404))
def one(
    period_id: PeriodId,
    store: TheStore,
    caller: Reader,
    *,
    after: Annotated[int, Query(ge=0, le=2**53, description="`next_after` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    provisional: Annotated[bool, Query(description="Only scores that were frozen before they were decided")] = False,
) -> PeriodPageBody:
    """Its frozen scores, page by page, and the corrections booked since; within your reach."""
    page = close_period.read_period(store, caller, period_id, after=after, limit=limit, provisional=provisional)
    rest = {"scores": page.scores, "next_after": page.next_after, "corrections": page.corrections}
    return PeriodPageBody.model_validate(_line(page.period, page.totals) | rest)


def _line(period: ClosedPeriod, totals: PeriodTotals) -> dict[str, Any]:
    return asdict(period) | {"totals": totals}
