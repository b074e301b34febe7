"""Stored topics: their exemplars and events, and which topic each statement was placed in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, and_, delete, distinct, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.metrics import rate
from qa_service.domain.role import EVERYTHING, Scope
from qa_service.domain.stored_topic import Exemplar, Measure, Memory, StoredTopic
from qa_service.domain.topic import Statement, TopicEvent, TopicEventKind, TopicWeek
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, JsonText, Moment, Number
from qa_service.store.filters import within
from qa_service.store.paging import Page, cursor_number, page_size
from qa_service.store.rows import ConversationRow, TopicPlacedRow

STREAM_ROWS = 500


class TopicRow(Base):
    """One topic; never removed, never renumbered."""

    __tablename__ = "topic"

    id: Mapped[str] = mapped_column(Exact, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    keywords: Mapped[Any] = mapped_column(JsonText)
    born: Mapped[str] = mapped_column(String(10))
    last_seen: Mapped[str] = mapped_column(String(10))
    dormant: Mapped[bool] = mapped_column(Boolean)
    named_by: Mapped[str] = mapped_column(Text)
    definition: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    into: Mapped[str | None] = mapped_column(Exact)
    dismissed: Mapped[bool] = mapped_column(Boolean)
    apart: Mapped[Any] = mapped_column(JsonText)
    whole: Mapped[bool] = mapped_column(Boolean)


class TopicExemplarRow(Base):
    """A statement that stands for a topic; it goes with the conversation it was said in."""

    __tablename__ = "topic_exemplar"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    topic: Mapped[str] = mapped_column(ForeignKey("topic.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    conversation: Mapped[int | None] = mapped_column(ForeignKey("conversation.number"), index=True)


class TopicEventRow(Base):
    """Something that happened to a topic, by machine (`by` empty) or by a person; `before` is what undoing restores."""

    __tablename__ = "topic_event"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    day: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str] = mapped_column(ForeignKey("topic.id"), index=True)
    others: Mapped[Any] = mapped_column(JsonText)
    k: Mapped[int] = mapped_column(Integer)
    n: Mapped[int] = mapped_column(Integer)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    before: Mapped[Any] = mapped_column(JsonText)
    confirmed_by: Mapped[str] = mapped_column(Text)
    undone_by: Mapped[str] = mapped_column(Text)


class TopicStatementRow(Base):
    """A statement and its topic; `joined` is the topic it is like, `topic` the one that stands for it now."""

    __tablename__ = "topic_statement"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), index=True)
    turn: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))
    handled: Mapped[str | None] = mapped_column(String(16))
    joined: Mapped[str | None] = mapped_column(ForeignKey("topic.id"), index=True)
    topic: Mapped[str | None] = mapped_column(ForeignKey("topic.id"), index=True)


class TopicMeasureRow(Base):
    """The distances that hold now, and the space they hold in; one row."""

    __tablename__ = "topic_measure"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    space: Mapped[str] = mapped_column(Text)
    join_distance: Mapped[float]
    group_distance: Mapped[float]


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement as stored, with its number and its topic."""

    id: int
    statement: Statement
    topic_id: str | None


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event as stored, with what people said to it."""

    id: int
    event: TopicEvent
    by: str
    at: datetime
    before: Mapping[str, Any]
    confirmed_by: str
    undone_by: str


@dataclass(frozen=True, slots=True)
class TopicCount:
    """How often a topic was stated, in how many conversations, by how many customers, to how many agents."""

    statements: int = 0
    conversations: int = 0
    customers: int = 0
    agents: int = 0


class Topics(Access):
    """Topics, their events, and the statements placed in them."""

    def memory(self) -> Memory:
        """All that is kept of topics."""
        row = self.session.get(TopicMeasureRow, 1)
        measure = None if row is None else Measure(row.space, row.join_distance, row.group_distance)
        return Memory(tuple(self.all()), measure)

    def all(self) -> list[StoredTopic]:
        """Every topic, in the order of birth."""
        exemplars: dict[str, list[Exemplar]] = {}
        query = select(TopicExemplarRow.topic, TopicExemplarRow.text, ConversationRow.id)
        query = query.outerjoin(ConversationRow, ConversationRow.number == TopicExemplarRow.conversation)
        for topic, text, conversation_id in self.session.execute(query.order_by(TopicExemplarRow.id)):
            exemplars.setdefault(topic, []).append(Exemplar(text, conversation_id or ""))
        rows = self.session.scalars(select(TopicRow).order_by(TopicRow.born, TopicRow.id))
        return [_topic(row, exemplars.get(row.id, ())) for row in rows]

    def get(self, topic_id: str) -> StoredTopic:
        """One topic; raises NotFound."""
        found = next((topic for topic in self.all() if topic.id == topic_id), None)
        if found is None:
            raise NotFound(f"there is no topic {topic_id}; see /v1/topics")
        return found

    def save(self, topics: Iterable[StoredTopic]) -> None:
        """Keep topics; what a person decided meanwhile (a higher version) is not written over."""
        stored = {row.id: row for row in self.session.scalars(select(TopicRow))}
        for topic in topics:
            row = stored.get(topic.id)
            if row is None:
                self.session.add(TopicRow(id=topic.id, **_values(topic)))
            elif row.version <= topic.version:
                for name, value in _values(topic).items():
                    setattr(row, name, value)
            else:
                row.last_seen, row.dormant = max(row.last_seen, topic.last_seen), topic.dormant
                continue
            self.session.flush()
            self._keep_exemplars(topic)

    def keep_measure(self, measure: Measure) -> None:
        """Keep the distances that hold now."""
        values = {"space": measure.space, "join_distance": measure.join, "group_distance": measure.group}
        self.session.merge(TopicMeasureRow(id=1, **values))
        self.session.flush()

    def add_event(self, event: TopicEvent, *, by: str = "", before: Mapping[str, Any] | None = None) -> KeptEvent:
        """Record that something happened."""
        row = TopicEventRow(
            day=event.at,
            kind=event.kind.value,
            topic=event.topic_id,
            others=list(event.others),
            k=int(event.share.k),
            n=event.share.n,
            by=by,
            at=self.clock(),
            before=dict(before or {}),
            confirmed_by="",
            undone_by="",
        )
        self.session.add(row)
        self.session.flush()
        return _event(row)

    def event(self, event_id: int) -> KeptEvent:
        """One event; raises NotFound."""
        return _event(self._event_row(event_id))

    def events(
        self, *, topic_id: str | None = None, kind: TopicEventKind | None = None, limit: int = 100
    ) -> list[KeptEvent]:
        """The last events, newest first."""
        query = select(TopicEventRow).order_by(TopicEventRow.id.desc()).limit(limit)
        if kind is not None:
            query = query.where(TopicEventRow.kind == kind.value)
        if topic_id is not None:
            query = query.where(TopicEventRow.topic == topic_id)
        return [_event(row) for row in self.session.scalars(query)]

    def answer_event(self, event_id: int, *, confirmed_by: str = "", undone_by: str = "") -> KeptEvent:
        """Note who confirmed or undid an event."""
        row = self._event_row(event_id)
        row.confirmed_by, row.undone_by = confirmed_by or row.confirmed_by, undone_by or row.undone_by
        self.session.flush()
        return _event(row)

    def place(self, conversation_id: str, statements: Sequence[tuple[Statement, str | None, str | None]]) -> None:
        """Write the statements of a conversation's present analysis, each with the topic it joined and its home."""
        query = select(ConversationRow.number, ConversationRow.current).where(ConversationRow.id == conversation_id)
        found = self.session.execute(query.with_for_update()).one_or_none()
        # Deleted or renamed since it was read: nothing of it may be written.
        if found is None or found.current is None:
            return
        number: int = found.number
        self.session.execute(delete(TopicStatementRow).where(TopicStatementRow.conversation == number))
        for one, joined, home in statements:
            row = TopicStatementRow(conversation=number, turn=one.turn, text=one.text, kind=one.kind)
            row.handled, row.joined, row.topic = one.handled, joined, home
            self.session.add(row)
        self.session.merge(TopicPlacedRow(conversation=number, analysis=found.current))
        self.session.flush()

    def loose(self, limit: int) -> list[Placed]:
        """The last statements that fit no topic."""
        query = stored_statements().where(TopicStatementRow.joined.is_(None)).order_by(TopicStatementRow.id.desc())
        return [placed_of(row) for row in self.session.execute(query.limit(limit))]

    def move(self, statement_ids: Iterable[int], *, joined: str | None, home: str | None) -> None:
        """Place statements anew."""
        for statement_id in statement_ids:
            where = update(TopicStatementRow).where(TopicStatementRow.id == statement_id)
            self.session.execute(where.values(joined=joined, topic=home))

    def settle(self, home: Mapping[str, str | None]) -> None:
        """Give every statement to the topic that stands for the one it joined."""
        for joined, topic in home.items():
            differs = TopicStatementRow.topic.is_distinct_from(topic)
            where = update(TopicStatementRow).where(TopicStatementRow.joined == joined, differs)
            self.session.execute(where.values(topic=topic))

    def statements_of(self, topic_id: str) -> Iterator[Placed]:
        """All statements of a topic, in constant memory."""
        query = stored_statements().where(TopicStatementRow.topic == topic_id).order_by(TopicStatementRow.id)
        for row in self.stream_rows(query, STREAM_ROWS):
            yield placed_of(row)

    def page(
        self, topic_id: str | None, *, scope: Scope = EVERYTHING, limit: int = 50, cursor: str | None = None
    ) -> Page[Placed]:
        """Statements of a topic (None: of no topic) within reach, the last ones first."""
        query = stored_statements().where(_of(topic_id), *within(scope)).order_by(TopicStatementRow.id.desc())
        if cursor is not None:
            query = query.where(TopicStatementRow.id < cursor_number(cursor))
        rows = self.session.execute(query.limit(page_size(limit) + 1)).all()
        shown = [placed_of(row) for row in rows[:limit]]
        return Page(tuple(shown), str(shown[-1].id) if len(rows) > limit else None)

    def counts(self, *, scope: Scope = EVERYTHING, weeks: Sequence[str] = ()) -> dict[str | None, TopicCount]:
        """How often each topic was stated within reach; None stands for what fits no topic."""
        query = select(TopicStatementRow.topic, *_counted()).join(*_CONVERSATION).where(*within(scope))
        if weeks:
            query = query.where(ConversationRow.week.in_(list(weeks)))
        return {topic: TopicCount(*n) for topic, *n in self.session.execute(query.group_by(TopicStatementRow.topic))}

    def weeks(
        self, *, scope: Scope = EVERYTHING, first: str = "", last: str = "9999", topic_id: str | None = None
    ) -> list[TopicWeek]:
        """Each topic in each week within reach, beside how much was heard that week; by week and topic."""
        between = and_(ConversationRow.week >= first, ConversationRow.week <= last)
        heard_query = select(ConversationRow.week, func.count(), _customers()).where(between, *within(scope))
        heard_query = heard_query.join(TopicPlacedRow, TopicPlacedRow.conversation == ConversationRow.number)
        heard = {week: n for week, *n in self.session.execute(heard_query.group_by(ConversationRow.week))}
        query = select(ConversationRow.week, TopicStatementRow.topic, *_counted()).join(*_CONVERSATION)
        query = query.where(between, *within(scope))
        if topic_id is not None:
            query = query.where(TopicStatementRow.topic == topic_id)
        rows = self.session.execute(query.group_by(ConversationRow.week, TopicStatementRow.topic)).all()
        found = [TopicWeek(topic, week, *n, *heard.get(week, (0, 0))) for week, topic, *n in rows]
        return sorted(found, key=lambda one: (one.week, one.topic_id or ""))

    def forget(self, number: int) -> None:
        """Take out all that was kept of one conversation, a name that is one of its statements too."""
        run = self.session.execute
        mine = select(TopicExemplarRow.text).where(TopicExemplarRow.conversation == number)
        texts = list(self.session.scalars(mine))
        for row in self.session.scalars(select(TopicRow).where(TopicRow.label.in_(texts))):
            row.label = "、".join(row.keywords) or row.id
        self.session.flush()
        run(delete(TopicExemplarRow).where(TopicExemplarRow.conversation == number))
        run(delete(TopicStatementRow).where(TopicStatementRow.conversation == number))
        run(delete(TopicPlacedRow).where(TopicPlacedRow.conversation == number))

    def _keep_exemplars(self, topic: StoredTopic) -> None:
        """Write the exemplars; one whose conversation is gone is not written again."""
        query = select(TopicExemplarRow).where(TopicExemplarRow.topic == topic.id)
        stored = {row.text: row for row in self.session.scalars(query)}
        wanted = {one.text: one.conversation_id for one in topic.exemplars}
        for text, row in stored.items():
            if text not in wanted:
                self.session.delete(row)
        new = {text: conversation for text, conversation in wanted.items() if text not in stored}
        ids = [conversation for conversation in new.values() if conversation]
        named = select(ConversationRow.id, ConversationRow.number).where(ConversationRow.id.in_(ids))
        numbers: dict[str, int] = {row.id: row.number for row in self.session.execute(named)} if ids else {}
        for text, conversation in new.items():
            if not conversation or conversation in numbers:
                self.session.add(TopicExemplarRow(topic=topic.id, text=text, conversation=numbers.get(conversation)))
        self.session.flush()

    def _event_row(self, event_id: int) -> TopicEventRow:
        row = self.session.get(TopicEventRow, event_id)
        if row is None:
            raise NotFound(f"there is no event {event_id} of topics; see /v1/topics/events")
        return row


_CONVERSATION: Any = (ConversationRow, ConversationRow.number == TopicStatementRow.conversation)
_PLAIN = ("label", "born", "last_seen", "dormant", "named_by", "definition", "version", "into", "dismissed", "whole")


def _customers() -> Any:
    """Distinct customers; a conversation of nobody known is one of its own."""
    known = func.count(distinct(ConversationRow.customer_id))
    nobody = func.count(distinct(ConversationRow.number)).filter(ConversationRow.customer_id.is_(None))
    return known + nobody


def _counted() -> tuple[Any, ...]:
    conversations = func.count(distinct(ConversationRow.number))
    return func.count(TopicStatementRow.id), conversations, _customers(), func.count(distinct(ConversationRow.agent_id))


def _of(topic_id: str | None) -> Any:
    return TopicStatementRow.topic.is_(None) if topic_id is None else TopicStatementRow.topic == topic_id


def stored_statements() -> Any:
    """The statements of conversations, each to be read by `placed_of`; `conversation` is the store's own number."""
    row, said = TopicStatementRow, ConversationRow
    columns = (row.id, row.conversation, row.turn, row.text, row.kind, row.handled, row.topic)
    return select(*columns, said.id.label("conversation_id"), said.agent_id, said.customer_id).join(*_CONVERSATION)


def placed_of(row: Any) -> Placed:
    """One row of `stored_statements`."""
    statement = Statement(
        conversation_id=row.conversation_id,
        turn=row.turn,
        text=row.text,
        kind=row.kind,
        handled=row.handled,
        agent_id=row.agent_id or "",
        customer_key=row.customer_id or f"conversation:{row.conversation_id}",
    )
    return Placed(row.id, statement, row.topic)


def _topic(row: TopicRow, exemplars: Sequence[Exemplar]) -> StoredTopic:
    values: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    return StoredTopic(
        id=row.id, keywords=tuple(row.keywords), exemplars=tuple(exemplars), apart=tuple(row.apart), **values
    )


def _values(topic: StoredTopic) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(topic, name) for name in _PLAIN}
    return values | {"keywords": list(topic.keywords), "apart": list(topic.apart)}


def _event(row: TopicEventRow) -> KeptEvent:
    share = rate(row.k, row.n)
    event = TopicEvent(row.day, TopicEventKind(row.kind), row.topic, share, tuple(row.others))
    return KeptEvent(row.id, event, row.by, row.at, row.before, row.confirmed_by, row.undone_by)
