"""Conversations: added once by their id, updated with history, listed and streamed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, func, select, tuple_, update
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json, conversation_to_json
from qa_service.domain.rollout import Place
from qa_service.errors import Conflict, InvalidConversation, NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, JsonText, Moment, Number
from qa_service.store.filters import ConversationFilter, conditions, org_path, org_text, week_text
from qa_service.store.paging import Page, decode_cursor, encode_cursor, page_size
from qa_service.store.recount import mark_recount
from qa_service.store.rows import AnalysisProblemRow, AnalysisRow, ConversationRow, RecheckRow
from qa_service.store.sameness import changes, needs_analysis, same_turns, turns_digest, updated

# PostgreSQL cannot index longer keys; nobody's ids are.
MAX_KEY_CHARACTERS = 500
STREAM_ROWS = 200


class ConversationHistoryRow(Base):
    """One update of a conversation: what it changed, as `{field: [before, after]}`."""

    __tablename__ = "conversation_history"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    changes: Mapped[Any] = mapped_column(JsonText)


class Arrival(StrEnum):
    """What adding a conversation did."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one conversation: `analyse` when it needs a new analysis; `reason` when it was not taken."""

    id: str
    number: int | None
    arrival: Arrival
    analyse: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A conversation with the store's own number and the digest of its turns."""

    number: int
    digest: str
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Change:
    """One update of a conversation."""

    at: datetime
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """One line of a list: what a conversation is and how it was judged, without its text.

    `contradictions` are people's decisions that the analysis speaks against, until a person has looked.
    """

    id: str
    channel: str
    product: str | None
    stage: str | None
    agent_id: str | None
    agent_name: str | None
    team: str | None
    org: tuple[str, ...]
    customer_id: str | None
    started_at: datetime | None
    week: str | None
    received_at: datetime
    turn_count: int
    deleted: bool
    analysis_id: int | None
    sop: str | None
    sop_version: int | None
    score: float | None
    score_low: float | None
    score_high: float | None
    score_state: str | None
    passed: bool | None
    veto: str | None
    unsure: bool | None
    complaint: bool | None
    refund: bool | None
    problem: str | None
    contradictions: tuple[Mapping[str, Any], ...] = ()


class Conversations(Access):
    """Conversations by their external id."""

    def add(self, conversation: Conversation) -> Added:
        """Store a masked conversation; raises Conflict when its id stands for other turns."""
        added = self.add_many([conversation])[0]
        if added.arrival is Arrival.CONFLICT:
            raise Conflict(added.reason or "")
        if added.arrival is Arrival.REFUSED:
            raise InvalidConversation(added.reason or "")
        return added

    def add_many(self, conversations: Sequence[Conversation]) -> list[Added]:
        """Store masked conversations, each by itself: a conflict never stops its neighbours."""
        refused = {index: reason for index, one in enumerate(conversations) if (reason := _refusal(one))}
        taken = [one for index, one in enumerate(conversations) if index not in refused]
        fresh = self._insert(taken)
        seen = Counter(one.id for one in taken)
        known = [one_id for one_id, times in seen.items() if one_id not in fresh or times > 1]
        stored = self._locked(known) if known else {}
        added = []
        for index, conversation in enumerate(conversations):
            if index in refused:
                added.append(Added(conversation.id, None, Arrival.REFUSED, reason=refused[index]))
            elif conversation.id in fresh:
                added.append(Added(conversation.id, fresh.pop(conversation.id), Arrival.NEW, analyse=True))
            else:
                added.append(self._meet(stored, conversation))
        return added

    def find(self, conversation_id: str) -> Conversation | None:
        """The conversation of that id, None when there is none."""
        found = self._numbered(ConversationRow.id == conversation_id)
        return found[0].conversation if found else None

    def get(self, conversation_id: str) -> Conversation:
        """The conversation of that id; raises NotFound."""
        return self.numbered(conversation_id).conversation

    def numbered(self, conversation_id: str) -> Numbered:
        """The conversation of that id with its number and digest; raises NotFound."""
        found = self._numbered(ConversationRow.id == conversation_id)
        if not found:
            raise NotFound(f"there is no conversation {conversation_id}")
        return found[0]

    def lock(self, conversation_id: str) -> None:
        """Have writers about a conversation come one after the other, so that none decides on what another changes."""
        query = select(ConversationRow.number).where(ConversationRow.id == conversation_id)
        self.session.execute(query.with_for_update())

    def by_numbers(self, numbers: Sequence[int]) -> list[Numbered]:
        """Conversations by the store's own numbers, deleted ones left out."""
        return self._numbered(ConversationRow.number.in_(numbers), ConversationRow.deleted_at.is_(None))

    def listed(self, conversation_id: str) -> ListedConversation:
        """The list line of one conversation; raises NotFound."""
        row = self.session.execute(_list_query().where(ConversationRow.id == conversation_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no conversation {conversation_id}")
        return _listed(row)

    def page(
        self, wanted: ConversationFilter, *, limit: int = 50, cursor: str | None = None
    ) -> Page[ListedConversation]:
        """Conversations newest first."""
        query = _list_query().where(*conditions(wanted, self.zone))
        if cursor is not None:
            query = query.where(tuple_(ConversationRow.listed_at, ConversationRow.number) < decode_cursor(cursor))
        query = query.order_by(ConversationRow.listed_at.desc(), ConversationRow.number.desc())
        rows = self.session.execute(query.limit(page_size(limit) + 1)).all()
        shown = rows[:limit]
        more = len(rows) > limit
        last = encode_cursor(shown[-1].ConversationRow.listed_at, shown[-1].ConversationRow.number) if more else None
        return Page(tuple(map(_listed, shown)), last)

    def count(self, wanted: ConversationFilter) -> int:
        """How many conversations the filter means."""
        query = select(func.count()).select_from(ConversationRow)
        query = query.outerjoin(AnalysisRow, AnalysisRow.id == ConversationRow.current)
        return self.session.execute(query.where(*conditions(wanted, self.zone))).scalar_one()

    def stream(self, wanted: ConversationFilter) -> Iterator[Conversation]:
        """Conversations by id, in constant memory; deleted ones are left out."""
        query = select(ConversationRow.body).outerjoin(AnalysisRow, AnalysisRow.id == ConversationRow.current)
        query = query.where(*conditions(wanted, self.zone), ConversationRow.deleted_at.is_(None))
        for body in self.stream_rows(query.order_by(ConversationRow.id), STREAM_ROWS):
            yield conversation_from_json(body[0], zone=self.zone)

    def numbers(self, wanted: ConversationFilter) -> Iterator[int]:
        """The store's own numbers of conversations, oldest arrival first; deleted ones are left out."""
        query = select(ConversationRow.number).outerjoin(AnalysisRow, AnalysisRow.id == ConversationRow.current)
        query = query.where(*conditions(wanted, self.zone), ConversationRow.deleted_at.is_(None))
        for (number,) in self.stream_rows(query.order_by(ConversationRow.number), 1000):
            yield number

    def next_numbers(self, wanted: ConversationFilter, *, after: int, limit: int) -> list[int]:
        """The next of the store's own numbers that the filter means; deleted ones are left out."""
        query = select(ConversationRow.number).outerjoin(AnalysisRow, AnalysisRow.id == ConversationRow.current)
        query = query.where(*conditions(wanted, self.zone), ConversationRow.deleted_at.is_(None))
        query = query.where(ConversationRow.number > after).order_by(ConversationRow.number).limit(limit)
        return list(self.session.scalars(query))

    def began(self, customer_id: str, *, since: datetime, before: datetime, limit: int) -> list[datetime]:
        """When the last conversations of a customer began, oldest first; both bounds are left out."""
        at = ConversationRow.started_at
        query = select(at).where(ConversationRow.customer_id == customer_id, at > since, at < before)
        found = self.session.scalars(query.order_by(at.desc()).limit(limit))
        return [began for began in reversed(list(found)) if began is not None]

    def any_at(self, place: Place) -> bool:
        """Whether a conversation lies at a place."""
        where = conditions(ConversationFilter(within=place.org), self.zone)
        if place.products:
            where.append(ConversationRow.product.in_(sorted(place.products)))
        return self.session.scalar(select(ConversationRow.number).where(*where).limit(1)) is not None

    def history(self, conversation_id: str) -> list[Change]:
        """Every update of a conversation, oldest first."""
        query = select(ConversationHistoryRow.at, ConversationHistoryRow.changes).join(ConversationRow)
        query = query.where(ConversationRow.id == conversation_id).order_by(ConversationHistoryRow.id)
        return [Change(at, changed) for at, changed in self.session.execute(query)]

    def _numbered(self, *where: Any) -> list[Numbered]:
        query = select(ConversationRow.number, ConversationRow.digest, ConversationRow.body).where(*where)
        rows = self.session.execute(query.order_by(ConversationRow.number))
        return [Numbered(number, digest, conversation_from_json(body, zone=self.zone)) for number, digest, body in rows]

    def _locked(self, ids: Sequence[str]) -> dict[str, Numbered]:
        """Stored conversations, in the order of their numbers, as every writer locks them: nobody deadlocks."""
        self.session.execute(
            select(ConversationRow.number)
            .where(ConversationRow.id.in_(ids))
            .order_by(ConversationRow.number)
            .with_for_update()
        )
        return {one.conversation.id: one for one in self._numbered(ConversationRow.id.in_(ids))}

    def _insert(self, conversations: Sequence[Conversation]) -> dict[str, int]:
        """Insert those whose id is free, and say which number each got."""
        if not conversations:
            return {}
        first = {one.id: one for one in reversed(conversations)}
        # Sorted, so that two writers of the same ids wait for each other instead of deadlocking.
        values = [self._values(first[one_id]) for one_id in sorted(first)]
        statement = self.insert(ConversationRow).on_conflict_do_nothing(index_elements=["id"])
        rows = self.session.execute(statement.returning(ConversationRow.id, ConversationRow.number), values)
        return {row.id: row.number for row in rows}

    def _values(self, conversation: Conversation) -> dict[str, Any]:
        now = self.clock()
        return _columns(conversation) | {
            "id": conversation.id,
            "digest": turns_digest(conversation.turns),
            "turn_count": len(conversation.turns),
            "week": week_text(conversation.started_at, self.zone),
            "received_at": now,
            "listed_at": conversation.started_at or now,
        }

    def _meet(self, stored: dict[str, Numbered], new: Conversation) -> Added:
        """A conversation whose id is known: the same again, an update, or a conflict."""
        old = stored[new.id]
        if old.digest != turns_digest(new.turns) and not same_turns(old.conversation.turns, new.turns):
            return Added(new.id, old.number, Arrival.CONFLICT, reason=_other_turns(new.id))
        if new.customer.id and old.conversation.customer.id not in (None, new.customer.id):
            return Added(new.id, old.number, Arrival.CONFLICT, reason=_other_customer(new.id))
        merged = updated(old.conversation, new)
        changed = changes(old.conversation, merged)
        if not changed:
            return Added(new.id, old.number, Arrival.UNCHANGED)
        self._update(old.number, merged, changed)
        stored[new.id] = Numbered(old.number, old.digest, merged)
        return Added(new.id, old.number, Arrival.UPDATED, analyse=needs_analysis(old.conversation, merged, changed))

    def _update(self, number: int, merged: Conversation, changed: dict[str, Any]) -> None:
        values = _columns(merged) | {"week": week_text(merged.started_at, self.zone)}
        if merged.started_at is not None:
            values["listed_at"] = merged.started_at
        self.session.execute(update(ConversationRow).where(ConversationRow.number == number).values(values))
        self.session.add(ConversationHistoryRow(conversation=number, at=self.clock(), changes=changed))
        mark_recount(self, number)


def _refusal(conversation: Conversation) -> str | None:
    keys = {
        "id": conversation.id,
        "agent.id": conversation.agent.id,
        "customer.id": conversation.customer.id,
        "agent.org": org_text(conversation.agent.path),
    }
    for name, key in keys.items():
        if key and len(key) > MAX_KEY_CHARACTERS:
            return f"`{name}` has {len(key)} characters; at most {MAX_KEY_CHARACTERS} are taken"
    return None


def _other_turns(conversation_id: str) -> str:
    return f"conversation {conversation_id} is already stored with other turns; send changed turns under a new id"


def _other_customer(conversation_id: str) -> str:
    return f"conversation {conversation_id} is already stored for another customer; send it under a new id"


def _columns(conversation: Conversation) -> dict[str, Any]:
    return {
        "body": conversation_to_json(conversation),
        "channel": conversation.channel.value,
        "product": conversation.product,
        "stage": conversation.stage,
        "sop": conversation.sop,
        "agent_id": conversation.agent.id,
        "agent_name": conversation.agent.name,
        "team": conversation.agent.team,
        "org": org_text(conversation.agent.path),
        "customer_id": conversation.customer.id,
        "started_at": conversation.started_at,
    }


def _list_query() -> Any:
    problem, contradictions = AnalysisProblemRow.code.label("problem"), RecheckRow.contradictions
    query = select(ConversationRow, AnalysisRow, problem, contradictions)
    query = query.outerjoin(AnalysisRow, AnalysisRow.id == ConversationRow.current)
    query = query.outerjoin(RecheckRow, RecheckRow.conversation == ConversationRow.number)
    return query.outerjoin(AnalysisProblemRow, AnalysisProblemRow.conversation == ConversationRow.number)


_FROM_CONVERSATION = (
    *("id", "channel", "product", "stage", "agent_id", "agent_name", "team", "customer_id"),
    *("started_at", "week", "received_at", "turn_count"),
)
_FROM_ANALYSIS = (
    *("sop", "sop_version", "score", "score_low", "score_high", "score_state", "passed", "veto"),
    *("unsure", "complaint", "refund"),
)


def _listed(row: Any) -> ListedConversation:
    conversation, analysis = row.ConversationRow, row.AnalysisRow
    values = {name: getattr(conversation, name) for name in _FROM_CONVERSATION}
    values |= {name: getattr(analysis, name) if analysis else None for name in _FROM_ANALYSIS}
    return ListedConversation(
        **values,
        org=org_path(conversation.org),
        deleted=conversation.deleted_at is not None,
        analysis_id=conversation.current,
        problem=row.problem,
        contradictions=tuple(row.contradictions or ()),
    )
