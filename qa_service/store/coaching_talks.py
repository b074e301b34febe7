"""Coaching talks held, and wordings proposed and approved."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.coaching import ApprovedWording, CoachedPoint, CoachingTalk, Estimate
from qa_service.domain.metrics import rate
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, JsonText
from qa_service.store.database import Moment as Time


class CoachingTalkRow(Base):
    """One talk with an agent; points hold counts, no words of customers."""

    __tablename__ = "coaching_talk"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[str] = mapped_column(Exact, index=True)
    day: Mapped[str] = mapped_column(String(10))
    points: Mapped[Any] = mapped_column(JsonText)
    note: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Time)


class ApprovedWordingRow(Base):
    """A wording for a question or objection, written by people of the company."""

    __tablename__ = "approved_wording"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    objection: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    product: Mapped[str | None] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(Time)
    approved_by: Mapped[str | None] = mapped_column(Text)
    approved_at: Mapped[datetime | None] = mapped_column(Time)


class CoachingTalks(Access):
    """Talks by agent, and wordings."""

    def add_talk(self, talk: CoachingTalk) -> CoachingTalk:
        """Record a talk."""
        points = [_point_to_json(point) for point in talk.points]
        values = {"id": talk.id, "agent_id": talk.agent_id, "day": talk.on.isoformat(), "note": talk.note}
        self.session.add(CoachingTalkRow(**values, points=points, created_by=talk.by, created_at=self.clock()))
        self.session.flush()
        return self.talks(talk.agent_id)[0]

    def talks(self, agent_id: str) -> list[CoachingTalk]:
        """The talks with an agent, latest first."""
        row = CoachingTalkRow
        query = select(row).where(row.agent_id == agent_id).order_by(row.day.desc(), row.created_at.desc(), row.id)
        return [_talk(one) for one in self.session.scalars(query)]

    def add_wording(self, wording: ApprovedWording) -> ApprovedWording:
        """Propose a wording."""
        values = {name: getattr(wording, name) for name in ("id", "objection", "text", "product", "proposed_by")}
        self.session.add(ApprovedWordingRow(**values, proposed_at=self.clock()))
        self.session.flush()
        return self.wording(wording.id)

    def wording(self, wording_id: str) -> ApprovedWording:
        """One wording; raises NotFound."""
        return _wording(self._wording_row(wording_id))

    def wordings(self, *, approved: bool | None = None) -> list[ApprovedWording]:
        """Wordings in the order in which they were proposed, all or only those that are (not) approved."""
        row = ApprovedWordingRow
        query = select(row).order_by(row.proposed_at, row.id)
        if approved is not None:
            query = query.where(row.approved_by.is_not(None) if approved else row.approved_by.is_(None))
        return [_wording(one) for one in self.session.scalars(query)]

    def approve_wording(self, wording_id: str, by: str) -> ApprovedWording:
        """Approve a wording; raises NotFound."""
        row = self._wording_row(wording_id)
        row.approved_by, row.approved_at = by, self.clock()
        self.session.flush()
        return self.wording(wording_id)

    def remove_wording(self, wording_id: str) -> None:
        """Withdraw a wording; raises NotFound."""
        self.session.delete(self._wording_row(wording_id))
        self.session.flush()

    def _wording_row(self, wording_id: str) -> ApprovedWordingRow:
        row = self.session.get(ApprovedWordingRow, wording_id, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no wording {wording_id}")
        return row


def _talk(row: CoachingTalkRow) -> CoachingTalk:
    day = date.fromisoformat(row.day)
    points = tuple(_point(one, day) for one in row.points)
    return CoachingTalk(row.id, row.agent_id, day, points, row.note, row.created_by, row.created_at)


def _point_to_json(point: CoachedPoint) -> dict[str, Any]:
    pulled = point.shrunken
    what = {"sop": point.sop, "kind": point.kind, "id": point.id, "k": point.own.k, "n": point.own.n}
    return what | {"value": pulled.value, "low": pulled.low, "high": pulled.high}


def _point(body: dict[str, Any], day: date) -> CoachedPoint:
    pulled = Estimate(body["value"], body["low"], body["high"])
    return CoachedPoint(body["sop"], body["kind"], body["id"], day, rate(body["k"], body["n"]), pulled)


def _wording(row: ApprovedWordingRow) -> ApprovedWording:
    return ApprovedWording(**{name: getattr(row, name) for name in ApprovedWording.__dataclass_fields__})
