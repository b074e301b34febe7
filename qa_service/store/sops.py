"""SOP versions: drafts are edited, published ones never change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint, func, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.rollout import (
    EVERYBODY,
    Rollback,
    Rollout,
    RolloutKind,
    Wave,
    ended_by_publication,
    rollback,
    states,
)
from qa_service.domain.sop_version import SopState, SopVersion
from qa_service.errors import Conflict, NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, Moment, Number
from qa_service.store.rollouts import Rollouts


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
    """SOP versions by slug and version, and where they are in force."""

    @property
    def rollouts(self) -> Rollouts:
        """The rollouts of all SOPs."""
        return Rollouts(self.session, self.clock, self.zone)

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
        """Put a version in force for everybody from now on, the first of its SOP since ever.

        The versions in force before are retired; a retired one may come back.
        """
        rows, now = self._locked(slug, version), self.clock()
        known = self.rollouts.all(slug)
        ends = ended_by_publication(known, version, now=now)
        everywhere = any(one.version == version and one.runs(now) and one.place == EVERYBODY for one in known)
        if not (everywhere and not ends):
            self.rollouts.end(ends, at=now, by=by, reason=reason)
            since = now if known else None
            self._record(slug, version, Wave(EVERYBODY, since), kind=RolloutKind.PUBLICATION, by=by, reason=reason)
            self._settle(slug, rows, by=by, reason=reason)
        return _version(rows[version])

    def roll_out(self, slug: str, version: int, waves: Sequence[Wave], *, by: str, reason: str = "") -> list[Rollout]:
        """Put a version in force place by place, each from its start on; what is in force elsewhere stays."""
        rows, now = self._locked(slug, version), self.clock()
        dated = [replace(wave, starts_at=wave.starts_at or now) for wave in waves]
        added = [self._record(slug, version, wave, kind=RolloutKind.PLAN, by=by, reason=reason) for wave in dated]
        self._settle(slug, rows, by=by, reason=reason)
        return added

    def roll_back(self, slug: str, *, by: str, reason: str) -> Rollback:
        """Withdraw the version that came last, for what was in force before it, from now on; raises Conflict."""
        rows, now = self._locked(slug), self.clock()
        back = rollback(self.rollouts.all(slug), slug, now=now)
        self.rollouts.end(back.ends, at=now, by=by, reason=reason)
        begun = [
            self._record(slug, one.version, Wave(one.place, now), kind=RolloutKind.ROLLBACK, by=by, reason=reason)
            for one in back.begins
        ]
        self._settle(slug, rows, by=by, reason=reason)
        return replace(back, begins=tuple(begun))

    def end_rollout(self, slug: str, rollout_id: int, *, by: str, reason: str = "") -> Rollout:
        """End one rollout now, or drop it before it begins; raises NotFound, or Conflict when it has ended."""
        rows = self._locked(slug)
        rollout = self.rollouts.get(rollout_id)
        if rollout.slug != slug:
            raise NotFound(f"SOP {slug} has no rollout {rollout_id}")
        if rollout.ends_at is not None:
            raise Conflict(f"rollout {rollout_id} has ended already")
        self.rollouts.end([rollout], at=self.clock(), by=by, reason=reason)
        self._settle(slug, rows, by=by, reason=reason)
        return self.rollouts.get(rollout_id)

    def retire(self, slug: str, version: int, *, by: str = "", reason: str = "") -> SopVersion:
        """Take a version out of force everywhere, planned rollouts too."""
        rows = self._locked(slug, version)
        own = [one for one in self.rollouts.all(slug) if one.version == version and one.ends_at is None]
        self.rollouts.end(own, at=self.clock(), by=by, reason=reason)
        self._retire(rows[version])
        self.session.flush()
        return _version(rows[version])

    def get(self, slug: str, version: int) -> SopVersion:
        """One version; raises NotFound."""
        return _version(self._existing(slug, version))

    def published(self) -> list[SopVersion]:
        """The versions in force somewhere, or planned to be, by slug and version."""
        query = select(SopVersionRow).where(SopVersionRow.state == SopState.PUBLISHED.value)
        return [
            _version(row) for row in self.session.scalars(query.order_by(SopVersionRow.slug, SopVersionRow.version))
        ]

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

    def texts(self, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
        """The YAML of some versions, by slug and version."""
        pair = tuple_(SopVersionRow.slug, SopVersionRow.version)
        query = select(SopVersionRow.slug, SopVersionRow.version, SopVersionRow.yaml).where(pair.in_(sorted(wanted)))
        return {(slug, version): yaml for slug, version, yaml in self.session.execute(query)} if wanted else {}

    def _locked(self, slug: str, version: int | None = None) -> dict[int, SopVersionRow]:
        """The versions of an SOP, locked until the transaction ends; raises NotFound when there is no such one."""
        query = select(SopVersionRow).where(SopVersionRow.slug == slug).order_by(SopVersionRow.version)
        query = query.with_for_update().execution_options(populate_existing=True)
        rows = {row.version: row for row in self.session.scalars(query)}
        if not rows or (version is not None and version not in rows):
            raise NotFound(f"SOP {slug} has no version {version}" if version else f"there is no SOP {slug}")
        return rows

    def _record(self, slug: str, version: int, wave: Wave, *, kind: RolloutKind, by: str, reason: str) -> Rollout:
        rollout = Rollout(
            slug=slug,
            version=version,
            kind=kind,
            place=wave.place,
            starts_at=wave.starts_at,
            replaces=wave.replaces,
            by=by,
            at=self.clock(),
            reason=reason,
        )
        return self.rollouts.add(rollout)

    def _settle(self, slug: str, rows: Mapping[int, SopVersionRow], *, by: str, reason: str) -> None:
        """Write down which versions are published, now that their rollouts have changed."""
        for version, open_somewhere in states(self.rollouts.all(slug)).items():
            row = rows[version]
            if not open_somewhere:
                self._retire(row)
            elif row.state != SopState.PUBLISHED:
                row.state, row.retired_at, row.reason = SopState.PUBLISHED.value, None, row.reason or reason
                if row.published_at is None:
                    # A version that comes back was published once; that it came back stands in its rollouts.
                    row.published_by, row.published_at = by, self.clock()
        self.session.flush()

    def _retire(self, row: SopVersionRow) -> None:
        if row.state != SopState.RETIRED:
            row.state, row.retired_at = SopState.RETIRED.value, self.clock()

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
