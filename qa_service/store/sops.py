"""SOP versions: drafts are edited, published ones never change."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.sop_version import SopState, SopVersion
from qa_service.errors import Conflict, NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, Moment, Number


class SopVersionRow(Base):
    """One version of an SOP."""

    __tablename__ = "sop_version"
    __table_args__ = (UniqueConstraint("slug", "version"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    slug: Mapped[str] = mapped_column(Exact)
    version: Mapped[int]
    yaml: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), index=True)
    written_by: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text)
    published_by: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)


_FIELDS = (
    *("slug", "version", "yaml", "digest", "written_by", "written_at", "reason"),
    *("published_by", "published_at", "retired_at"),
)


class Sops(Access):
    """SOP versions by slug and version."""

    def save_draft(self, draft: SopVersion) -> SopVersion:
        """Store a draft, or the new text of one; raises Conflict when that version is published or retired."""
        row = self._row(draft.slug, draft.version)
        if row is not None and row.state != SopState.DRAFT:
            raise Conflict(
                f"version {draft.version} of SOP {draft.slug} is {row.state} and never changes; "
                f"write version {self.next_version(draft.slug)}"
            )
        row = row or SopVersionRow()
        for name in _FIELDS:
            setattr(row, name, getattr(draft, name))
        row.state = SopState.DRAFT.value
        self.session.add(row)
        self.session.flush()
        return _version(row)

    def publish(self, slug: str, version: int, *, by: str, reason: str = "") -> SopVersion:
        """Make a version the one in use; the one in use before is retired. A retired one may come back."""
        row = self._existing(slug, version)
        if row.state == SopState.PUBLISHED:
            return _version(row)
        now = self.clock()
        in_use = (SopVersionRow.slug == slug, SopVersionRow.state == SopState.PUBLISHED.value)
        retired: dict[str, Any] = {"state": SopState.RETIRED.value, "retired_at": now}
        self.session.execute(update(SopVersionRow).where(*in_use).values(retired))
        row.state, row.published_by, row.published_at, row.retired_at = SopState.PUBLISHED.value, by, now, None
        row.reason = reason or row.reason
        self.session.flush()
        return _version(row)

    def retire(self, slug: str, version: int) -> SopVersion:
        """Take a version out of use."""
        row = self._existing(slug, version)
        row.state, row.retired_at = SopState.RETIRED.value, self.clock()
        self.session.flush()
        return _version(row)

    def get(self, slug: str, version: int) -> SopVersion:
        """One version; raises NotFound."""
        return _version(self._existing(slug, version))

    def published(self) -> list[SopVersion]:
        """The versions in use, by slug."""
        query = select(SopVersionRow).where(SopVersionRow.state == SopState.PUBLISHED.value)
        return [_version(row) for row in self.session.scalars(query.order_by(SopVersionRow.slug))]

    def versions(self, slug: str | None = None) -> list[SopVersion]:
        """All versions, of one SOP or of every SOP, by slug and version."""
        query = select(SopVersionRow).order_by(SopVersionRow.slug, SopVersionRow.version)
        if slug is not None:
            query = query.where(SopVersionRow.slug == slug)
        return [_version(row) for row in self.session.scalars(query)]

    def next_version(self, slug: str) -> int:
        """The number after the highest version of an SOP."""
        highest = self.session.execute(select(func.max(SopVersionRow.version)).where(SopVersionRow.slug == slug))
        return (highest.scalar_one() or 0) + 1

    def _row(self, slug: str, version: int) -> SopVersionRow | None:
        query = select(SopVersionRow).where(SopVersionRow.slug == slug, SopVersionRow.version == version)
        return self.session.scalars(query).one_or_none()

    def _existing(self, slug: str, version: int) -> SopVersionRow:
        row = self._row(slug, version)
        if row is None:
            raise NotFound(f"SOP {slug} has no version {version}")
        return row


def _version(row: SopVersionRow) -> SopVersion:
    return SopVersion(**{name: getattr(row, name) for name in _FIELDS}, state=SopState(row.state))
