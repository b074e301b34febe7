"""Recipients of reports and urgent notices, what became of deliveries, and the schedules of the weekly report."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from qa_service.api.dependencies import TheServices, TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.recipients import (
    DeliveriesBody,
    DeliveriesQuery,
    DeliveryBody,
    RecipientBody,
    RecipientChanges,
    RecipientRequest,
    RecipientsBody,
    ScheduleBody,
    ScheduleChanges,
    ScheduleRequest,
    SchedulesBody,
)
from qa_service.config import Settings
from qa_service.domain.delivery import DeliveryState
from qa_service.domain.role import Action, Caller
from qa_service.notify import Hosts
from qa_service.workflows import manage_recipients, run_schedules

router = APIRouter(prefix="/v1", tags=["outgoing"])

Sending = Annotated[Caller, requires(Action.SEND)]
Number = Annotated[int, Path(ge=1, le=2**53)]


@router.post("/recipients", status_code=201, summary="Add a recipient")
def add(body: RecipientRequest, services: TheServices, caller: Sending) -> RecipientBody:
    """A robot of 企业微信, 钉钉 or 飞书, a system that takes signed JSON, or e-mail. Its address is kept sealed."""
    store = services.store
    wanted, address = body.as_recipient(store.clock()), body.as_address()
    made = manage_recipients.add_recipient(store, caller, wanted, address, hosts=_hosts(services.settings))
    return RecipientBody.of(made)


@router.get("/recipients", summary="Recipients")
def listing(store: TheStore, caller: Sending) -> RecipientsBody:
    """Those of your part of the organisation."""
    return RecipientsBody(items=list(map(RecipientBody.of, manage_recipients.list_recipients(store, caller))))


@router.patch("/recipients/{recipient_id}", summary="Change a recipient", responses=problem_docs(404))
def change(recipient_id: Number, body: RecipientChanges, services: TheServices, caller: Sending) -> RecipientBody:
    """What it hears of, or where it is reached."""
    made = manage_recipients.change_recipient(
        services.store,
        caller,
        recipient_id,
        body.changes(),
        address=body.address(),
        hosts=_hosts(services.settings),
    )
    return RecipientBody.of(made)


@router.delete("/recipients/{recipient_id}", status_code=204, summary="Delete a recipient", responses=problem_docs(404))
def delete(recipient_id: Number, store: TheStore, caller: Sending) -> Response:
    """Its address is forgotten at once; what waits for it is given up."""
    manage_recipients.delete_recipient(store, caller, recipient_id)
    return Response(status_code=204)


@router.post(
    "/recipients/{recipient_id}/trial", status_code=202, summary="Try a recipient", responses=problem_docs(404)
)
def try_out(recipient_id: Number, store: TheStore, caller: Sending) -> DeliveryBody:
    """Sends a notice that says only that it works; its delivery tells whether it arrived."""
    return DeliveryBody.of(manage_recipients.try_recipient(store, caller, recipient_id))


@router.get("/deliveries", summary="What became of deliveries")
def deliveries(store: TheStore, caller: Sending, query: Annotated[DeliveriesQuery, Query()]) -> DeliveriesBody:
    """Newest first; those in the state `dead` wait for a person."""
    state = DeliveryState(query.state) if query.state else None
    found = manage_recipients.list_deliveries(store, caller, state=state, limit=query.limit)
    return DeliveriesBody(items=list(map(DeliveryBody.of, found)))


@router.post("/deliveries/{delivery_id}/retry", status_code=202, summary="Try again", responses=problem_docs(404, 409))
def retry(delivery_id: Number, store: TheStore, caller: Sending) -> DeliveryBody:
    """A dead delivery, under the same key."""
    return DeliveryBody.of(manage_recipients.retry_delivery(store, caller, delivery_id))


@router.post("/schedules", status_code=201, summary="Schedule the weekly report", responses=problem_docs(404))
def schedule(body: ScheduleRequest, store: TheStore, caller: Sending) -> ScheduleBody:
    """It goes out once a week, also when the service was down at the time."""
    return ScheduleBody.of(run_schedules.add_schedule(store, caller, body.as_schedule(store.clock())))


@router.get("/schedules", summary="Schedules of the weekly report")
def schedules(store: TheStore, caller: Sending) -> SchedulesBody:
    """Those of your part of the organisation."""
    return SchedulesBody(items=list(map(ScheduleBody.of, run_schedules.list_schedules(store, caller))))


@router.patch("/schedules/{schedule_id}", summary="Change a schedule", responses=problem_docs(404))
def change_schedule(schedule_id: Number, body: ScheduleChanges, store: TheStore, caller: Sending) -> ScheduleBody:
    """A week that went out already goes out no second time."""
    return ScheduleBody.of(run_schedules.change_schedule(store, caller, schedule_id, body.changes()))


@router.delete("/schedules/{schedule_id}", status_code=204, summary="Delete a schedule", responses=problem_docs(404))
def delete_schedule(schedule_id: Number, store: TheStore, caller: Sending) -> Response:
    """Nothing more goes out by it."""
    run_schedules.delete_schedule(store, caller, schedule_id)
    return Response(status_code=204)


def _hosts(settings: Settings) -> Hosts:
    return Hosts(settings.webhook_hosts, settings.webhook_private_hosts)
