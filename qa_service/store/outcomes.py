"""Outcome events: the same event twice is one event."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.store.access import Access
from qa_service.store.conversations import STREAM_ROWS
from qa_service.store.database import Base, Exact, Moment, Number, dump_json


class OutcomeEventRow(Base):
    """One event; `unique_key` is a digest of everything that makes it the same event."""

    __tablename__ = "outcome_event"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    unique_key: Mapped[str] = mapped_column(String(64), unique=True)
    customer_id: Mapped[str | None] = mapped_column(Exact, index=True)
    event: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    product: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[float | None]
    order_id: Mapped[str | None] = mapped_column(Text)
    reason_text: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Moment)


class Outcomes(Access):
    """Outcome events of customers."""

    def add_many(self, events: Sequence[OutcomeEvent]) -> int:
        """Store events and say how many were new."""
        if not events:
            return 0
        now = self.clock()
        values = {_unique_key(event): _columns(event) | {"received_at": now} for event in events}
        rows = [{"unique_key": key, **columns} for key, columns in sorted(values.items())]
        statement = self.insert(OutcomeEventRow).on_conflict_do_nothing(index_elements=["unique_key"])
        return len(self.session.execute(statement.returning(OutcomeEventRow.id), rows).all())

    def of_customer(self, customer_id: str) -> list[OutcomeEvent]:
        """The events of one customer, oldest first."""
        query = select(OutcomeEventRow).where(OutcomeEventRow.customer_id == customer_id)
        rows = self.session.scalars(query.order_by(OutcomeEventRow.at, OutcomeEventRow.unique_key))
        return [_event(row) for row in rows]

    def stream(self, *, until: datetime | None = None) -> Iterator[OutcomeEvent]:
        """All events by customer and time, in constant memory; `until` leaves out later ones."""
        query = select(OutcomeEventRow).where(OutcomeEventRow.customer_id.is_not(None))
        if until is not None:
            query = query.where(OutcomeEventRow.at <= until)
        query = query.order_by(OutcomeEventRow.customer_id, OutcomeEventRow.at, OutcomeEventRow.unique_key)
        for (row,) in self.stream_rows(query, STREAM_ROWS):
            yield _event(row)


def _unique_key(event: OutcomeEvent) -> str:
    return hashlib.sha256(dump_json(event.key).encode()).hexdigest()


def _columns(event: OutcomeEvent) -> dict[str, object]:
    return {
        "customer_id": event.customer_id,
        "event": event.event.value,
        "at": event.at,
        "product": event.product,
        "amount": event.amount,
        "order_id": event.order_id,
        "reason_text": event.reason_text,
    }


def _event(row: OutcomeEventRow) -> OutcomeEvent:
    return OutcomeEvent(
        customer_id=row.customer_id or "",
        event=OutcomeKind(row.event),
        at=row.at,
        product=row.product,
        amount=row.amount,
        order_id=row.order_id,
        reason_text=row.reason_text,
    )
