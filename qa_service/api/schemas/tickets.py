"""Bodies about tickets (工单)."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.body import Body, Branch, Day, RequestBody, Words, asks, shows
from qa_service.domain.ticket import LONGEST_WORKING_DAYS, Ticket, TicketAbout, TicketPlace

PLACE: dict[str, Any] = {"conversation_id": "c-001", "turn": 3}
WANTED: dict[str, Any] = {
    "title": "退费到账太慢，请说明流程",
    "about": "complaint_reason",
    "about_id": "refund_obstructed",
    "department": "finance",
    "owner": "finance-li",
    "working_days": 3,
    "org": ["总部", "一部"],
    "conversations": [PLACE],
}
EVENT: dict[str, Any] = {"state": "open", "by": "ops-chen", "at": "2026-10-09T02:00:00Z", "text": ""}
QUOTE: dict[str, Any] = {**PLACE, "quote": "钱退了一个月还没到"}
TICKET: dict[str, Any] = {
    **{key: value for key, value in WANTED.items() if key != "working_days"},
    "id": 4,
    "due_on": "2026-10-14",
    "state": "open",
    "reply": "",
    "history": [EVENT],
    "by": "ops-chen",
    "at": "2026-10-09T02:00:00Z",
}
Name = Field(min_length=1, max_length=200)


class PlaceRequest(RequestBody):
    """A conversation, and the turn that shows what is meant."""

    model_config = asks(PLACE)
    conversation_id: Words = Field(min_length=1, max_length=200)
    turn: int | None = Field(None, ge=0, le=100_000)

    def as_place(self) -> TicketPlace:
        """The place itself."""
        return TicketPlace(self.conversation_id, self.turn)


class TicketRequest(RequestBody):
    """What is handed to which department. Without `due_on` it is due in `working_days` (Monday to Friday), or five."""

    model_config = asks(WANTED)
    title: Words = Name
    about: Literal["complaint_reason", "refund_reason", "topic", "other"] = "other"
    about_id: Words = Field("", max_length=200)
    department: Words = Name
    owner: Words = Name
    due_on: Day | None = None
    working_days: int | None = Field(None, ge=1, le=LONGEST_WORKING_DAYS)
    org: Branch = Field(default_factory=list)
    conversations: list[PlaceRequest] = Field(default_factory=list, max_length=200)

    def as_ticket(self, now: datetime) -> Ticket:
        """The ticket itself, not stored yet; the due day may still be set by working days."""
        plain = self.model_dump(include={"title", "about_id", "department", "owner"})
        return Ticket(
            **plain,
            about=TicketAbout(self.about),
            due_on=self.due_on or now.date(),
            org=tuple(self.org),
            places=tuple(dict.fromkeys(one.as_place() for one in self.conversations)),
            by="",
            at=now,
        )


class TicketChanges(RequestBody):
    """What changes; what is left out stays."""

    model_config = asks({"owner": "finance-wang", "due_on": "2026-10-20"})
    title: Words | None = Field(None, min_length=1, max_length=200)
    department: Words | None = Field(None, min_length=1, max_length=200)
    owner: Words | None = Field(None, min_length=1, max_length=200)
    due_on: Day | None = None


class LinkRequest(RequestBody):
    """Conversations to link."""

    model_config = asks({"conversations": [PLACE]})
    conversations: list[PlaceRequest] = Field(min_length=1, max_length=200)


class StepRequest(RequestBody):
    """Its next state; an answer and a reopening need words."""

    model_config = asks({"state": "answered", "text": "银行退回，已重新打款，2 日内到账"})
    state: Literal["in_work", "answered", "closed", "reopened"]
    text: Words = Field("", max_length=4000)


class TicketsQuery(BaseModel):
    """Which tickets."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["open", "in_work", "answered", "closed", "reopened"] | None = None
    overdue: bool = False


class PlaceBody(Body):
    """A linked conversation."""

    model_config = shows(PLACE)
    conversation_id: str
    turn: int | None


class QuoteBody(Body):
    """What is said at a place, as stored: masked."""

    model_config = shows(QUOTE)
    conversation_id: str
    turn: int
    quote: str


class EventBody(Body):
    """One line of the history."""

    model_config = shows(EVENT)
    state: str
    by: str
    at: datetime
    text: str


class TicketBody(Body):
    """One ticket; `reply` is the last answer."""

    model_config = shows(TICKET)
    id: int
    title: str
    about: str
    about_id: str
    department: str
    owner: str
    org: list[str]
    due_on: date
    state: str
    reply: str
    conversations: list[PlaceBody]
    history: list[EventBody]
    by: str
    at: datetime

    @classmethod
    def of(cls, one: Ticket) -> "TicketBody":
        """The body of a ticket."""
        return cls.model_validate(plain(one))


class ReadTicketBody(TicketBody):
    """One ticket with the words at its places, as far as you may read the conversations."""

    model_config = shows({**TICKET, "quotes": [QUOTE]})
    quotes: list[QuoteBody]


class TicketsBody(Body):
    """Tickets, newest first."""

    model_config = shows({"items": [TICKET]})
    items: list[TicketBody]


def plain(one: Ticket) -> dict[str, Any]:
    """A ticket as the fields of its body."""
    names = set(TicketBody.model_fields) - {"org", "conversations"}
    fields = {name: getattr(one, name) for name in names}
    return fields | {"org": list(one.org), "conversations": list(one.places)}
