"""Recipients of what goes out; their addresses and secrets are sealed."""

from dataclasses import asdict
from datetime import datetime, time
from typing import Any
from uuid import uuid4

from sqlalchemy import Boolean, LargeBinary, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.recipient import Address, Format, QuietHours, Recipient, Urgent
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, JsonText, Moment, Number
from qa_service.store.sealing import seal, unseal


class RecipientRow(Base):
    """One recipient; `mark` is what its sealed address is bound to."""

    __tablename__ = "recipient"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    mark: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    shown: Mapped[str] = mapped_column(Text)
    org: Mapped[Any] = mapped_column(JsonText)
    department: Mapped[str] = mapped_column(Text)
    urgent: Mapped[Any] = mapped_column(JsonText)
    refund_from: Mapped[float | None]
    quiet: Mapped[Any] = mapped_column(JsonText, nullable=True)
    active: Mapped[bool] = mapped_column(Boolean)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)


_FIELDS = ("name", "shown", "department", "refund_from", "active", "by", "at")


class Recipients(Access):
    """Recipients by their number."""

    master_key: bytes | None = None

    def add(self, recipient: Recipient, address: Address) -> Recipient:
        """Store a recipient; raises InvalidInput without a master key."""
        row = RecipientRow(mark=uuid4().hex)
        self._fill(row, recipient)
        self._seal(row, address)
        self.session.add(row)
        self.session.flush()
        return self.get(row.id)

    def change(self, recipient: Recipient, address: Address | None) -> Recipient:
        """Store what changed; `address` None leaves it."""
        row = self._existing(recipient.id or 0)
        self._fill(row, recipient)
        if address is not None:
            self._seal(row, address)
        self.session.flush()
        return self.get(row.id)

    def delete(self, recipient_id: int) -> None:
        """Forget its address; its deliveries stay, under its name."""
        row = self._existing(recipient_id)
        row.active, row.deleted_at, row.sealed, row.shown = False, self.clock(), b"", ""
        self.session.flush()

    def get(self, recipient_id: int) -> Recipient:
        """One recipient; raises NotFound."""
        return _recipient(self._existing(recipient_id))

    def address(self, recipient_id: int) -> Address:
        """Where it is reached, for the one that sends; raises NotFound, and InvalidInput under another master key."""
        row = self._existing(recipient_id)
        told = unseal(row.sealed, self.master_key, owner=row.mark)
        return Address(told["url"], tuple(told["emails"]), told["secret"])

    def all(self) -> list[Recipient]:
        """Every recipient, by number."""
        query = select(RecipientRow).where(RecipientRow.deleted_at.is_(None)).order_by(RecipientRow.id)
        return [_recipient(row) for row in self.session.scalars(query)]

    def _seal(self, row: RecipientRow, address: Address) -> None:
        row.sealed = seal(asdict(address), self.master_key, owner=row.mark)

    def _fill(self, row: RecipientRow, recipient: Recipient) -> None:
        for name in _FIELDS:
            setattr(row, name, getattr(recipient, name))
        row.format, row.org = recipient.format.value, list(recipient.org)
        row.urgent = sorted(kind.value for kind in recipient.urgent)
        row.quiet = _quiet_to_json(recipient.quiet) if recipient.quiet else None

    def _existing(self, recipient_id: int) -> RecipientRow:
        # As everybody else reads it: moments in UTC.
        row = self.session.get(RecipientRow, recipient_id, populate_existing=True)
        if row is None or row.deleted_at is not None:
            raise NotFound(f"there is no recipient {recipient_id}")
        return row


def _recipient(row: RecipientRow) -> Recipient:
    return Recipient(
        **{name: getattr(row, name) for name in _FIELDS},
        format=Format(row.format),
        org=tuple(row.org),
        urgent=frozenset(map(Urgent, row.urgent)),
        quiet=_quiet_from_json(row.quiet) if row.quiet else None,
        id=row.id,
    )


def _quiet_to_json(quiet: QuietHours) -> dict[str, Any]:
    excepted = sorted(kind.value for kind in quiet.except_for)
    return {"begins": quiet.begins.isoformat(), "ends": quiet.ends.isoformat(), "except_for": excepted}


def _quiet_from_json(body: dict[str, Any]) -> QuietHours:
    begins, ends = (time.fromisoformat(body[name]) for name in ("begins", "ends"))
    return QuietHours(begins, ends, frozenset(map(Urgent, body["except_for"])))
