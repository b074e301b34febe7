"""A customer's conversations as one journey."""

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.dependencies import TheServices
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.journeys import JourneysBody
from qa_service.api.schemas.queries import Text
from qa_service.domain.journey_json import journey_to_json
from qa_service.domain.period import moment_until
from qa_service.domain.role import Action, Caller
from qa_service.workflows.read_journey import read_journeys

router = APIRouter(prefix="/v1", tags=["conversations"])

AsOf = Annotated[
    Text, Query(description="A day, included, or a time with offset; absent: now", examples=["2026-10-31"])
]


@router.get("/customers/{customer_id:path}/journey", summary="A customer's journeys", responses=problem_docs(404))
def journey(
    customer_id: str, given: TheServices, caller: Annotated[Caller, requires(Action.READ)], as_of: AsOf = None
) -> JourneysBody:
    """Calls and chats joined in time, by final verdicts: steps that may be done in any contact, promises made before,
    red lines and grievances over all of them. Only conversations within your reach are looked at.
    """
    moment = moment_until(as_of, given.settings.zone) if as_of else None
    found = read_journeys(given.store, caller, customer_id, as_of=moment)
    return JourneysBody(
        customer_id=found.customer_id,
        as_of=found.as_of,
        complete=found.complete,
        journeys=[journey_to_json(one) for one in found.journeys],
        undated=list(found.undated),
    )
