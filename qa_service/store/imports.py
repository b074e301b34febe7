"""Imports: how far one has come, what it did, and what it could not take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select, tuple_, update
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.errors import Conflict, NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Moment, Number
from qa_service.store.paging import Page, decode_cursor, encode_cursor, page_size

COUNTS = ("read", "new", "updated", "unchanged", "defects")


class ImportState(StrEnum):
    """Whether an import still runs."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ImportRow(Base):
    """One import; `read` counts conversations and defects, in the order of the file."""

    __tablename__ = "import"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(String(64), index=True)
    by: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    begun_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str | None] = mapped_column(Text)
    read: Mapped[int]
    new: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    defects: Mapped[int]


class ImportDefectRow(Base):
    """One thing that an import could not take."""

    __tablename__ = "import_defect"
    __table_args__ = (UniqueConstraint("import", "position"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    import_id: Mapped[int] = mapped_column("import", ForeignKey("import.id"))
    position: Mapped[int]
    file: Mapped[str] = mapped_column(Text)
    row: Mapped[int | None]
    code: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Import:
    """One import and its counts; `read` is how many conversations and defects of the file are dealt with."""

    id: int
    name: str
    digest: str | None
    by: str
    state: ImportState
    begun_at: datetime
    ended_at: datetime | None
    reason: str | None
    read: int
    new: int
    updated: int
    unchanged: int
    defects: int


@dataclass(frozen=True, slots=True)
class ImportDefect:
    """What could not be taken: file, row and reason; `position` is its place in the order of the file."""

    position: int
    file: str
    row: int | None
    code: str
    reason: str


class Imports(Access):
    """Imports by id."""

    def begin(self, name: str, *, by: str, digest: str | None = None) -> Import:
        """Begin an import; one of the same bytes that was cut short is taken up where it stopped."""
        if digest is not None:
            same = (ImportRow.digest == digest, ImportRow.name == name, ImportRow.state == ImportState.RUNNING.value)
            row = self.session.scalars(select(ImportRow).where(*same).order_by(ImportRow.id.desc())).first()
            if row is not None:
                return _import(row)
        counts = dict.fromkeys(COUNTS, 0)
        row = ImportRow(
            name=name, digest=digest, by=by, state=ImportState.RUNNING.value, begun_at=self.clock(), **counts
        )
        self.session.add(row)
        self.session.flush()
        return _import(row)

    def advance(
        self, import_id: int, counts: Mapping[str, int], defects: Sequence[ImportDefect] = (), *, after: int
    ) -> None:
        """Add to the counts (see COUNTS) and note defects, in the transaction of the data itself.

        `after` is the count `read` that this continues; raises Conflict when another process has moved on meanwhile.
        """
        added = {name: getattr(ImportRow, name) + counts.get(name, 0) for name in COUNTS}
        still = (ImportRow.id == import_id, ImportRow.read == after, ImportRow.state == ImportState.RUNNING.value)
        moved = self.session.execute(update(ImportRow).where(*still).values(added).returning(ImportRow.id))
        if moved.one_or_none() is None:
            raise Conflict(f"import {import_id} is running in another process too; wait for that one")
        if defects:
            names = ("position", "file", "row", "code", "reason")
            rows = [{"import": import_id, **{name: getattr(one, name) for name in names}} for one in defects]
            self.session.execute(self.insert(ImportDefectRow).on_conflict_do_nothing(), rows)

    def end(self, import_id: int, state: ImportState, reason: str | None = None) -> Import:
        """Close an import."""
        row = self._row(import_id)
        row.state, row.reason, row.ended_at = state.value, reason, self.clock()
        self.session.flush()
        return _import(row)

    def get(self, import_id: int) -> Import:
        """One import; raises NotFound."""
        return _import(self._row(import_id))

    def page(self, *, limit: int = 50, cursor: str | None = None) -> Page[Import]:
        """Imports, newest first."""
        query = select(ImportRow)
        if cursor is not None:
            query = query.where(tuple_(ImportRow.begun_at, ImportRow.id) < decode_cursor(cursor))
        query = query.order_by(ImportRow.begun_at.desc(), ImportRow.id.desc())
        rows = list(self.session.scalars(query.limit(page_size(limit) + 1)))
        last = encode_cursor(rows[limit - 1].begun_at, rows[limit - 1].id) if len(rows) > limit else None
        return Page(tuple(map(_import, rows[:limit])), last)

    def defects(self, import_id: int, *, after: int = -1, limit: int = 1000) -> list[ImportDefect]:
        """Defects in the order of the file, those after a position."""
        query = select(ImportDefectRow).where(ImportDefectRow.import_id == import_id, ImportDefectRow.position > after)
        rows = self.session.scalars(query.order_by(ImportDefectRow.position).limit(limit))
        return [ImportDefect(row.position, row.file, row.row, row.code, row.reason) for row in rows]

    def _row(self, import_id: int) -> ImportRow:
        row = self.session.get(ImportRow, import_id, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no import {import_id}")
        return row


_FIELDS = ("id", "name", "digest", "by", "begun_at", "ended_at", "reason", *COUNTS)


def _import(row: ImportRow) -> Import:
    return Import(**{name: getattr(row, name) for name in _FIELDS}, state=ImportState(row.state))
