"""Rollouts of SOP versions: recorded, ended, never deleted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.rollout import Place, Rollout, RolloutKind
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, JsonText, Moment, Number


class SopRolloutRow(Base):
    """One rollout of a version; `org` and `products` are lists."""

    __tablename__ = "sop_rollout"
    __table_args__ = (ForeignKeyConstraint(["slug", "version"], ["sop_version.slug", "sop_version.version"]),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    slug: Mapped[str] = mapped_column(Exact, index=True)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    org: Mapped[Any] = mapped_column(JsonText)
    products: Mapped[Any] = mapped_column(JsonText)
    replaces: Mapped[bool]
    starts_at: Mapped[datetime | None] = mapped_column(Moment)
    ends_at: Mapped[datetime | None] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text)
    ended_by: Mapped[str | None] = mapped_column(Text)
    end_reason: Mapped[str] = mapped_column(Text)


_FIELDS = (
    *("slug", "version", "replaces", "starts_at", "ends_at", "by", "at", "reason"),
    *("ended_by", "end_reason"),
)


class Rollouts(Access):
    """Rollouts by SOP, in the order in which they were recorded."""

    def all(self, slug: str | None = None) -> list[Rollout]:
        """Every rollout, of one SOP or of every SOP, ended ones too."""
        query = select(SopRolloutRow).order_by(SopRolloutRow.id)
        if slug is not None:
            query = query.where(SopRolloutRow.slug == slug)
        return [_rollout(row) for row in self.session.scalars(query)]

    def get(self, rollout_id: int) -> Rollout:
        """One rollout; raises NotFound."""
        return _rollout(self._existing(rollout_id))

    def add(self, rollout: Rollout) -> Rollout:
        """Record a rollout; returns it with its id."""
        values = {name: getattr(rollout, name) for name in _FIELDS}
        row = SopRolloutRow(
            **values, kind=rollout.kind.value, org=list(rollout.place.org), products=sorted(rollout.place.products)
        )
        self.session.add(row)
        self.session.flush()
        # As everybody else reads it: moments in UTC.
        self.session.refresh(row)
        return _rollout(row)

    def end(self, rollouts: Iterable[Rollout], *, at: datetime, by: str, reason: str) -> None:
        """End rollouts; one that has not begun never will."""
        for rollout in rollouts:
            assert rollout.id is not None
            row = self._existing(rollout.id)
            row.ends_at, row.ended_by, row.end_reason = at, by, reason
        self.session.flush()

    def _existing(self, rollout_id: int) -> SopRolloutRow:
        row = self.session.get(SopRolloutRow, rollout_id)
        if row is None:
            raise NotFound(f"there is no rollout {rollout_id}")
        return row


def _rollout(row: SopRolloutRow) -> Rollout:
    values = {name: getattr(row, name) for name in _FIELDS}
    place = Place(tuple(row.org), frozenset(row.products))
    return Rollout(**values, id=row.id, kind=RolloutKind(row.kind), place=place)
