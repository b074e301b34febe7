"""Reviews, overrides and comments: what people say stands beside the analysis, and is only ever added to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, and_, case, delete, exists, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.review import Basis, Comment, Decision, Override, Review, ReviewState
from qa_service.errors import Conflict, NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, JsonText, Moment, Number
from qa_service.store.filters import ConversationFilter, conditions
from qa_service.store.recount import mark_recount
from qa_service.store.rows import AnalysisRow, ConversationRow, FrozenScoreRow, RecheckRow


class ReviewRow(Base):
    """The review of one conversation."""

    __tablename__ = "review"

    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), primary_key=True)
    reviewer: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16), index=True)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_on: Mapped[int | None] = mapped_column(Number)


class OverrideRow(Base):
    """One decision about one finding; never updated but for the deletion of a customer."""

    __tablename__ = "override"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), index=True)
    finding_key: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Exact, index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    value: Mapped[Any] = mapped_column(JsonText)
    appeal_id: Mapped[str | None] = mapped_column(String(64))
    basis: Mapped[Any] = mapped_column(JsonText, nullable=True)


class CommentRow(Base):
    """One remark."""

    __tablename__ = "comment"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), index=True)
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    finding_key: Mapped[str | None] = mapped_column(Text)


class Reviews(Access):
    """Reviews, overrides and comments by conversation id."""

    def open(self, review: Review) -> Review:
        """Begin a review; raises Conflict when another person has."""
        number = conversation_number(self, review.conversation_id)
        values = {"conversation": number} | {name: getattr(review, name) for name in _REVIEW} | {"state": review.state}
        self.session.execute(self.insert(ReviewRow).values(values).on_conflict_do_nothing())
        stored = self.get(review.conversation_id)
        if stored.reviewer != review.reviewer:
            raise Conflict(f"conversation {review.conversation_id} is already under review by {stored.reviewer}")
        return stored

    def save(self, review: Review) -> None:
        """Store the new state of a review; raises NotFound when it was never opened."""
        row = self._row(review.conversation_id)
        row.state, row.settled_at, row.reviewer = review.state.value, review.settled_at, review.reviewer
        row.settled_on = review.settled_on
        self.session.flush()
        mark_recount(self, row.conversation)

    def find(self, conversation_id: str) -> Review | None:
        """The review of a conversation, None when nobody has begun one."""
        query = select(ReviewRow).join(ConversationRow).where(ConversationRow.id == conversation_id)
        row = self.session.scalars(query).one_or_none()
        return _review(conversation_id, row) if row else None

    def get(self, conversation_id: str) -> Review:
        """The review of a conversation; raises NotFound."""
        return _review(conversation_id, self._row(conversation_id))

    def waiting(self, wanted: ConversationFilter, *, limit: int = 50) -> list[str]:
        """Ids of analysed conversations that nobody has reviewed, or whose review a new analysis contradicts: the most
        pressing first, then newest first. Those of closed periods are left out.

        Pressing as `review.sampling.urgency` has it: a veto, a contradiction, a grievance, an open score, a doubt.
        """
        query = select(ConversationRow.id).join(AnalysisRow, AnalysisRow.id == ConversationRow.current)
        query = query.outerjoin(ReviewRow, ReviewRow.conversation == ConversationRow.number)
        query = query.where(*conditions(wanted, self.zone), ConversationRow.deleted_at.is_(None))
        query = query.outerjoin(RecheckRow, RecheckRow.conversation == ConversationRow.number)
        contradicted = RecheckRow.conversation.is_not(None)
        query = query.where(or_(ReviewRow.conversation.is_(None), contradicted))
        query = query.where(~exists().where(FrozenScoreRow.conversation == ConversationRow.number))
        urgency = case(
            (and_(AnalysisRow.veto == "proposed", ReviewRow.conversation.is_(None)), 0),
            (contradicted, 1),
            (or_(AnalysisRow.complaint, AnalysisRow.refund), 2),
            (AnalysisRow.score_state == "provisional", 3),
            (AnalysisRow.unsure, 4),
            else_=5,
        )
        order = (urgency, ConversationRow.listed_at.desc(), ConversationRow.number.desc())
        return list(self.session.scalars(query.order_by(*order).limit(limit)))

    def stream(self, *, state: ReviewState | None = None) -> Iterator[Review]:
        """Reviews by conversation id, in constant memory."""
        query = select(ConversationRow.id, ReviewRow).join(ReviewRow, ReviewRow.conversation == ConversationRow.number)
        query = query.where(ConversationRow.deleted_at.is_(None))
        if state is not None:
            query = query.where(ReviewRow.state == state.value)
        for conversation_id, row in self.stream_rows(query.order_by(ConversationRow.id), 200):
            yield _review(conversation_id, row)

    def add_override(self, override: Override) -> None:
        """Add one decision; earlier ones stay."""
        number = conversation_number(self, override.conversation_id)
        values = {name: getattr(override, name) for name in _OVERRIDE}
        values |= {"decision": override.decision.value, "value": dict(override.value), "basis": _basis(override)}
        self.session.add(OverrideRow(conversation=number, **values))
        self.session.flush()
        mark_recount(self, number)

    def overrides(self, conversation_id: str) -> list[Override]:
        """Every decision about a conversation, oldest first."""
        query = select(OverrideRow).join(ConversationRow).where(ConversationRow.id == conversation_id)
        rows = self.session.scalars(query.order_by(OverrideRow.at, OverrideRow.id))
        return [_override(conversation_id, row) for row in rows]

    def overridden_ids(self) -> set[str]:
        """Ids of the conversations that people decided something about."""
        numbers = select(OverrideRow.conversation)
        return set(self.session.scalars(select(ConversationRow.id).where(ConversationRow.number.in_(numbers))))

    def decided_about(self, numbers: Sequence[int]) -> set[int]:
        """Which of these conversations people decided something about, or began to review."""
        found: set[int] = set()
        for row in (OverrideRow, ReviewRow):
            found.update(self.session.scalars(select(row.conversation).where(row.conversation.in_(numbers))))
        return found

    def ask_again(self, conversation_id: str, analysis_id: int, contradictions: Sequence[Mapping[str, Any]]) -> None:
        """Put a conversation into the queue again because its analysis contradicts decisions; none takes it out."""
        number = conversation_number(self, conversation_id)
        self.session.execute(delete(RecheckRow).where(RecheckRow.conversation == number))
        if contradictions:
            told = [dict(one) for one in contradictions]
            row = RecheckRow(conversation=number, analysis=analysis_id, contradictions=told, at=self.clock())
            self.session.add(row)
            self.session.flush()

    def add_comment(self, comment: Comment) -> None:
        """Add a remark."""
        number = conversation_number(self, comment.conversation_id)
        self.session.add(CommentRow(conversation=number, **{name: getattr(comment, name) for name in _COMMENT}))
        self.session.flush()

    def comments(self, conversation_id: str) -> list[Comment]:
        """The remarks on a conversation, oldest first."""
        query = select(CommentRow).join(ConversationRow).where(ConversationRow.id == conversation_id)
        rows = self.session.scalars(query.order_by(CommentRow.at, CommentRow.id))
        return [Comment(conversation_id=conversation_id, **_given(row, _COMMENT)) for row in rows]

    def _row(self, conversation_id: str) -> ReviewRow:
        query = select(ReviewRow).join(ConversationRow).where(ConversationRow.id == conversation_id)
        row = self.session.scalars(query).one_or_none()
        if row is None:
            raise NotFound(f"conversation {conversation_id} has no review yet; open one first")
        return row


_REVIEW = ("reviewer", "opened_at", "settled_at", "settled_on")
_OVERRIDE = ("id", "finding_key", "reason", "by", "at", "appeal_id")
_COMMENT = ("id", "text", "by", "at", "finding_key")


def conversation_number(access: Access, conversation_id: str) -> int:
    """The store's own number of a conversation; raises NotFound."""
    number = access.session.scalar(select(ConversationRow.number).where(ConversationRow.id == conversation_id))
    if number is None:
        raise NotFound(f"there is no conversation {conversation_id}")
    return number


def _given(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _review(conversation_id: str, row: ReviewRow) -> Review:
    return Review(conversation_id=conversation_id, state=ReviewState(row.state), **_given(row, _REVIEW))


def _override(conversation_id: str, row: OverrideRow) -> Override:
    given = _given(row, _OVERRIDE) | {"decision": Decision(row.decision), "value": row.value}
    basis = Basis(**row.basis) if row.basis else None
    return Override(conversation_id=conversation_id, basis=basis, **given)


def _basis(override: Override) -> dict[str, Any] | None:
    basis = override.basis
    if basis is None:
        return None
    finding = None if basis.finding is None else dict(basis.finding)
    return {"sop": basis.sop, "sop_version": basis.sop_version, "finding": finding}
