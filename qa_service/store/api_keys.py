"""API keys, as digests, and the access log."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.role import AccessEntry, ApiKey, Role
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, JsonText, Moment, Number
from qa_service.store.filters import LAST
from qa_service.store.paging import Page, decode_cursor, encode_cursor, page_size


class ApiKeyRow(Base):
    """One key."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(Exact, unique=True)
    holder: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Moment)
    org: Mapped[Any] = mapped_column(JsonText)
    agent_id: Mapped[str | None] = mapped_column(Text)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class AccessEntryRow(Base):
    """One line of the access log."""

    __tablename__ = "access_entry"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    caller: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Exact, index=True)
    reason: Mapped[str] = mapped_column(Text)


class ApiKeys(Access):
    """Keys by id and by digest."""

    def add(self, key: ApiKey) -> None:
        """Store a new key."""
        values = {name: getattr(key, name) for name in _KEY} | {"org": list(key.org), "role": key.role.value}
        self.session.add(ApiKeyRow(**values))
        self.session.flush()

    def by_digest(self, digest: str) -> ApiKey | None:
        """The key with that digest, revoked or not, None when there is none."""
        row = self.session.scalars(select(ApiKeyRow).where(ApiKeyRow.digest == digest)).one_or_none()
        return _key(row) if row else None

    def get(self, key_id: str) -> ApiKey:
        """One key; raises NotFound."""
        return _key(self._row(key_id))

    def all(self) -> list[ApiKey]:
        """Every key, oldest first."""
        return [
            _key(row) for row in self.session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at, ApiKeyRow.id))
        ]

    def revoke(self, key_id: str) -> ApiKey:
        """End a key; ending it again changes nothing."""
        row = self._row(key_id)
        row.revoked_at = row.revoked_at or self.clock()
        self.session.flush()
        return _key(row)

    def _row(self, key_id: str) -> ApiKeyRow:
        row = self.session.get(ApiKeyRow, key_id)
        if row is None:
            raise NotFound(f"there is no key {key_id}")
        return row


class AccessLog(Access):
    """Who did what to which thing."""

    def add(self, entry: AccessEntry) -> None:
        """Append one line."""
        values = {name: getattr(entry, name) for name in _ENTRY}
        self.session.add(AccessEntryRow(**values))
        self.session.flush()

    def about(self, place: str, actions: Collection[str]) -> list[AccessEntry]:
        """What was done, of some actions, with whatever lies under a place (`sop/trial-call`); oldest first."""
        query = select(AccessEntryRow).where(AccessEntryRow.action.in_(sorted(actions)))
        query = query.where(AccessEntryRow.target >= f"{place}/", AccessEntryRow.target < f"{place}/{LAST}")
        return [_entry(row) for row in self.session.scalars(query.order_by(AccessEntryRow.at, AccessEntryRow.id))]

    def page(
        self, *, caller: str | None = None, target: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[AccessEntry]:
        """Lines of the log, newest first."""
        query = select(AccessEntryRow)
        for column, value in ((AccessEntryRow.caller, caller), (AccessEntryRow.target, target)):
            query = query if value is None else query.where(column == value)
        if cursor is not None:
            query = query.where(tuple_(AccessEntryRow.at, AccessEntryRow.id) < decode_cursor(cursor))
        query = query.order_by(AccessEntryRow.at.desc(), AccessEntryRow.id.desc())
        rows = list(self.session.scalars(query.limit(page_size(limit) + 1)))
        last = encode_cursor(rows[limit - 1].at, rows[limit - 1].id) if len(rows) > limit else None
        return Page(tuple(_entry(row) for row in rows[:limit]), last)


_KEY = ("id", "digest", "holder", "created_at", "agent_id", "revoked_at")
_ENTRY = ("at", "caller", "action", "target", "reason")


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(**{name: getattr(row, name) for name in _KEY}, org=tuple(row.org), role=Role(row.role))


def _entry(row: AccessEntryRow) -> AccessEntry:
    return AccessEntry(**{name: getattr(row, name) for name in _ENTRY})
