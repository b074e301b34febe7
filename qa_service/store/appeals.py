"""Appeals and their decisions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.appeal import Appeal, AppealDecision, AppealState
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Moment
from qa_service.store.filters import ConversationFilter, conditions
from qa_service.store.reviews import conversation_number
from qa_service.store.rows import AnalysisRow, ConversationRow


class AppealRow(Base):
    """One contested finding."""

    __tablename__ = "appeal"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), index=True)
    finding_key: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    filed_by: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16), index=True)


class AppealDecisionRow(Base):
    """What one level decided; one decision a level."""

    __tablename__ = "appeal_decision"

    appeal: Mapped[str] = mapped_column(ForeignKey("appeal.id"), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    accepted: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class Appeals(Access):
    """Appeals by id and by conversation."""

    def save(self, appeal: Appeal) -> None:
        """Store a new appeal, or the new state and decisions of a stored one."""
        row = self.session.get(AppealRow, appeal.id)
        if row is None:
            row = AppealRow(conversation=conversation_number(self, appeal.conversation_id), **_given(appeal, _APPEAL))
            self.session.add(row)
        row.state = appeal.state.value
        self.session.flush()
        for decision in appeal.decisions:
            values = {"appeal": appeal.id, **_given(decision, _DECISION)}
            self.session.execute(self.insert(AppealDecisionRow).values(values).on_conflict_do_nothing())

    def get(self, appeal_id: str) -> Appeal:
        """One appeal; raises NotFound."""
        found = self._appeals(AppealRow.id == appeal_id)
        if not found:
            raise NotFound(f"there is no appeal {appeal_id}")
        return found[0]

    def of_conversation(self, conversation_id: str) -> list[Appeal]:
        """The appeals on a conversation, oldest first."""
        return self._appeals(ConversationRow.id == conversation_id)

    def waiting(self, wanted: ConversationFilter) -> list[Appeal]:
        """Appeals that somebody owes a decision, oldest first."""
        states = [state.value for state in (AppealState.OPEN, AppealState.ESCALATED)]
        return self._appeals(AppealRow.state.in_(states), *conditions(wanted, self.zone))

    def _appeals(self, *where: Any) -> list[Appeal]:
        query = select(ConversationRow.id, AppealRow)
        query = query.join(AppealRow, AppealRow.conversation == ConversationRow.number)
        query = query.outerjoin(AnalysisRow, AnalysisRow.id == ConversationRow.current).where(*where)
        rows = self.session.execute(query.order_by(AppealRow.filed_at, AppealRow.id)).all()
        decisions = self._decisions([row.id for _, row in rows])
        return [
            Appeal(
                conversation_id=conversation_id,
                state=AppealState(row.state),
                decisions=tuple(decisions.get(row.id, ())),
                **_given(row, _APPEAL),
            )
            for conversation_id, row in rows
        ]

    def _decisions(self, appeal_ids: list[str]) -> dict[str, list[AppealDecision]]:
        query = select(AppealDecisionRow).where(AppealDecisionRow.appeal.in_(appeal_ids))
        decisions: dict[str, list[AppealDecision]] = {}
        for row in self.session.scalars(query.order_by(AppealDecisionRow.appeal, AppealDecisionRow.level)):
            decisions.setdefault(row.appeal, []).append(AppealDecision(**_given(row, _DECISION)))
        return decisions


_APPEAL = ("id", "finding_key", "reason", "filed_by", "filed_at")
_DECISION = ("level", "accepted", "reason", "by", "at")


def _given(thing: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}
