"""Tickets handed to departments, their history and the conversations linked to them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.ticket import Ticket, TicketAbout, TicketEvent, TicketPlace, TicketState
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, JsonText, Moment, Number
from qa_service.store.rows import ConversationRow


class TicketRow(Base):
    """One ticket."""

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(String(32))
    about_id: Mapped[str] = mapped_column(Text)
    department: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    org: Mapped[Any] = mapped_column(JsonText)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(16), index=True)
    reply: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class TicketEventRow(Base):
    """One line of the history of a ticket; never changed, but for a deleted customer's words."""

    __tablename__ = "ticket_event"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    ticket: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class TicketPlaceRow(Base):
    """A conversation linked to a ticket."""

    __tablename__ = "ticket_place"
    __table_args__ = (UniqueConstraint("ticket", "conversation", "turn"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    ticket: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), index=True)
    turn: Mapped[int | None]


_FIELDS = ("title", "about_id", "department", "owner", "due_on", "reply", "by", "at")


class Tickets(Access):
    """Tickets by their number."""

    def add(self, ticket: Ticket) -> Ticket:
        """Store a ticket with its places and the first line of its history."""
        row = TicketRow()
        _fill(row, ticket)
        self.session.add(row)
        self.session.flush()
        self.link(row.id, ticket.places)
        self.note(row.id, TicketEvent(ticket.state, ticket.by, ticket.at))
        return self.get(row.id)

    def change(self, ticket: Ticket, event: TicketEvent) -> Ticket:
        """Store what changed of a ticket, with a line of its history."""
        _fill(self._existing(ticket.id or 0), ticket)
        self.note(ticket.id or 0, event)
        self.session.flush()
        return self.get(ticket.id or 0)

    def note(self, ticket_id: int, event: TicketEvent) -> None:
        """Add a line to the history."""
        row = TicketEventRow(ticket=ticket_id, state=event.state.value, text=event.text, by=event.by, at=event.at)
        self.session.add(row)

    def link(self, ticket_id: int, places: Sequence[TicketPlace]) -> None:
        """Link conversations; raises NotFound for one that is not stored."""
        for place in places:
            query = select(ConversationRow.number).where(ConversationRow.id == place.conversation_id)
            number = self.session.scalars(query.where(ConversationRow.deleted_at.is_(None))).one_or_none()
            if number is None:
                raise NotFound(f"there is no conversation {place.conversation_id}")
            self.session.add(TicketPlaceRow(ticket=ticket_id, conversation=number, turn=place.turn))
        self.session.flush()

    def get(self, ticket_id: int, *, lock: bool = False) -> Ticket:
        """One ticket; raises NotFound."""
        row = self._existing(ticket_id, lock=lock)
        return self._tickets([row])[0]

    def all(self, *, states: Collection[TicketState] | None = None) -> list[Ticket]:
        """Every ticket, or those in some states, newest first."""
        query = select(TicketRow).order_by(TicketRow.id.desc())
        if states is not None:
            query = query.where(TicketRow.state.in_([state.value for state in states]))
        return self._tickets(list(self.session.scalars(query)))

    def forget_conversation(self, number: int, said: Collection[str]) -> None:
        """Unlink a conversation; where people repeated what its customer said, their words go too."""
        ids = list(
            self.session.scalars(select(TicketPlaceRow.ticket).where(TicketPlaceRow.conversation == number).distinct())
        )
        self.session.execute(delete(TicketPlaceRow).where(TicketPlaceRow.conversation == number))
        for words in said:
            for column, key in (
                (TicketRow.title, TicketRow.id),
                (TicketRow.reply, TicketRow.id),
                (TicketEventRow.text, TicketEventRow.ticket),
            ):
                told: Any = column.contains(words, autoescape=True)
                change = update(column.class_).where(key.in_(ids), told)
                self.session.execute(change.values({column.key: ""}))

    def _tickets(self, rows: Sequence[TicketRow]) -> list[Ticket]:
        ids = [row.id for row in rows]
        places, history = self._places(ids), self._history(ids)
        return [_ticket(row, places.get(row.id, ()), history.get(row.id, ())) for row in rows]

    def _places(self, ids: Sequence[int]) -> dict[int, list[TicketPlace]]:
        query = select(TicketPlaceRow.ticket, ConversationRow.id, TicketPlaceRow.turn)
        query = query.join(ConversationRow, ConversationRow.number == TicketPlaceRow.conversation)
        found: dict[int, list[TicketPlace]] = {}
        for ticket, one_id, turn in self.session.execute(
            query.where(TicketPlaceRow.ticket.in_(ids)).order_by(TicketPlaceRow.id)
        ):
            found.setdefault(ticket, []).append(TicketPlace(one_id, turn))
        return found

    def _history(self, ids: Sequence[int]) -> dict[int, list[TicketEvent]]:
        query = select(TicketEventRow).where(TicketEventRow.ticket.in_(ids)).order_by(TicketEventRow.id)
        found: dict[int, list[TicketEvent]] = {}
        for row in self.session.scalars(query, execution_options={"populate_existing": True}):
            found.setdefault(row.ticket, []).append(TicketEvent(TicketState(row.state), row.by, row.at, row.text))
        return found

    def _existing(self, ticket_id: int, *, lock: bool = False) -> TicketRow:
        # As everybody else reads it: moments in UTC.
        row = self.session.get(TicketRow, ticket_id, with_for_update=lock, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no ticket {ticket_id}")
        return row


def _fill(row: TicketRow, ticket: Ticket) -> None:
    for name in _FIELDS:
        setattr(row, name, getattr(ticket, name))
    row.about, row.state, row.org = ticket.about.value, ticket.state.value, list(ticket.org)


def _ticket(row: TicketRow, places: Sequence[TicketPlace], history: Sequence[TicketEvent]) -> Ticket:
    return Ticket(
        **{name: getattr(row, name) for name in _FIELDS},
        about=TicketAbout(row.about),
        state=TicketState(row.state),
        org=tuple(row.org),
        places=tuple(places),
        history=tuple(history),
        id=row.id,
    )
