"""Coaching cases that can be searched, and sets of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Integer, String, Text, and_, delete, exists, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.bigrams import pairs_of, searched
from qa_service.domain.coaching_case import (
    CaseKind,
    CaseQuery,
    CaseSet,
    ContextTurn,
    Difficulty,
    KeptCase,
    Moment,
)
from qa_service.domain.role import Scope
from qa_service.errors import NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, JsonText, Number
from qa_service.store.database import Moment as Time
from qa_service.store.filters import org_path, org_text, under
from qa_service.store.reviews import conversation_number
from qa_service.store.rows import ConversationRow


class CoachingCaseRow(Base):
    """One case: its words in `body` and, as they are searched, in `words`."""

    __tablename__ = "coaching_case"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    difficulty: Mapped[str] = mapped_column(String(16))
    sop: Mapped[str | None] = mapped_column(Text)
    step: Mapped[str | None] = mapped_column(Text)
    product: Mapped[str | None] = mapped_column(Text)
    objection: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    body: Mapped[Any] = mapped_column(JsonText)
    words: Mapped[str] = mapped_column(Text)
    agent_id: Mapped[str | None] = mapped_column(Exact, index=True)
    agent_name: Mapped[str | None] = mapped_column(Text)
    team: Mapped[str | None] = mapped_column(Text)
    org: Mapped[str] = mapped_column(Exact, index=True)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Time)


class CoachingCasePairRow(Base):
    """A pair of neighbouring characters in the words of a case: Chinese full text on every database."""

    __tablename__ = "coaching_case_pair"

    pair: Mapped[str] = mapped_column(Exact, primary_key=True)
    number: Mapped[int] = mapped_column(ForeignKey("coaching_case.number"), primary_key=True, index=True)


class CoachingCaseShareRow(Base):
    """An agent with whom a case is shared."""

    __tablename__ = "coaching_case_share"

    number: Mapped[int] = mapped_column(ForeignKey("coaching_case.number"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(Exact, primary_key=True, index=True)


class CoachingSetRow(Base):
    """Cases collected under a title."""

    __tablename__ = "coaching_set"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Time)


class CoachingSetCaseRow(Base):
    """One case of a set, at its place."""

    __tablename__ = "coaching_set_case"

    set: Mapped[str] = mapped_column(ForeignKey("coaching_set.id"), primary_key=True)
    number: Mapped[int] = mapped_column(ForeignKey("coaching_case.number"), primary_key=True, index=True)
    place: Mapped[int] = mapped_column(Integer)


@dataclass(frozen=True, slots=True)
class Sight:
    """Which cases somebody may see: those of a part of the organisation, and those shared with an agent."""

    scope: Scope
    agent_id: str | None = None


class CoachingCases(Access):
    """Cases and sets of them."""

    def add_case(self, case: KeptCase) -> KeptCase:
        """Keep a case; raises NotFound when its conversation is not stored."""
        moment = case.moment
        context = [[one.turn, one.speaker, one.text] for one in moment.context]
        same = {name: getattr(case, name) for name in _SAME}
        row = CoachingCaseRow(
            **same,
            conversation=conversation_number(self, moment.conversation_id),
            kind=case.kind.value,
            difficulty=case.difficulty.value,
            body={"turn": moment.turn, "quote": moment.quote, "context": context},
            words=case.words,
            org=org_text(case.org),
            created_at=self.clock(),
        )
        self.session.add(row)
        self.session.flush()
        parts = {pair for word in case.words.split(" ") for pair in _indexed(word)}
        self.session.add_all(CoachingCasePairRow(pair=pair, number=row.number) for pair in sorted(parts))
        self._share(row.number, case.shared_with)
        return self.case(case.id)

    def case(self, case_id: str, sight: Sight | None = None) -> KeptCase:
        """One case that may be seen; raises NotFound."""
        return self._cases([self._row(case_id, sight)])[0]

    def cases(self, query: CaseQuery, sight: Sight, *, limit: int = 200) -> list[KeptCase]:
        """The cases meant that may be seen: of a set in its order, else newest first."""
        wanted = select(CoachingCaseRow).where(*_seen(sight), *_meant(query))
        if query.set_id is not None:
            member = CoachingSetCaseRow
            wanted = wanted.join(member, member.number == CoachingCaseRow.number).where(member.set == query.set_id)
            wanted = wanted.order_by(member.place, CoachingCaseRow.number)
        wanted = wanted.order_by(CoachingCaseRow.created_at.desc(), CoachingCaseRow.number.desc()).limit(limit)
        return self._cases(list(self.session.scalars(wanted)))

    def share(self, case_id: str, agents: Sequence[str]) -> KeptCase:
        """Share a case with exactly these agents."""
        number = self._row(case_id).number
        self.session.execute(delete(CoachingCaseShareRow).where(CoachingCaseShareRow.number == number))
        self._share(number, agents)
        return self.case(case_id)

    def remove_case(self, case_id: str) -> None:
        """Forget a case; raises NotFound."""
        self._remove(CoachingCaseRow.number == self._row(case_id).number)

    def forget_conversation(self, number: int) -> None:
        """Forget the cases of a conversation whose customer is deleted."""
        self._remove(CoachingCaseRow.conversation == number)

    def add_set(self, collected: CaseSet) -> CaseSet:
        """Keep a set; raises NotFound for a case that is not there."""
        at = self.clock()
        row = CoachingSetRow(id=collected.id, title=collected.title, created_by=collected.created_by, created_at=at)
        self.session.add(row)
        self.session.flush()
        return self.collect(collected.id, collected.cases)

    def collect(self, set_id: str, cases: Sequence[str]) -> CaseSet:
        """Let a set hold exactly these cases, in this order; raises NotFound."""
        row = self._set_row(set_id)
        numbers = [self._row(case_id).number for case_id in dict.fromkeys(cases)]
        self.session.execute(delete(CoachingSetCaseRow).where(CoachingSetCaseRow.set == row.id))
        members = enumerate(numbers)
        self.session.add_all(CoachingSetCaseRow(set=row.id, number=number, place=place) for place, number in members)
        self.session.flush()
        return self.set(set_id)

    def set(self, set_id: str) -> CaseSet:
        """One set; raises NotFound."""
        row, member = self._set_row(set_id), CoachingSetCaseRow
        query = select(CoachingCaseRow.id).join(member, member.number == CoachingCaseRow.number)
        ids = self.session.scalars(query.where(member.set == row.id).order_by(member.place, member.number))
        return CaseSet(row.id, row.title, row.created_by, row.created_at, tuple(ids))

    def sets(self) -> list[CaseSet]:
        """Every set, newest first."""
        query = select(CoachingSetRow.id).order_by(CoachingSetRow.created_at.desc(), CoachingSetRow.id)
        return [self.set(set_id) for set_id in self.session.scalars(query)]

    def _row(self, case_id: str, sight: Sight | None = None) -> CoachingCaseRow:
        query = select(CoachingCaseRow).where(CoachingCaseRow.id == case_id)
        row = self.session.scalars(query.where(*_seen(sight)) if sight else query).one_or_none()
        if row is None:
            raise NotFound(f"there is no coaching case {case_id} within your reach")
        return row

    def _set_row(self, set_id: str) -> CoachingSetRow:
        row = self.session.get(CoachingSetRow, set_id)
        if row is None:
            raise NotFound(f"there is no set of coaching cases {set_id}")
        return row

    def _share(self, number: int, agents: Sequence[str]) -> None:
        self.session.add_all(CoachingCaseShareRow(number=number, agent_id=agent) for agent in dict.fromkeys(agents))
        self.session.flush()

    def _remove(self, which: ColumnElement[bool]) -> None:
        numbers = list(self.session.scalars(select(CoachingCaseRow.number).where(which)))
        for row in (CoachingCasePairRow, CoachingCaseShareRow, CoachingSetCaseRow):
            self.session.execute(delete(row).where(row.number.in_(numbers)))
        self.session.execute(delete(CoachingCaseRow).where(CoachingCaseRow.number.in_(numbers)))
        self.session.flush()

    def _cases(self, rows: Sequence[CoachingCaseRow]) -> list[KeptCase]:
        numbers = [row.conversation for row in rows]
        named = select(ConversationRow.number, ConversationRow.id).where(ConversationRow.number.in_(numbers))
        conversations = {row.number: row.id for row in self.session.execute(named)}
        share = CoachingCaseShareRow
        listed = select(share.number, share.agent_id).where(share.number.in_([row.number for row in rows]))
        shared: dict[int, list[str]] = {}
        for number, agent in self.session.execute(listed.order_by(share.agent_id)):
            shared.setdefault(number, []).append(agent)
        return [_case(row, conversations[row.conversation], tuple(shared.get(row.number, ()))) for row in rows]


_SAME = ("id", "sop", "step", "objection", "product", "agent_id", "agent_name", "team", "note", "created_by")


def _indexed(word: str) -> Iterator[str]:
    """The pairs of a word, and its characters, so that one character alone is found too."""
    yield from pairs_of(word)
    yield from word


def _seen(sight: Sight) -> Iterator[ColumnElement[bool]]:
    scope, row = sight.scope, CoachingCaseRow
    if scope.whole:
        return
    allowed: list[ColumnElement[bool]] = []
    if scope.agent_id is None and scope.org:
        allowed.append(and_(*under(scope.org, row.org)))
    if sight.agent_id:
        share = CoachingCaseShareRow
        shared = exists().where(share.number == row.number, share.agent_id == sight.agent_id)
        allowed += [row.agent_id == sight.agent_id, shared]
    # Nothing is allowed to whoever is nowhere.
    yield or_(*allowed) if allowed else row.number.is_(None)


def _meant(query: CaseQuery) -> Iterator[ColumnElement[bool]]:
    row = CoachingCaseRow
    pairs = (
        (row.kind, query.kind),
        (row.sop, query.sop),
        (row.step, query.step),
        (row.product, query.product),
        (row.difficulty, query.difficulty),
        (row.agent_id, query.agent_id),
    )
    yield from (column == value for column, value in pairs if value is not None)
    for text in (query.text, query.objection):
        for word in (text or "").split():
            yield from _holds(searched(word))


def _holds(word: str) -> Iterator[ColumnElement[bool]]:
    """The pairs narrow, by their index; the whole word decides."""
    if not word:
        return
    pair = CoachingCasePairRow
    for one in sorted(pairs_of(word)):
        yield exists().where(pair.number == CoachingCaseRow.number, pair.pair == one)
    yield CoachingCaseRow.words.contains(word, autoescape=True)


def _case(row: CoachingCaseRow, conversation_id: str, shared_with: tuple[str, ...]) -> KeptCase:
    body = row.body
    context = tuple(ContextTurn(*one) for one in body["context"])
    same = {name: getattr(row, name) for name in _SAME}
    return KeptCase(
        **same,
        kind=CaseKind(row.kind),
        moment=Moment(conversation_id, body["turn"], body["quote"], context),
        difficulty=Difficulty(row.difficulty),
        org=org_path(row.org),
        shared_with=shared_with,
        created_at=row.created_at,
    )
