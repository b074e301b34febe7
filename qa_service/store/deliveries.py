"""Deliveries on their way, and the urgent things that wait to be told together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.delivery import Delivery, DeliveryState, NoticeKind
from qa_service.domain.recipient import Urgent
from qa_service.errors import Conflict, NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, JsonText, Moment, Number
from qa_service.store.rows import ConversationRow


class DeliveryRow(Base):
    """One delivery; `key` is what it is for, so that nothing is delivered twice."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    recipient: Mapped[int] = mapped_column(ForeignKey("recipient.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(Exact, unique=True)
    about: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempts: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class UrgentRow(Base):
    """Something urgent in a conversation that one recipient is to hear of once; `turn` is where to look."""

    __tablename__ = "urgent"
    __table_args__ = (
        UniqueConstraint("recipient", "conversation", "kind"),
        Index("ix_urgent_recipient_delivery_due_at", "recipient", "delivery", "due_at"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    recipient: Mapped[int] = mapped_column(ForeignKey("recipient.id"))
    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    turn: Mapped[int | None]
    detail: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    delivery: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"), index=True)


@dataclass(frozen=True, slots=True)
class UrgentThing:
    """Something urgent: its kind, the turn that shows it, and a detail that is no customer's word (an id, a sum)."""

    conversation: int
    kind: Urgent
    turn: int | None
    detail: str = ""


class Deliveries(Access):
    """Deliveries by their number."""

    def add(self, recipient: int, kind: NoticeKind, key: str, about: Mapping[str, Any]) -> int | None:
        """Add a delivery; None when there is one for that already."""
        values = {"recipient": recipient, "kind": kind.value, "key": key, "about": dict(about)}
        fresh = {"state": DeliveryState.WAITING.value, "attempts": 0, "reason": "", "at": self.clock()}
        query = self.insert(DeliveryRow).values(values | fresh).on_conflict_do_nothing()
        return self.session.scalars(query.returning(DeliveryRow.id)).one_or_none()

    def tried(self, delivery_id: int, state: DeliveryState, reason: str) -> None:
        """Note how a try ended."""
        ended = None if state is DeliveryState.WAITING else self.clock()
        values = {"state": state.value, "reason": reason, "ended_at": ended, "attempts": DeliveryRow.attempts + 1}
        self.session.execute(update(DeliveryRow).where(DeliveryRow.id == delivery_id).values(values))

    def revive(self, delivery_id: int) -> Delivery:
        """Let a dead delivery be tried again; raises Conflict when it is not dead."""
        dead = (DeliveryRow.id == delivery_id, DeliveryRow.state == DeliveryState.DEAD.value)
        values = {"state": DeliveryState.WAITING.value, "attempts": 0, "ended_at": None}
        changed = update(DeliveryRow).where(*dead).values(values).returning(DeliveryRow.id)
        if self.session.execute(changed).one_or_none() is None:
            state = self.get(delivery_id).state.value
            raise Conflict(f"delivery {delivery_id} is {state}; only a dead one can be tried again")
        return self.get(delivery_id)

    def get(self, delivery_id: int) -> Delivery:
        """One delivery; raises NotFound."""
        row = self.session.get(DeliveryRow, delivery_id, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no delivery {delivery_id}")
        return _delivery(row)

    def find(
        self, *, recipients: Sequence[int] | None = None, state: DeliveryState | None = None, limit: int = 100
    ) -> list[Delivery]:
        """Deliveries, newest first."""
        query = select(DeliveryRow).order_by(DeliveryRow.id.desc()).limit(limit)
        if recipients is not None:
            query = query.where(DeliveryRow.recipient.in_(recipients))
        if state is not None:
            query = query.where(DeliveryRow.state == state.value)
        return [_delivery(row) for row in self.session.scalars(query)]

    def counts(self) -> dict[DeliveryState, int]:
        """How many deliveries are in each state."""
        query = select(DeliveryRow.state, func.count().label("deliveries")).group_by(DeliveryRow.state)
        found = {row.state: row.deliveries for row in self.session.execute(query)}
        return {state: found.get(state.value, 0) for state in DeliveryState}

    def gathered_until(self, recipient: int, now: datetime) -> datetime | None:
        """When the urgent things that wait for a recipient go out next; None when none wait."""
        waits = (UrgentRow.recipient == recipient, UrgentRow.delivery.is_(None), UrgentRow.due_at > now)
        return self.session.scalars(select(func.min(UrgentRow.due_at)).where(*waits)).one()

    def waits_until(self, recipient: int, moment: datetime) -> bool:
        """Whether something waits for exactly that moment: a job will then be due."""
        waits = (UrgentRow.recipient == recipient, UrgentRow.delivery.is_(None), UrgentRow.due_at == moment)
        return self.session.scalars(select(UrgentRow.id).where(*waits).limit(1)).first() is not None

    def note_urgent(self, recipient: int, thing: UrgentThing, due_at: datetime) -> bool:
        """Note something urgent for a recipient; False when it was noted before."""
        values: dict[str, Any] = {"recipient": recipient, "conversation": thing.conversation, "kind": thing.kind.value}
        values |= {"turn": thing.turn, "detail": thing.detail, "at": self.clock(), "due_at": due_at}
        query = self.insert(UrgentRow).values(values).on_conflict_do_nothing().returning(UrgentRow.id)
        return self.session.scalars(query).one_or_none() is not None

    def due(self, recipient: int) -> list[int]:
        """The urgent things that are to be told now, those of another worker left out."""
        due = (UrgentRow.recipient == recipient, UrgentRow.delivery.is_(None), UrgentRow.due_at <= self.clock())
        query = select(UrgentRow.id).where(*due).order_by(UrgentRow.id).with_for_update(skip_locked=True)
        return list(self.session.scalars(query))

    def put_into(self, delivery_id: int, urgent_ids: Sequence[int]) -> None:
        """Let one delivery tell of these things."""
        self.session.execute(update(UrgentRow).where(UrgentRow.id.in_(urgent_ids)).values(delivery=delivery_id))

    def things(self, delivery_id: int) -> list[UrgentThing]:
        """What a delivery tells of; what belonged to a deleted customer is not in it any more."""
        query = select(UrgentRow).join(ConversationRow, ConversationRow.number == UrgentRow.conversation)
        query = query.where(UrgentRow.delivery == delivery_id, ConversationRow.deleted_at.is_(None))
        rows = self.session.scalars(query.order_by(UrgentRow.id))
        return [UrgentThing(row.conversation, Urgent(row.kind), row.turn, row.detail) for row in rows]

    def forget_conversation(self, number: int) -> None:
        """Forget what was urgent in a conversation."""
        self.session.execute(delete(UrgentRow).where(UrgentRow.conversation == number))


def _delivery(row: DeliveryRow) -> Delivery:
    names = ("id", "recipient", "key", "about", "attempts", "reason", "at", "ended_at")
    fields = {name: getattr(row, name) for name in names}
    return Delivery(**fields, kind=NoticeKind(row.kind), state=DeliveryState(row.state))
