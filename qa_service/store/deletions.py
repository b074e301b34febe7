"""Deleting a customer: the key and every text go, counts and scores stay.

A deletion is a row with the customer's id until every text is gone; then it forgets the id, the free space of the
database is wiped, and it ends. One cut short at any point can be taken up again.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json
from qa_service.domain.conversation import Conversation, Speaker
from qa_service.domain.conversation_json import conversation_from_json, conversation_to_json
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.analyses import judged_by
from qa_service.store.api_keys import AccessEntryRow
from qa_service.store.appeals import AppealDecisionRow, AppealRow
from qa_service.store.coaching_cases import CoachingCases
from qa_service.store.conversations import ConversationHistoryRow
from qa_service.store.counts import Counts
from qa_service.store.database import Base, Exact, Moment, Number
from qa_service.store.deliveries import Deliveries
from qa_service.store.imports import ImportDefectRow, ImportRow
from qa_service.store.originals import CustomerKeyRow, OriginalRow
from qa_service.store.outcomes import OutcomeEventRow
from qa_service.store.projects import ProjectActionRow, ProjectRow
from qa_service.store.redaction import redact_analysis, redact_conversation
from qa_service.store.reviews import CommentRow, OverrideRow
from qa_service.store.rows import AnalysisProblemRow, AnalysisRow, ConversationRow, FrozenScoreRow, RecheckRow
from qa_service.store.suggestions import SuggestionDecisionRow, Suggestions
from qa_service.store.tickets import TicketEventRow, TicketRow, Tickets
from qa_service.store.topics import Topics

# An id shorter than this stands by chance in many sentences; wiping all of them would protect nobody.
SHORTEST_NAMED = 4
# What a deleted conversation has for a digest: no analysis still under way can match it.
DELETED_DIGEST = "deleted"


class DeletionRow(Base):
    """One deletion; the customer's id is forgotten when every text is gone."""

    __tablename__ = "deletion"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(Exact, index=True)
    by: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    conversations: Mapped[int]
    analyses: Mapped[int]
    outcome_events: Mapped[int]


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a deletion has emptied so far; `customer_id` is None once every text is gone."""

    id: int
    customer_id: str | None
    by: str
    begun_at: datetime
    ended_at: datetime | None
    conversations: int
    analyses: int
    outcome_events: int


class Deletions(Access):
    """Deletions of customers, step by step."""

    def begin(self, customer_id: str, *, by: str) -> Deletion:
        """Begin a deletion, or take up the one that was cut short."""
        row = self.session.scalars(select(DeletionRow).where(DeletionRow.customer_id == customer_id)).first()
        if row is None:
            row = DeletionRow(customer_id=customer_id, by=by, begun_at=self.clock(), **dict.fromkeys(_COUNTS, 0))
            self.session.add(row)
            self.session.flush()
        return _deletion(row)

    def running(self) -> list[Deletion]:
        """Deletions that are not finished."""
        query = select(DeletionRow).where(DeletionRow.ended_at.is_(None)).order_by(DeletionRow.id)
        return [_deletion(row) for row in self.session.scalars(query)]

    def get(self, deletion_id: int) -> Deletion:
        """One deletion; raises NotFound."""
        row = self.session.get(DeletionRow, deletion_id, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no deletion {deletion_id}")
        return _deletion(row)

    def known(self, customer_id: str) -> bool:
        """Whether anything is stored about a customer."""
        places = (ConversationRow.customer_id, OutcomeEventRow.customer_id, DeletionRow.customer_id)
        return any(self.session.scalar(select(func.count()).where(place == customer_id)) for place in places)

    def texts(self, customer_id: str) -> list[tuple[Conversation, list[Analysis]]]:
        """Everything said in the customer's conversations, and claimed about them, to look for in exports."""
        query = select(ConversationRow.number, ConversationRow.body).where(ConversationRow.customer_id == customer_id)
        found = []
        for number, body in self.session.execute(query.order_by(ConversationRow.number)).all():
            analyses = self.session.scalars(select(AnalysisRow.body).where(AnalysisRow.conversation == number))
            found.append((conversation_from_json(body, zone=self.zone), [analysis_from_json(one) for one in analyses]))
        return found

    def destroy_key(self, customer_id: str) -> None:
        """Destroy the key, which makes every original unreadable at once."""
        key = select(CustomerKeyRow.id).where(CustomerKeyRow.owner == f"customer/{customer_id}").scalar_subquery()
        self.session.execute(delete(OriginalRow).where(OriginalRow.customer_key == key))
        self.session.execute(delete(CustomerKeyRow).where(CustomerKeyRow.owner == f"customer/{customer_id}"))

    def empty_conversations(self, deletion: Deletion, *, limit: int = 50) -> int:
        """Empty some conversations with all that hangs on them; returns how many, 0 when none is left."""
        query = select(ConversationRow).where(ConversationRow.customer_id == deletion.customer_id)
        rows = list(self.session.scalars(query.order_by(ConversationRow.number).limit(limit).with_for_update()))
        analyses = sum(self._empty(row) for row in rows)
        self._count(deletion, conversations=len(rows), analyses=analyses)
        return len(rows)

    def empty_outcomes(self, deletion: Deletion) -> None:
        """Keep that something happened and when; forget to whom and why."""
        forgotten = {"customer_id": None, "order_id": None, "reason_text": None}
        query = select(OutcomeEventRow.id).where(OutcomeEventRow.customer_id == deletion.customer_id)
        ids = list(self.session.scalars(query))
        for event_id in ids:
            # The old key is a digest of the customer's id, which could be guessed from it.
            values = {**forgotten, "unique_key": f"{DELETED_DIGEST}-{event_id}"}
            self.session.execute(update(OutcomeEventRow).where(OutcomeEventRow.id == event_id).values(values))
        self._count(deletion, outcome_events=len(ids))

    def forget(self, deletion: Deletion) -> None:
        """Forget the customer's id; what remains is that a customer was deleted, and how much."""
        customer_id = deletion.customer_id or ""
        self._rename("customer", customer_id, f"deleted-{deletion.id}")
        self._forget_mentions(customer_id)
        self.session.execute(update(DeletionRow).where(DeletionRow.id == deletion.id).values(customer_id=None))

    def end(self, deletion_id: int) -> Deletion:
        """Close a deletion whose texts are gone from the files of the database too."""
        row = self.session.get_one(DeletionRow, deletion_id, populate_existing=True)
        row.ended_at = self.clock()
        self.session.flush()
        return _deletion(row)

    def _empty(self, row: ConversationRow) -> int:
        """Empty one conversation; returns how many analyses it has."""
        old_id, new_id = row.id, f"deleted-{row.number}-{secrets.token_hex(4)}"
        conversation = conversation_from_json(row.body, zone=self.zone)
        analyses = list(self.session.scalars(select(AnalysisRow).where(AnalysisRow.conversation == row.number)))
        self._forget_words(row, conversation, analyses)
        kept = redact_conversation(conversation, new_id)
        row.id, row.body, row.digest, row.customer_id = new_id, conversation_to_json(kept), DELETED_DIGEST, None
        row.deleted_at = self.clock()
        self._empty_reviews(row.number)
        self._empty_side_rows(row.number)
        self._rename("conversation", old_id, new_id)
        self._forget_mentions(old_id)
        for analysis in analyses:
            self._empty_analysis(analysis, new_id)
        self.session.flush()
        return len(analyses)

    def _forget_words(self, row: ConversationRow, conversation: Conversation, analyses: list[AnalysisRow]) -> None:
        """What the customer said is in no suggestion or ticket any more; what agents say to everybody may stay."""
        said = {turn.text for turn in conversation.turns if turn.speaker is Speaker.CUSTOMER}
        said |= {need["text"] for analysis in analyses for need in analysis.body.get("needs", ())}
        told = frozenset(words for words in said if len(words) >= SHORTEST_NAMED)
        Suggestions(self.session, self.clock, self.zone).forget(row.id, told)
        Tickets(self.session, self.clock, self.zone).forget_conversation(row.number, told)

    def _empty_analysis(self, row: AnalysisRow, new_id: str) -> None:
        whole = analysis_from_json(row.body)
        kept = redact_analysis(whole, new_id)
        row.body, row.turns_digest = analysis_to_json(kept), DELETED_DIGEST
        if whole.context:
            # Its digest could be found again from the times of conversations; the number keeps analyses apart.
            row.models = f"{judged_by(kept)}+{DELETED_DIGEST}-{row.id}"
            frozen = update(FrozenScoreRow).where(FrozenScoreRow.analysis == row.id)
            self.session.execute(frozen.values(models=row.models))

    def _empty_reviews(self, number: int) -> None:
        run = self.session.execute
        run(update(OverrideRow).where(OverrideRow.conversation == number).values(reason="", value={}, basis=None))
        run(update(CommentRow).where(CommentRow.conversation == number).values(text=""))
        run(update(AppealRow).where(AppealRow.conversation == number).values(reason=""))
        appeals = select(AppealRow.id).where(AppealRow.conversation == number)
        run(update(AppealDecisionRow).where(AppealDecisionRow.appeal.in_(appeals)).values(reason=""))

    def _empty_side_rows(self, number: int) -> None:
        run = self.session.execute
        run(update(ConversationHistoryRow).where(ConversationHistoryRow.conversation == number).values(changes={}))
        run(delete(AnalysisProblemRow).where(AnalysisProblemRow.conversation == number))
        run(delete(RecheckRow).where(RecheckRow.conversation == number))
        Counts(self.session, self.clock, self.zone).forget(number)
        Topics(self.session, self.clock, self.zone).forget(number)
        CoachingCases(self.session, self.clock, self.zone).forget_conversation(number)
        Deliveries(self.session, self.clock, self.zone).forget_conversation(number)
        keys = select(OriginalRow.customer_key).where(OriginalRow.conversation == number)
        key_ids = list(self.session.scalars(keys))
        run(delete(OriginalRow).where(OriginalRow.conversation == number))
        unused = ~select(OriginalRow.conversation).where(OriginalRow.customer_key == CustomerKeyRow.id).exists()
        run(delete(CustomerKeyRow).where(CustomerKeyRow.id.in_(key_ids), unused))

    def _rename(self, kind: str, old_id: str, new_id: str) -> None:
        """Let the access log keep what was done, under the name that says nothing."""
        old, new = f"{kind}/{old_id}", f"{kind}/{new_id}"
        under = AccessEntryRow.target.startswith(f"{old}/", autoescape=True)
        where = or_(AccessEntryRow.target == old, under)
        renamed = func.replace(AccessEntryRow.target, old, new)
        self.session.execute(update(AccessEntryRow).where(where).values(target=renamed))

    def _forget_mentions(self, one_id: str) -> None:
        """Empty the sentences and file names that mention an id."""
        if len(one_id) < SHORTEST_NAMED:
            return
        columns = (
            AccessEntryRow.reason,
            ImportRow.name,
            ImportRow.reason,
            ImportDefectRow.file,
            ImportDefectRow.reason,
            ProjectRow.title,
            ProjectRow.problem,
            ProjectRow.conclusion,
            ProjectActionRow.text,
            TicketRow.title,
            TicketRow.reply,
            TicketEventRow.text,
            SuggestionDecisionRow.reason,
        )
        for column in columns:
            mentions: Any = column.contains(one_id, autoescape=True)
            self.session.execute(update(column.class_).where(mentions).values({column.key: ""}))

    def _count(self, deletion: Deletion, **counts: int) -> None:
        added = {name: getattr(DeletionRow, name) + count for name, count in counts.items()}
        self.session.execute(update(DeletionRow).where(DeletionRow.id == deletion.id).values(added))


_COUNTS = ("conversations", "analyses", "outcome_events")


def _deletion(row: DeletionRow) -> Deletion:
    counts = {name: getattr(row, name) for name in _COUNTS}
    return Deletion(row.id, row.customer_id, row.by, row.begun_at, row.ended_at, **counts)
