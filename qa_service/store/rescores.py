"""Re-scores: how far each has come, and every conversation that it moved."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, and_, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.rescore import (
    Rescore,
    RescoreCounts,
    RescoreRange,
    RescoreState,
    range_from_json,
    range_to_json,
)
from qa_service.domain.rescored import Judged, Rescored, changes_from_json, changes_to_json
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, JsonText, Moment, Number
from qa_service.store.filters import ConversationFilter
from qa_service.store.paging import Page, cursor_number, foreign_cursor, page_size
from qa_service.store.reviews import conversation_number
from qa_service.store.rows import ConversationRow

STREAM_ROWS = 200


class RescoreRow(Base):
    """One re-score; `listed` once every conversation of the range has its job."""

    __tablename__ = "rescore"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    wanted: Mapped[Any] = mapped_column(JsonText)
    by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16))
    listed: Mapped[bool] = mapped_column(Boolean)
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer)
    moved: Mapped[int] = mapped_column(Integer)
    refined: Mapped[int] = mapped_column(Integer)
    unchanged: Mapped[int] = mapped_column(Integer)
    first: Mapped[int] = mapped_column(Integer)
    frozen: Mapped[int] = mapped_column(Integer)
    failed: Mapped[int] = mapped_column(Integer)
    gone: Mapped[int] = mapped_column(Integer)
    contradicted: Mapped[int] = mapped_column(Integer)
    not_reproduced: Mapped[int] = mapped_column(Integer)
    report: Mapped[Any] = mapped_column(JsonText, nullable=True)


class RescoredRow(Base):
    """One conversation that a re-score changed; `weight` is how much a reader should care."""

    __tablename__ = "rescored"
    __table_args__ = (
        UniqueConstraint("rescore", "conversation"),
        Index("ix_rescored_rescore_weight_id", "rescore", "weight", "id"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    rescore: Mapped[int] = mapped_column(ForeignKey("rescore.id"))
    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"))
    agent_id: Mapped[str | None] = mapped_column(Text)
    agent_name: Mapped[str | None] = mapped_column(Text)
    team: Mapped[str | None] = mapped_column(Text)
    before_analysis_id: Mapped[int | None] = mapped_column(Number)
    before_sop: Mapped[str | None] = mapped_column(Text)
    before_sop_version: Mapped[int | None] = mapped_column(Integer)
    before_score: Mapped[float | None]
    before_passed: Mapped[bool | None] = mapped_column(Boolean)
    after_analysis_id: Mapped[int | None] = mapped_column(Number)
    after_sop: Mapped[str | None] = mapped_column(Text)
    after_sop_version: Mapped[int | None] = mapped_column(Integer)
    after_score: Mapped[float | None]
    after_passed: Mapped[bool | None] = mapped_column(Boolean)
    causes: Mapped[Any] = mapped_column(JsonText)
    changes: Mapped[Any] = mapped_column(JsonText)
    contradicted: Mapped[Any] = mapped_column(JsonText)
    weight: Mapped[float]


class Rescores(Access):
    """Re-scores, and the conversations that each changed."""

    def begin(self, wanted: RescoreRange, *, by: str, reason: str) -> Rescore:
        """Begin a re-score, of which nothing is listed yet."""
        row = RescoreRow(
            wanted=range_to_json(wanted),
            by=by,
            reason=reason,
            begun_at=self.clock(),
            state=RescoreState.RUNNING.value,
            listed=False,
            **dict.fromkeys(_COUNTS, 0),
        )
        self.session.add(row)
        self.session.flush()
        return _rescore(row)

    def get(self, rescore_id: int) -> Rescore:
        """One re-score; raises NotFound."""
        row = self.session.get(RescoreRow, rescore_id, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no re-score {rescore_id}")
        return _rescore(row)

    def recent(self, limit: int = 50) -> list[Rescore]:
        """The last re-scores, newest first."""
        return [
            _rescore(row)
            for row in self.session.scalars(select(RescoreRow).order_by(RescoreRow.id.desc()).limit(limit))
        ]

    def count(self, rescore_id: int, *, listed: bool = False, **counts: int) -> bool:
        """Add to the counts, in the transaction of what they count; returns whether nothing is left to do."""
        added: dict[str, Any] = {name: getattr(RescoreRow, name) + number for name, number in counts.items()}
        values = added | ({"listed": True} if listed else {})
        statement = update(RescoreRow).where(RescoreRow.id == rescore_id).values(values)
        # Updated first and read after, so that of two workers at the end the later one sees both.
        self.session.execute(statement, execution_options={"synchronize_session": False})
        row = self.session.get_one(RescoreRow, rescore_id, populate_existing=True)
        return row.listed and row.done == row.total

    def end(self, rescore_id: int, report: Mapping[str, Any]) -> None:
        """Close a re-score with its report."""
        row = self.session.get_one(RescoreRow, rescore_id)
        row.state, row.ended_at, row.report = RescoreState.DONE.value, self.clock(), dict(report)
        self.session.flush()

    def add_rescored(self, rescore_id: int, entry: Rescored) -> None:
        """Note one conversation that was changed."""
        sides = {
            f"{side}_{name}": value
            for side, judged in (("before", entry.before), ("after", entry.after))
            for name, value in asdict(judged).items()
        }
        row = RescoredRow(
            rescore=rescore_id,
            conversation=conversation_number(self, entry.conversation_id),
            causes=list(entry.causes),
            changes=changes_to_json(entry.changes),
            contradicted=list(entry.contradicted),
            weight=entry.weight,
            **{name: getattr(entry, name) for name in _PERSON},
            **sides,
        )
        self.session.add(row)
        self.session.flush()

    def rescored(self, rescore_id: int) -> Iterator[Rescored]:
        """Every conversation that was changed, in constant memory."""
        query = _rescored_rows(rescore_id).order_by(RescoredRow.id)
        for row in self.stream_rows(query, STREAM_ROWS):
            yield _one_rescored(row.conversation_id, row.RescoredRow)

    def page(self, rescore_id: int, *, limit: int = 50, cursor: str | None = None) -> Page[Rescored]:
        """Those that moved, the weightiest first."""
        query = _rescored_rows(rescore_id)
        if cursor is not None:
            weight, last = _place(cursor)
            query = query.where(
                or_(RescoredRow.weight < weight, and_(RescoredRow.weight == weight, RescoredRow.id > last))
            )
        rows = self.session.execute(
            query.order_by(RescoredRow.weight.desc(), RescoredRow.id).limit(page_size(limit) + 1)
        ).all()
        shown = rows[:limit]
        following = f"{shown[-1].RescoredRow.weight!r}:{shown[-1].RescoredRow.id}" if len(rows) > limit else None
        return Page(tuple(_one_rescored(row.conversation_id, row.RescoredRow) for row in shown), following)


_COUNTS = tuple(RescoreCounts.__dataclass_fields__)
_PERSON = ("agent_id", "agent_name", "team")
_JUDGED = tuple(Judged.__dataclass_fields__)


def rescore_filter(wanted: RescoreRange) -> ConversationFilter:
    """The range as the store's filter."""
    return ConversationFilter(**asdict(wanted))


def _place(cursor: str) -> tuple[float, int]:
    weight, _, last = cursor.partition(":")
    try:
        return float(weight), cursor_number(last)
    except ValueError as error:
        raise foreign_cursor() from error


def _rescored_rows(rescore_id: int) -> Any:
    query = select(ConversationRow.id.label("conversation_id"), RescoredRow)
    query = query.join(ConversationRow, ConversationRow.number == RescoredRow.conversation)
    return query.where(RescoredRow.rescore == rescore_id)


def _one_rescored(conversation_id: str, row: RescoredRow) -> Rescored:
    return Rescored(
        conversation_id=conversation_id,
        before=_judged(row, "before"),
        after=_judged(row, "after"),
        causes=tuple(row.causes),
        changes=changes_from_json(row.changes),
        contradicted=tuple(row.contradicted),
        **{name: getattr(row, name) for name in _PERSON},
    )


def _judged(row: RescoredRow, side: str) -> Judged:
    return Judged(**{name: getattr(row, f"{side}_{name}") for name in _JUDGED})


def _rescore(row: RescoreRow) -> Rescore:
    return Rescore(
        id=row.id,
        wanted=range_from_json(row.wanted),
        by=row.by,
        reason=row.reason,
        begun_at=row.begun_at,
        state=RescoreState(row.state),
        ended_at=row.ended_at,
        counts=RescoreCounts(**{name: getattr(row, name) for name in _COUNTS}),
        report=row.report,
    )
