"""Analyses: stored once, never changed; which one counts is a pointer of the conversation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, insert, select, update

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json
from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.conversations import STREAM_ROWS
from qa_service.store.filters import ConversationFilter, conditions
from qa_service.store.recount import mark_recount
from qa_service.store.rows import (
    AnalysisProblemRow,
    AnalysisRedLineRow,
    AnalysisRow,
    ConversationRow,
    FrozenScoreRow,
)

# What judged, and what was known of the past, of the versions of an analysis: with the same and the same code, an
# analysis is stored once.
JUDGED_BY = ("models", "judge", "judge_items", "judge_prompts", "context", "taxonomy")


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An analysis with its id in the store; `current` when it is the one that counts."""

    id: int
    analysis: Analysis
    analysed_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class AnalysisProblem:
    """Why a conversation could not be analysed, with an error code and a sentence."""

    code: str
    detail: str
    at: datetime


class Analyses(Access):
    """Analyses by conversation."""

    def add(self, analysis: Analysis, *, number: int, turns_digest: str, sop_digest: str | None) -> int | None:
        """Store an analysis of the turns with that digest and make it the one that counts; returns its id.

        The same analysis is stored once. In a closed period it is stored too, but the one that counts stays. None: the
        conversation was deleted or changed meanwhile, nothing was stored.
        """
        if not self._still_there(number, turns_digest):
            return None
        values = _columns(analysis) | {
            "conversation": number,
            "turns_digest": turns_digest,
            "sop_digest": sop_digest or "",
            "analysed_at": self.clock(),
        }
        analysis_id = self._insert(values, analysis) or self._same(values)
        self._point(number, analysis_id)
        return analysis_id

    def add_problem(self, number: int, code: str, detail: str) -> None:
        """Note why a conversation could not be analysed; the next analysis clears it."""
        self._clear_problem(number)
        row = AnalysisProblemRow(conversation=number, code=code, detail=detail, at=self.clock())
        self.session.add(row)

    def problem(self, conversation_id: str) -> AnalysisProblem | None:
        """Why the conversation has no analysis, None when nothing went wrong."""
        query = select(AnalysisProblemRow).join(
            ConversationRow, ConversationRow.number == AnalysisProblemRow.conversation
        )
        row = self.session.scalars(query.where(ConversationRow.id == conversation_id)).one_or_none()
        return AnalysisProblem(row.code, row.detail, row.at) if row else None

    def find(self, conversation_id: str) -> StoredAnalysis | None:
        """The analysis of a conversation that counts, None while there is none."""
        query = _query().where(ConversationRow.id == conversation_id, AnalysisRow.id == ConversationRow.current)
        row = self.session.execute(query).one_or_none()
        return _stored(row) if row else None

    def get(self, conversation_id: str) -> Analysis:
        """The analysis of a conversation that counts; raises NotFound."""
        found = self.find(conversation_id)
        if found is None:
            raise NotFound(f"conversation {conversation_id} has no analysis yet; ask again in a moment")
        return found.analysis

    def by_id(self, analysis_id: int) -> StoredAnalysis:
        """One analysis, current or retired; raises NotFound."""
        row = self.session.execute(_query().where(AnalysisRow.id == analysis_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no analysis {analysis_id}")
        return _stored(row)

    def history(self, conversation_id: str) -> list[StoredAnalysis]:
        """Every analysis of a conversation, oldest first."""
        query = _query().where(ConversationRow.id == conversation_id).order_by(AnalysisRow.id)
        return [_stored(row) for row in self.session.execute(query)]

    def crossed(self, customer_id: str, red_lines: Sequence[str]) -> list[tuple[str, datetime]]:
        """Conversations of a customer whose analysis that counts has one of these red lines, and when they began."""
        query = select(ConversationRow.id, ConversationRow.started_at).where(
            ConversationRow.customer_id == customer_id,
            ConversationRow.started_at.is_not(None),
            exists().where(
                AnalysisRedLineRow.analysis == ConversationRow.current, AnalysisRedLineRow.red_line.in_(red_lines)
            ),
        )
        rows = self.session.execute(query.order_by(ConversationRow.started_at, ConversationRow.id))
        return [(conversation_id, began) for conversation_id, began in rows if began is not None]

    def pairs(
        self, wanted: ConversationFilter, *, include_retired: bool = False
    ) -> Iterator[tuple[Conversation, Analysis]]:
        """Conversations with their analysis, by conversation id, in constant memory; deleted ones are left out.

        `include_retired` yields every analysis ever made of a conversation, oldest first; the filter then speaks
        about each of them.
        """
        query = select(ConversationRow.body, AnalysisRow.body)
        query = query.join(AnalysisRow, AnalysisRow.conversation == ConversationRow.number)
        query = query.where(*conditions(wanted, self.zone), ConversationRow.deleted_at.is_(None))
        if not include_retired:
            query = query.where(AnalysisRow.id == ConversationRow.current)
        rows = self.stream_rows(query.order_by(ConversationRow.id, AnalysisRow.id), STREAM_ROWS)
        for conversation, analysis in rows:
            yield conversation_from_json(conversation, zone=self.zone), analysis_from_json(analysis)

    def pairs_of(self, numbers: Sequence[int]) -> list[tuple[int, Conversation, Analysis]]:
        """The same for some conversations, by the store's own numbers, which come with them."""
        query = select(ConversationRow.number, ConversationRow.body, AnalysisRow.body)
        query = query.join(AnalysisRow, AnalysisRow.id == ConversationRow.current)
        query = query.where(ConversationRow.number.in_(numbers), ConversationRow.deleted_at.is_(None))
        rows = self.session.execute(query.order_by(ConversationRow.number))
        return [
            (number, conversation_from_json(conversation, zone=self.zone), analysis_from_json(analysis))
            for number, conversation, analysis in rows
        ]

    def _still_there(self, number: int, turns_digest: str) -> bool:
        query = select(ConversationRow.number).where(
            ConversationRow.number == number, ConversationRow.digest == turns_digest
        )
        # Locked, so that a deletion running beside waits and then finds this analysis too.
        return self.session.execute(query.with_for_update()).one_or_none() is not None

    def _insert(self, values: dict[str, Any], analysis: Analysis) -> int | None:
        statement = self.insert(AnalysisRow).values(values).on_conflict_do_nothing().returning(AnalysisRow.id)
        analysis_id: int | None = self.session.execute(statement).scalar_one_or_none()
        lines = sorted({line.id for line in analysis.red_lines})
        if analysis_id is not None and lines:
            rows = [{"analysis": analysis_id, "red_line": line} for line in lines]
            self.session.execute(insert(AnalysisRedLineRow), rows)
        return analysis_id

    def _same(self, values: dict[str, Any]) -> int:
        keys = ("conversation", "turns_digest", "sop_digest", "models", "code")
        query = select(AnalysisRow.id).where(*(getattr(AnalysisRow, key) == values[key] for key in keys))
        return self.session.execute(query).scalar_one()

    def _point(self, number: int, analysis_id: int) -> None:
        judged = FrozenScoreRow.analysis.is_not(None)
        frozen = exists().where(FrozenScoreRow.conversation == ConversationRow.number, judged)
        where = (ConversationRow.number == number, ~frozen)
        self.session.execute(update(ConversationRow).where(*where).values(current=analysis_id))
        mark_recount(self, number)
        self._clear_problem(number)

    def _clear_problem(self, number: int) -> None:
        self.session.execute(delete(AnalysisProblemRow).where(AnalysisProblemRow.conversation == number))


def judged_by(analysis: Analysis) -> str:
    """What judged, as one text."""
    return "+".join(analysis.versions[key] for key in JUDGED_BY if key in analysis.versions)


def _query() -> Select[Any]:
    columns = (AnalysisRow.id, AnalysisRow.body, AnalysisRow.analysed_at, ConversationRow.current)
    return select(*columns).join(ConversationRow, ConversationRow.number == AnalysisRow.conversation)


def _stored(row: Any) -> StoredAnalysis:
    analysis_id, body, analysed_at, current = row
    return StoredAnalysis(analysis_id, analysis_from_json(body), analysed_at, current == analysis_id)


def _columns(analysis: Analysis) -> dict[str, Any]:
    score = analysis.score
    findings: tuple[Any, ...] = (*analysis.steps, *analysis.orders, *analysis.obligations, *analysis.red_lines)
    return {
        "body": analysis_to_json(analysis),
        "models": judged_by(analysis),
        "code": analysis.versions.get("code", ""),
        "sop": analysis.sop,
        "sop_version": analysis.sop_version,
        "score": score.value if score else None,
        "score_low": score.low if score else None,
        "score_high": score.high if score else None,
        "score_state": score.state.value if score else None,
        "passed": score.passed if score else None,
        "veto": score.veto.value if score and score.veto else None,
        "unsure": bool(analysis.doubts) or any(one.unsure for one in (*findings, analysis.complaint, analysis.refund)),
        "complaint": analysis.complaint.detected,
        "refund": analysis.refund.detected,
    }
