"""Tickets (工单): handed to a department, answered, closed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.tickets import (
    LinkRequest,
    ReadTicketBody,
    StepRequest,
    TicketBody,
    TicketChanges,
    TicketRequest,
    TicketsBody,
    TicketsQuery,
    plain,
)
from qa_service.domain.quote import quote_to_json
from qa_service.domain.role import Action, Caller
from qa_service.domain.ticket import TicketState
from qa_service.workflows import manage_tickets

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

Reader = Annotated[Caller, requires(Action.READ_TICKET)]
Manager = Annotated[Caller, requires(Action.MANAGE_TICKET)]
TicketId = Annotated[int, Path(ge=1, le=2**53)]


@router.post("", status_code=201, summary="Hand something to a department", responses=problem_docs(404))
def begin(body: TicketRequest, store: TheStore, caller: Manager) -> TicketBody:
    """A reason, a topic or some conversations, with an owner and a due day."""
    days = None if body.due_on else body.working_days or manage_tickets.usual_working_days()
    return TicketBody.of(manage_tickets.open_ticket(store, caller, body.as_ticket(store.clock()), working_days=days))


@router.get("", summary="Tickets")
def listing(store: TheStore, caller: Reader, query: Annotated[TicketsQuery, Query()]) -> TicketsBody:
    """Those of your part of the organisation and those you own, newest first."""
    state = TicketState(query.state) if query.state else None
    found = manage_tickets.list_tickets(store, caller, state=state, overdue=query.overdue)
    return TicketsBody(items=list(map(TicketBody.of, found)))


@router.get("/{ticket_id}", summary="One ticket", responses=problem_docs(404))
def one(ticket_id: TicketId, store: TheStore, caller: Reader) -> ReadTicketBody:
    """With its history, and the words at its places as far as you may read the conversations."""
    ticket, quotes = manage_tickets.read_ticket(store, caller, ticket_id)
    return ReadTicketBody.model_validate(plain(ticket) | {"quotes": list(map(quote_to_json, quotes))})


@router.patch("/{ticket_id}", summary="Change a ticket", responses=problem_docs(404))
def change(ticket_id: TicketId, body: TicketChanges, store: TheStore, caller: Manager) -> TicketBody:
    """Its title, department, owner or due day."""
    changes = body.model_dump(exclude_none=True)
    return TicketBody.of(manage_tickets.change_ticket(store, caller, ticket_id, changes))


@router.post("/{ticket_id}/conversations", summary="Link conversations", responses=problem_docs(404))
def link(ticket_id: TicketId, body: LinkRequest, store: TheStore, caller: Manager) -> TicketBody:
    """That you may read; those linked already stay."""
    places = [place.as_place() for place in body.conversations]
    return TicketBody.of(manage_tickets.link_conversations(store, caller, ticket_id, places))


@router.post("/{ticket_id}/steps", summary="Take up, answer, close or reopen", responses=problem_docs(404, 409))
def step(ticket_id: TicketId, body: StepRequest, store: TheStore, caller: Reader) -> TicketBody:
    """Its owner takes it up and answers; who hands tickets out may do all."""
    state = TicketState(body.state)
    return TicketBody.of(manage_tickets.move_ticket(store, caller, ticket_id, state, body.text))
