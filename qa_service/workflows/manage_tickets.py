"""Tickets: handed to a department, taken up and answered by their owner, closed or reopened by who handed them over."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qa_service.domain.conversation import Conversation
from qa_service.domain.period import local_day
from qa_service.domain.quote import Quote
from qa_service.domain.role import Action, Caller, Scope
from qa_service.domain.ticket import (
    OWNERS_STEPS,
    WAITS_FOR_OWNER,
    Ticket,
    TicketAbout,
    TicketEvent,
    TicketPlace,
    TicketState,
    refuse_step,
    working_days_after,
)
from qa_service.errors import Forbidden, InvalidInput, NotFound
from qa_service.store import Store, UnitOfWork
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.review_conversation import note, within_reach


def open_ticket(store: Store, caller: Caller, wanted: Ticket, *, working_days: int | None = None) -> Ticket:
    """Hand something to a department; `working_days` sets the due day, counted from today."""
    _refuse_outside(caller, wanted.org)
    _refuse_unknown(wanted)
    now = store.clock()
    ticket = replace(wanted, by=caller.id, at=now)
    if working_days is not None:
        ticket = replace(ticket, due_on=working_days_after(local_day(now, store.zone), working_days))
    with store.unit_of_work() as work:
        _refuse_unseen(work, caller, ticket.places)
        made = work.tickets.add(ticket)
        note(work, caller, "open_ticket", f"ticket/{made.id}")
        return made


def usual_working_days() -> int:
    """How long a department has for an answer where nothing else was agreed."""
    return load_insight().outgoing.ticket_working_days


def change_ticket(store: Store, caller: Caller, ticket_id: int, changes: Mapping[str, Any]) -> Ticket:
    """Change title, owner, department or due day."""
    with store.unit_of_work() as work:
        old = _managed(work, caller, ticket_id)
        event = TicketEvent(old.state, caller.id, store.clock(), _told(old, changes))
        made = work.tickets.change(replace(old, **changes), event)
        note(work, caller, "change_ticket", f"ticket/{ticket_id}")
        return made


def link_conversations(store: Store, caller: Caller, ticket_id: int, places: Sequence[TicketPlace]) -> Ticket:
    """Link more conversations; those linked already stay."""
    with store.unit_of_work() as work:
        old = _managed(work, caller, ticket_id)
        _refuse_unseen(work, caller, places)
        work.tickets.link(ticket_id, [place for place in places if place not in old.places])
        note(work, caller, "link_conversations", f"ticket/{ticket_id}")
        return work.tickets.get(ticket_id)


def move_ticket(store: Store, caller: Caller, ticket_id: int, state: TicketState, text: str) -> Ticket:
    """Bring a ticket into its next state; the owner takes it up and answers, who hands tickets out does all."""
    with store.unit_of_work() as work:
        old = _seen(work, caller, ticket_id, lock=True)
        if not (old.owner == caller.id and state in OWNERS_STEPS):
            _refuse_outside(caller, old.org)
        refuse_step(old, state, text)
        reply = text.strip() if state is TicketState.ANSWERED else old.reply
        event = TicketEvent(state, caller.id, store.clock(), text.strip())
        made = work.tickets.change(replace(old, state=state, reply=reply), event)
        note(work, caller, f"ticket_{state.value}", f"ticket/{ticket_id}")
        return made


def list_tickets(
    store: Store, caller: Caller, *, state: TicketState | None = None, overdue: bool = False
) -> list[Ticket]:
    """Tickets within the caller's sight and those the caller owns, newest first."""
    caller.reach(Action.READ_TICKET)
    today = local_day(store.clock(), store.zone)
    states = None if state is None else (state,)
    with store.reading() as work:
        found = [one for one in work.tickets.all(states=states) if _sees(caller, one)]
    return [one for one in found if one.overdue(today)] if overdue else found


def read_ticket(store: Store, caller: Caller, ticket_id: int) -> tuple[Ticket, list[Quote]]:
    """A ticket, and the words at its places as far as the caller may read the conversations."""
    with store.reading() as work:
        ticket = _seen(work, caller, ticket_id)
        return ticket, [quote for place in ticket.places if (quote := _quote(work, caller, place)) is not None]


def tickets_told(work: UnitOfWork, scope: Scope) -> dict[str, Any] | None:
    """Open and overdue tickets of a part of the organisation, as they stand today; None when there are none."""
    today = local_day(work.tickets.clock(), work.tickets.zone)
    mine = [one for one in work.tickets.all(states=WAITS_FOR_OWNER) if scope.holds(one.org, None)]
    if not mine:
        return None
    late = sorted((one for one in mine if one.overdue(today)), key=lambda one: (one.due_on, one.id or 0))
    names = sorted({one.department for one in mine})
    rows = [_department(name, mine, late) for name in names]
    shown = [_line(one, (today - one.due_on).days) for one in late[: load_insight().outgoing.tickets_shown]]
    return {"open": len(mine), "overdue": len(late), "departments": rows, "late": shown}


def _department(name: str, mine: Sequence[Ticket], late: Sequence[Ticket]) -> dict[str, Any]:
    counts = {"open": mine, "overdue": late}
    body = {key: sum(one.department == name for one in tickets) for key, tickets in counts.items()}
    return {"department": name, "name": _department_name(name), **body}


def _department_name(department: str) -> str:
    return load_codebook().departments.get(department, department)


def _line(ticket: Ticket, days: int) -> dict[str, Any]:
    named: dict[str, Any] = {
        "id": ticket.id,
        "title": ticket.title,
        "department": ticket.department,
        "owner": ticket.owner,
    }
    named["name"] = _department_name(ticket.department)
    return {**named, "due_on": ticket.due_on.isoformat(), "days_late": days, "state": ticket.state.value}


def _quote(work: UnitOfWork, caller: Caller, place: TicketPlace) -> Quote | None:
    try:
        conversation = _readable(work, caller, place.conversation_id)
    except NotFound:
        return None
    turn = place.turn
    if turn is None or turn >= len(conversation.turns):
        return None
    return Quote(conversation.id, turn, conversation.turns[turn].text)


def _readable(work: UnitOfWork, caller: Caller, conversation_id: str) -> Conversation:
    within_reach(work, caller, Action.READ, conversation_id)
    return work.conversations.get(conversation_id)


def _told(old: Ticket, changes: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {getattr(old, name)} → {value}" for name, value in changes.items() if name != "title")


def _seen(work: UnitOfWork, caller: Caller, ticket_id: int, *, lock: bool = False) -> Ticket:
    caller.reach(Action.READ_TICKET)
    absent = NotFound(f"there is no ticket {ticket_id} within your reach")
    try:
        ticket = work.tickets.get(ticket_id, lock=lock)
    except NotFound:
        raise absent from None
    if not _sees(caller, ticket):
        raise absent
    return ticket


def _managed(work: UnitOfWork, caller: Caller, ticket_id: int) -> Ticket:
    caller.reach(Action.MANAGE_TICKET)
    ticket = _seen(work, caller, ticket_id, lock=True)
    _refuse_outside(caller, ticket.org)
    return ticket


def _sees(caller: Caller, ticket: Ticket) -> bool:
    """A ticket lies where its branch does; whoever owns one sees it."""
    scope = caller.reach(Action.READ_TICKET)
    return ticket.owner == caller.id or (scope.agent_id is None and scope.holds(ticket.org, None))


def _refuse_outside(caller: Caller, org: tuple[str, ...]) -> None:
    if not caller.reach(Action.MANAGE_TICKET).holds(org, None):
        where = " / ".join(org) or "the whole organisation"
        raise Forbidden(f"{where} lies outside your reach; name a branch of your own in `org`")


def _refuse_unseen(work: UnitOfWork, caller: Caller, places: Sequence[TicketPlace]) -> None:
    """A conversation that the caller may not read cannot be linked, or its words could be read by way of it."""
    for place in places:
        conversation = _readable(work, caller, place.conversation_id)
        if place.turn is not None and place.turn >= len(conversation.turns):
            raise InvalidInput(f"conversation {place.conversation_id} has no turn {place.turn}")


def _refuse_unknown(ticket: Ticket) -> None:
    book = load_codebook()
    known = {
        TicketAbout.COMPLAINT_REASON: book.complaint_reasons,
        TicketAbout.REFUND_REASON: book.refund_reasons,
    }.get(ticket.about)
    if known is not None and ticket.about_id not in known:
        raise InvalidInput(f"there is no {ticket.about.value} {ticket.about_id!r}; see the codebook")
    if ticket.about is TicketAbout.TOPIC and not ticket.about_id:
        raise InvalidInput("name the topic (`about_id`)")
