"""Suggestions and what people decided about them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.role import Scope
from qa_service.domain.suggestion_life import (
    KeptSuggestion,
    SuggestionChoice,
    SuggestionDecision,
    SuggestionState,
    without_conversation,
)
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, JsonText, Moment, Number
from qa_service.store.filters import within
from qa_service.store.rows import ConversationRow


class SuggestionRow(Base):
    """One suggestion: the contract's object, and where it stands."""

    __tablename__ = "suggestion"

    id: Mapped[str] = mapped_column(Exact, primary_key=True)
    sop: Mapped[str] = mapped_column(Exact, index=True)
    base_version: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), index=True)
    body: Mapped[Any] = mapped_column(JsonText)
    first_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int | None]


class SuggestionDecisionRow(Base):
    """One decision, and the evidence that lay before it."""

    __tablename__ = "suggestion_decision"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    suggestion: Mapped[str] = mapped_column(ForeignKey("suggestion.id"), index=True)
    choice: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    evidence: Mapped[Any] = mapped_column(JsonText)


_GIVEN = ("sop", "base_version", "body", "first_at", "seen_at", "version")


class Suggestions(Access):
    """Suggestions by id."""

    def save(self, one: KeptSuggestion) -> None:
        """Store a new suggestion, or what became of a stored one; decisions are added, never changed."""
        row = self.session.get(SuggestionRow, one.id) or SuggestionRow(id=one.id)
        for name in _GIVEN:
            setattr(row, name, getattr(one, name))
        row.state = one.state.value
        self.session.add(row)
        self.session.flush()
        known = len(self._decisions([one.id]).get(one.id, ()))
        for decision in one.decisions[known:]:
            values = {name: getattr(decision, name) for name in ("reason", "by", "at", "evidence")}
            self.session.add(SuggestionDecisionRow(suggestion=one.id, choice=decision.choice.value, **values))
        self.session.flush()

    def get(self, suggestion_id: str, *, lock: bool = False) -> KeptSuggestion:
        """One suggestion; raises NotFound. `lock`: nobody else decides about it meanwhile."""
        query = select(SuggestionRow).where(SuggestionRow.id == suggestion_id)
        row = self.session.scalars(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise NotFound(f"there is no suggestion {suggestion_id}")
        return self._read([row])[0]

    def all(self, sop: str | None = None) -> list[KeptSuggestion]:
        """All suggestions, or those of one SOP, the newest first."""
        query = select(SuggestionRow).order_by(SuggestionRow.first_at.desc(), SuggestionRow.id)
        if sop is not None:
            query = query.where(SuggestionRow.sop == sop)
        return self._read(list(self.session.scalars(query)))

    def visible(self, conversation_ids: Collection[str], scope: Scope) -> frozenset[str]:
        """Those of the conversations that lie within a reach."""
        query = select(ConversationRow.id).where(ConversationRow.id.in_(conversation_ids), *within(scope))
        return frozenset(self.session.scalars(query))

    def forget(self, conversation_id: str, said: frozenset[str]) -> None:
        """Take the words of a deleted customer's conversation out of every suggestion."""
        for row in self.session.scalars(select(SuggestionRow)):
            emptied = without_conversation(row.body, conversation_id, said)
            if emptied is not None:
                row.body = emptied
        self.session.flush()

    def _read(self, rows: list[SuggestionRow]) -> list[KeptSuggestion]:
        decisions = self._decisions([row.id for row in rows])
        return [
            KeptSuggestion(
                id=row.id,
                state=SuggestionState(row.state),
                decisions=tuple(decisions.get(row.id, ())),
                **{name: getattr(row, name) for name in _GIVEN},
            )
            for row in rows
        ]

    def _decisions(self, ids: list[str]) -> dict[str, list[SuggestionDecision]]:
        query = select(SuggestionDecisionRow).where(SuggestionDecisionRow.suggestion.in_(ids))
        found: dict[str, list[SuggestionDecision]] = {}
        for row in self.session.scalars(query.order_by(SuggestionDecisionRow.id)):
            decision = SuggestionDecision(SuggestionChoice(row.choice), row.reason, row.by, row.at, row.evidence)
            found.setdefault(row.suggestion, []).append(decision)
        return found
