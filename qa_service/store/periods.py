"""Closed periods: final scores frozen once, and corrections booked beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, ForeignKey, String, Text, func, insert, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.closed_period import ClosedPeriod, Correction, FrozenScore, PeriodTotals
from qa_service.domain.review import ReviewState
from qa_service.domain.role import EVERYTHING, Scope
from qa_service.domain.score import ScoreState, Veto
from qa_service.errors import Conflict, NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Moment, Number
from qa_service.store.filters import ConversationFilter, conditions, org_path, org_text, within
from qa_service.store.reviews import OverrideRow, ReviewRow, conversation_number
from qa_service.store.rows import AnalysisProblemRow, AnalysisRow, ConversationRow, FrozenScoreRow

AT_ONCE = 500


class ClosedPeriodRow(Base):
    """One closed period."""

    __tablename__ = "closed_period"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    first: Mapped[date] = mapped_column(Date, index=True)
    last: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class CorrectionRow(Base):
    """One correction; never changed."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    conversation: Mapped[int] = mapped_column(ForeignKey("frozen_score.conversation"), index=True)
    appeal_id: Mapped[str] = mapped_column(String(64))
    old_score: Mapped[float | None]
    new_score: Mapped[float | None]
    old_passed: Mapped[bool | None] = mapped_column(Boolean)
    new_passed: Mapped[bool | None] = mapped_column(Boolean)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Freezing:
    """A conversation about to be frozen, as its analysis has it; `touched`: people decided something about it."""

    number: int
    score: FrozenScore
    touched: bool


class Periods(Access):
    """Closed periods, frozen scores, corrections."""

    def close(self, first: date, last: date, *, by: str, reason: str) -> ClosedPeriod:
        """Begin a closed period, still empty; raises Conflict when one of its days is closed already."""
        if self.session.get_bind().dialect.name == "postgresql":
            # SQLite's writers come one after the other anyway.
            self.session.execute(text("LOCK TABLE closed_period IN SHARE ROW EXCLUSIVE MODE"))
        overlap = select(ClosedPeriodRow).where(ClosedPeriodRow.first <= last, ClosedPeriodRow.last >= first)
        earlier = self.session.scalars(overlap.order_by(ClosedPeriodRow.first)).first()
        if earlier is not None:
            raise Conflict(f"the days {earlier.first} to {earlier.last} are closed already; choose others")
        row = ClosedPeriodRow(first=first, last=last, reason=reason, by=by, at=self.clock())
        self.session.add(row)
        self.session.flush()
        return _period(row)

    def unanalysed(self, first: date, last: date) -> int:
        """How many conversations of these days still wait for their first analysis."""
        wanted = ConversationFilter(day_from=first, day_to=last)
        query = select(func.count()).select_from(ConversationRow)
        query = query.outerjoin(AnalysisProblemRow, AnalysisProblemRow.conversation == ConversationRow.number)
        waiting = (ConversationRow.current.is_(None), AnalysisProblemRow.conversation.is_(None))
        query = query.where(*conditions(wanted, self.zone), *waiting, ConversationRow.deleted_at.is_(None))
        return self.session.execute(query).scalar_one()

    def freezing(self, period: ClosedPeriod) -> Iterator[list[Freezing]]:
        """The conversations of a period that are not frozen yet, a few at a time; each is locked until the end."""
        last = 0
        while rows := self.session.execute(self._next(period, last)).all():
            last = rows[-1].ConversationRow.number
            touched = self._touched([row.ConversationRow.number for row in rows])
            yield [
                Freezing(row.ConversationRow.number, _freezing(row, period), row.ConversationRow.number in touched)
                for row in rows
            ]

    def freeze(self, scores: Sequence[tuple[int, FrozenScore]]) -> None:
        """Keep final scores for ever, by the store's own numbers of their conversations."""
        names = (*_SCORE, *_JUDGED, *_PERSON)
        rows = [
            {name: getattr(score, name) for name in names}
            | {"conversation": number, "period": score.period, "analysis": score.analysis_id}
            | {"org": org_text(score.org)}
            for number, score in scores
        ]
        if rows:
            self.session.execute(insert(FrozenScoreRow), rows)

    def of(self, ids: Sequence[str]) -> dict[str, FrozenScore]:
        """The frozen scores of some conversations."""
        rows = self.session.execute(_scores().where(ConversationRow.id.in_(ids)))
        return {row.conversation_id: _frozen(row) for row in rows}

    def find(self, conversation_id: str) -> FrozenScore | None:
        """The frozen score of a conversation, None when its period is open."""
        return self.of([conversation_id]).get(conversation_id)

    def frozen(self, numbers: Sequence[int]) -> set[int]:
        """Which of these conversations lie in a closed period."""
        query = select(FrozenScoreRow.conversation).where(FrozenScoreRow.conversation.in_(numbers))
        return set(self.session.scalars(query))

    def get(self, period_id: int) -> ClosedPeriod:
        """One period; raises NotFound."""
        row = self.session.get(ClosedPeriodRow, period_id)
        if row is None:
            raise NotFound(f"there is no closed period {period_id}")
        return _period(row)

    def all(self) -> list[ClosedPeriod]:
        """Every closed period, by its days."""
        return [_period(row) for row in self.session.scalars(select(ClosedPeriodRow).order_by(ClosedPeriodRow.first))]

    def totals(self, period_id: int, *, scope: Scope = EVERYTHING) -> PeriodTotals:
        """What a period holds, as far as the caller may see."""
        where = (FrozenScoreRow.period == period_id, *_within(scope))
        counted = (FrozenScoreRow.passed.is_(True), _provisional(), FrozenScoreRow.veto == Veto.PROPOSED.value)
        columns = (func.count(), func.count(FrozenScoreRow.score), func.avg(FrozenScoreRow.score))
        query = select(*columns, *(func.count().filter(one) for one in counted)).select_from(FrozenScoreRow)
        conversations, scored, mean, passed, provisional, vetoes = self.session.execute(query.where(*where)).one()
        booked = select(func.count()).select_from(CorrectionRow)
        booked = booked.join(FrozenScoreRow, FrozenScoreRow.conversation == CorrectionRow.conversation).where(*where)
        mean_score = None if mean is None else round(float(mean), 2)
        corrections = self.session.execute(booked).scalar_one()
        return PeriodTotals(conversations, scored, passed, mean_score, provisional, vetoes, corrections)

    def scores(
        self, period_id: int, *, scope: Scope = EVERYTHING, after: int = 0, limit: int = 100, provisional: bool = False
    ) -> list[tuple[int, FrozenScore]]:
        """Frozen scores with the store's own numbers, those after a number; only `provisional` ones where asked."""
        query = _scores().where(FrozenScoreRow.period == period_id, FrozenScoreRow.conversation > after)
        query = query.where(*_within(scope), *([_provisional()] if provisional else []))
        query = query.order_by(FrozenScoreRow.conversation).limit(limit)
        return [(row.FrozenScoreRow.conversation, _frozen(row)) for row in self.session.execute(query)]

    def book(self, correction: Correction) -> None:
        """Book a correction."""
        number = conversation_number(self, correction.conversation_id)
        values = {name: getattr(correction, name) for name in _CORRECTION}
        self.session.add(CorrectionRow(conversation=number, **values))
        self.session.flush()

    def corrections(
        self, *, period_id: int | None = None, conversation_id: str | None = None, scope: Scope = EVERYTHING
    ) -> list[Correction]:
        """Corrections in the order of their days, of a period or of a conversation."""
        query = select(ConversationRow.id, FrozenScoreRow.period, CorrectionRow)
        query = query.join(FrozenScoreRow, FrozenScoreRow.conversation == CorrectionRow.conversation)
        query = query.join(ConversationRow, ConversationRow.number == CorrectionRow.conversation)
        query = query.where(*_within(scope))
        if period_id is not None:
            query = query.where(FrozenScoreRow.period == period_id)
        if conversation_id is not None:
            query = query.where(ConversationRow.id == conversation_id)
        rows = self.session.execute(query.order_by(CorrectionRow.at, CorrectionRow.id))
        return [
            Correction(one_id, period, **{name: getattr(row, name) for name in _CORRECTION})
            for one_id, period, row in rows
        ]

    def _next(self, period: ClosedPeriod, after: int) -> Any:
        wanted = ConversationFilter(day_from=period.first, day_to=period.last)
        query = select(ConversationRow, AnalysisRow)
        query = query.outerjoin(AnalysisRow, AnalysisRow.id == ConversationRow.current)
        query = query.outerjoin(FrozenScoreRow, FrozenScoreRow.conversation == ConversationRow.number)
        query = query.where(*conditions(wanted, self.zone), ConversationRow.number > after)
        query = query.where(FrozenScoreRow.conversation.is_(None)).order_by(ConversationRow.number).limit(AT_ONCE)
        return query.with_for_update(of=ConversationRow)

    def _touched(self, numbers: Sequence[int]) -> set[int]:
        overridden = select(OverrideRow.conversation).where(OverrideRow.conversation.in_(numbers))
        settled = or_(ReviewRow.state == ReviewState.SETTLED.value, ReviewRow.settled_on.is_not(None))
        reviewed = select(ReviewRow.conversation).where(ReviewRow.conversation.in_(numbers), settled)
        return {*self.session.scalars(overridden), *self.session.scalars(reviewed)}


_SCORE = ("score", "score_low", "score_high", "score_state", "passed", "veto")
_JUDGED = ("sop", "sop_version", "models", "code")
_PERSON = ("agent_id", "agent_name", "team")
_CORRECTION = ("appeal_id", "old_score", "new_score", "old_passed", "new_passed", "by", "at")


def _scores() -> Any:
    query = select(ConversationRow.id.label("conversation_id"), FrozenScoreRow)
    return query.join(ConversationRow, ConversationRow.number == FrozenScoreRow.conversation)


def _provisional() -> ColumnElement[bool]:
    return FrozenScoreRow.score_state == ScoreState.PROVISIONAL.value


def _within(scope: Scope) -> Iterator[Any]:
    return within(scope, org=FrozenScoreRow.org, agent_id=FrozenScoreRow.agent_id)


def _period(row: ClosedPeriodRow) -> ClosedPeriod:
    return ClosedPeriod(row.id, row.first, row.last, row.reason, row.by, row.at)


def _frozen(row: Any) -> FrozenScore:
    frozen = row.FrozenScoreRow
    given = {name: getattr(frozen, name) for name in (*_SCORE, *_JUDGED, *_PERSON, "period")}
    given |= {"analysis_id": frozen.analysis, "org": org_path(frozen.org)}
    return FrozenScore(conversation_id=row.conversation_id, **given)


def _freezing(row: Any, period: ClosedPeriod) -> FrozenScore:
    conversation, analysis = row.ConversationRow, row.AnalysisRow
    judged = {name: getattr(analysis, name) if analysis else None for name in (*_SCORE, *_JUDGED)}
    person = {name: getattr(conversation, name) for name in _PERSON}
    return FrozenScore(
        conversation_id=conversation.id,
        period=period.id,
        analysis_id=conversation.current,
        org=org_path(conversation.org),
        **judged,
        **person,
    )
