"""Outcomes as events from the deployment's own systems."""

from collections.abc import Sequence

from fastapi import APIRouter

from qa_service.api.dependencies import Services, TheServices
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.outcomes import OutcomeBody, OutcomesBody, StoredBody
from qa_service.domain.outcome_event import OutcomeEvent
from qa_service.domain.role import Action
from qa_service.errors import TooLarge
from qa_service.store import Store

router = APIRouter(prefix="/v1", tags=["outcomes"], dependencies=[requires(Action.LOAD)])


@router.post("/outcomes", status_code=201, summary="Send one event")
def send(body: OutcomeBody, given: TheServices) -> StoredBody:
    """Paid, attended, refunded, complained or opted_out. The same event again changes nothing."""
    return _keep(given.store, [_event(body, given)])


@router.post("/outcomes/batch", summary="Send several events", responses=problem_docs(413))
def send_batch(body: OutcomesBody, given: TheServices) -> StoredBody:
    """All or, when one does not fit, none."""
    if len(body.events) > given.settings.max_batch:
        raise TooLarge(f"{len(body.events)} events; at most {given.settings.max_batch} in one batch")
    return _keep(given.store, [_event(one, given) for one in body.events])


def _event(body: OutcomeBody, given: Services) -> OutcomeEvent:
    at = body.at if body.at.tzinfo else body.at.replace(tzinfo=given.settings.zone)
    return OutcomeEvent(**body.model_dump(exclude={"at"}), at=at)


def _keep(store: Store, events: Sequence[OutcomeEvent]) -> StoredBody:
    with store.unit_of_work() as work:
        new = work.outcomes.add_many(events)
    return StoredBody(new=new, known=len(events) - new)
