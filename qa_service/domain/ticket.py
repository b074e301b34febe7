"""Tickets (工单): a reason, a topic or some conversations handed to a department, until it has answered."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from qa_service.errors import Conflict, InvalidInput

SATURDAY = 6
LONGEST_WORKING_DAYS = 250


class TicketState(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    IN_WORK = "in_work"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"


class TicketAbout(StrEnum):
    """What a ticket is about."""

    COMPLAINT_REASON = "complaint_reason"
    REFUND_REASON = "refund_reason"
    TOPIC = "topic"
    OTHER = "other"


# Who was asked takes it up and answers; who asked closes it, or asks again.
STEPS = {
    TicketState.OPEN: {TicketState.IN_WORK, TicketState.ANSWERED, TicketState.CLOSED},
    TicketState.REOPENED: {TicketState.IN_WORK, TicketState.ANSWERED, TicketState.CLOSED},
    TicketState.IN_WORK: {TicketState.ANSWERED, TicketState.CLOSED},
    TicketState.ANSWERED: {TicketState.CLOSED, TicketState.REOPENED},
    TicketState.CLOSED: {TicketState.REOPENED},
}
OWNERS_STEPS = frozenset({TicketState.IN_WORK, TicketState.ANSWERED})
WAITS_FOR_OWNER = frozenset({TicketState.OPEN, TicketState.IN_WORK, TicketState.REOPENED})


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One line of a ticket's history: who brought it into which state, with which words."""

    state: TicketState
    by: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class TicketPlace:
    """A linked conversation, and the turn that shows what is meant; the quote is cut when it is read."""

    conversation_id: str
    turn: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket; `org` is the branch it is about. `reply` is the last answer."""

    title: str
    about: TicketAbout
    department: str
    owner: str
    due_on: date
    by: str
    at: datetime
    about_id: str = ""
    org: tuple[str, ...] = ()
    state: TicketState = TicketState.OPEN
    reply: str = ""
    places: tuple[TicketPlace, ...] = ()
    history: tuple[TicketEvent, ...] = ()
    id: int | None = None

    def overdue(self, today: date) -> bool:
        """Whether its owner should have answered by now."""
        return self.state in WAITS_FOR_OWNER and self.due_on < today


def refuse_step(ticket: Ticket, state: TicketState, text: str) -> None:
    """Raise Conflict for a state that cannot follow, InvalidInput for an answer without words."""
    if state not in STEPS[ticket.state]:
        allowed = ", ".join(sorted(one.value for one in STEPS[ticket.state]))
        raise Conflict(f"ticket {ticket.id} is {ticket.state.value}; it can become {allowed}")
    if state in (TicketState.ANSWERED, TicketState.REOPENED) and not text.strip():
        raise InvalidInput("say what was found or is still missing (`text`)")


def working_days_after(day: date, count: int, holidays: frozenset[date] = frozenset()) -> date:
    """The day that many working days later: Monday to Friday without holidays."""
    if not 0 < count <= LONGEST_WORKING_DAYS:
        raise InvalidInput(f"`working_days` must lie from 1 to {LONGEST_WORKING_DAYS}")
    while count:
        day += timedelta(days=1)
        count -= day.isoweekday() < SATURDAY and day not in holidays
    return day
