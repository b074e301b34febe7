"""What is counted of each conversation, kept beside it, so that a weekly report counts rows and reads no analysis.

Counted is the final verdict under the names of one taxonomy (`basis`). Whatever changes it marks the conversation in
the same transaction; a report counts the marked ones anew before it reads (workflows/count_stored.py).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    UniqueConstraint,
    delete,
    distinct,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.outcome_event import OutcomeKind
from qa_service.domain.quote import Quote
from qa_service.domain.sale import Promised, SaleContact
from qa_service.domain.topic import Statement
from qa_service.domain.weekly import ASKED, CONVERSATION, SETTLED, Group, HeardConversation, Stratum, What
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, Moment, Number
from qa_service.store.filters import ConversationFilter, org_text, under, within
from qa_service.store.outcomes import OutcomeEventRow
from qa_service.store.recount import RecountRow
from qa_service.store.rows import ConversationRow, TopicPlacedRow
from qa_service.store.topics import TopicStatementRow, placed_of, stored_statements

MARK = "/"


class StratumRow(Base):
    """Conversations that are alike: who, where, what, how, by which version of which SOP."""

    __tablename__ = "stratum"
    __table_args__ = (UniqueConstraint("org", "agent", "team", "product", "channel", "version"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    org: Mapped[str] = mapped_column(Exact)
    agent: Mapped[str] = mapped_column(Exact)
    team: Mapped[str] = mapped_column(Exact)
    product: Mapped[str] = mapped_column(Exact)
    channel: Mapped[str] = mapped_column(Exact)
    version: Mapped[str] = mapped_column(Exact)


class CountedRow(Base):
    """One conversation as it is counted; `spread` puts conversations in an order that has nothing to do with them."""

    __tablename__ = "counted"
    __table_args__ = (
        Index("ix_counted_week_basis", "week", "stratum", "misheard", "settled", "asked", "basis"),
        Index("ix_counted_week_spread", "week", "spread"),
        Index("ix_counted_customer", "customer"),
        Index("ix_counted_bought", "bought", "customer"),
    )

    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), primary_key=True)
    week: Mapped[str] = mapped_column(String(8))
    stratum: Mapped[int] = mapped_column(ForeignKey("stratum.id"))
    customer: Mapped[str] = mapped_column(Exact)
    misheard: Mapped[bool] = mapped_column(Boolean)
    settled: Mapped[bool] = mapped_column(Boolean)
    asked: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime] = mapped_column(Moment)
    bought: Mapped[bool | None] = mapped_column(Boolean)
    refunded: Mapped[bool | None] = mapped_column(Boolean)
    spread: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str] = mapped_column(String(16))


class OccurrenceRow(Base):
    """One thing that happened in a counted conversation."""

    __tablename__ = "occurrence"
    __table_args__ = ({"sqlite_with_rowid": False},)

    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    what: Mapped[str] = mapped_column(Exact, primary_key=True)
    stratum: Mapped[int] = mapped_column(Number, primary_key=True)
    conversation: Mapped[int] = mapped_column(Number, primary_key=True)
    confidence: Mapped[float]
    turn: Mapped[int | None] = mapped_column(Integer)


class Counts(Access):
    """Counted conversations: kept one by one, read as sums."""

    def mark_others(self, weeks: Sequence[str], basis: str) -> None:
        """Mark the conversations of these weeks that were counted under other names."""
        query = select(CountedRow.conversation).where(CountedRow.week.in_(weeks), CountedRow.basis != basis)
        statement = self.insert(RecountRow).from_select(["conversation"], query)
        self.session.execute(statement.on_conflict_do_nothing())

    def marked(self, limit: int) -> list[int]:
        """Some conversations to count anew, locked: another report takes others."""
        query = select(RecountRow.conversation).order_by(RecountRow.conversation).limit(limit)
        return list(self.session.scalars(query.with_for_update(skip_locked=True)))

    def replace(
        self, numbers: Sequence[int], found: Sequence[tuple[int, tuple[str, ...], HeardConversation]], *, basis: str
    ) -> None:
        """Count conversations anew: what was counted of them goes, what is found (with its branch) stays."""
        self._remove(numbers)
        rows, things = [], []
        for number, org, one in found:
            stratum = self._stratum(org_text(org), one.stratum)
            rows.append(_counted(number, stratum, one) | {"basis": basis})
            things += [
                {
                    "week": one.week,
                    "what": MARK.join(thing.what),
                    "stratum": stratum,
                    "conversation": number,
                    "confidence": thing.confidence,
                    "turn": thing.turn,
                }
                for thing in one.occurrences
            ]
        if rows:
            self.session.execute(insert(CountedRow), rows)
        if things:
            self.session.execute(insert(OccurrenceRow), things)
        self.session.execute(delete(RecountRow).where(RecountRow.conversation.in_(numbers)))

    def occasions(
        self, weeks: Sequence[str], wanted: ConversationFilter
    ) -> tuple[Counter[tuple[str, str, Stratum]], Counter[str]]:
        """How many conversations of each base there were, by week and stratum; and how many were misheard."""
        columns = (CountedRow.week, CountedRow.stratum, CountedRow.misheard)
        settled, asked = (func.sum(column.cast(Integer)) for column in (CountedRow.settled, CountedRow.asked))
        query = select(*columns, func.count(), settled, asked).where(CountedRow.week.in_(weeks)).group_by(*columns)
        strata = self._strata(wanted)
        found: Counter[tuple[str, str, Stratum]] = Counter()
        misheard: Counter[str] = Counter()
        for week, stratum, unclear, n, n_settled, n_asked in self.session.execute(query):
            place = strata.get(stratum)
            if place is None:
                continue
            if unclear:
                misheard[week] += n
                continue
            for base, count in ((CONVERSATION, n), (SETTLED, n_settled), (ASKED, n_asked)):
                if count:
                    found[week, base, place] += count
        return found, misheard

    def happened(self, weeks: Sequence[str], wanted: ConversationFilter) -> Counter[tuple[str, What, Stratum]]:
        """How often each thing happened, by week and stratum."""
        columns = (OccurrenceRow.week, OccurrenceRow.what, OccurrenceRow.stratum)
        query = select(*columns, func.count()).where(OccurrenceRow.week.in_(weeks)).group_by(*columns)
        strata = self._strata(wanted)
        found: Counter[tuple[str, What, Stratum]] = Counter()
        for week, what, stratum, k in self.session.execute(query):
            if stratum in strata:
                found[week, what_of(what), strata[stratum]] += k
        return found

    def people(self, week: str, wanted: ConversationFilter) -> tuple[int, int]:
        """Distinct customers and agents of a week; a conversation of nobody known is somebody's own."""
        query = self._of_week(week, wanted, func.count(distinct(CountedRow.customer)))
        customers = self.session.execute(query).scalar_one()
        agents = self._of_week(week, wanted, func.count(distinct(StratumRow.agent)))
        return customers, self.session.execute(agents).scalar_one()

    def behind(
        self, weeks: Sequence[str], families: Sequence[str], wanted: ConversationFilter
    ) -> dict[What, tuple[int, int]]:
        """Distinct customers and agents behind everything of these families."""
        query = select(
            OccurrenceRow.what, func.count(distinct(CountedRow.customer)), func.count(distinct(StratumRow.agent))
        ).join(CountedRow, CountedRow.conversation == OccurrenceRow.conversation)
        query = query.join(StratumRow, StratumRow.id == OccurrenceRow.stratum).where(
            OccurrenceRow.week.in_(weeks), *_in_families(families), *_where(wanted)
        )
        rows = self.session.execute(query.group_by(OccurrenceRow.what))
        return {what_of(what): (customers, agents) for what, customers, agents in rows}

    def opened(self, week: str, what: What, group: Group, *, limit: int, wanted: ConversationFilter) -> tuple[str, ...]:
        """Some conversations of a week in which something happened, by their ids."""
        dimension, level = group
        numbers = select(OccurrenceRow.conversation).join(StratumRow, StratumRow.id == OccurrenceRow.stratum)
        where = [OccurrenceRow.week == week, OccurrenceRow.what == MARK.join(what), *_where(wanted)]
        if dimension:
            where.append(getattr(StratumRow, dimension) == level)
        chosen = numbers.where(*where).order_by(OccurrenceRow.conversation).limit(limit)
        ids = select(ConversationRow.id).where(ConversationRow.number.in_(list(self.session.scalars(chosen))))
        return tuple(sorted(self.session.scalars(ids)))

    def best(self, week: str, what: What, *, limit: int, wanted: ConversationFilter) -> list[int]:
        """The conversations that show something best, by the store's own numbers."""
        query = select(OccurrenceRow.conversation).join(StratumRow, StratumRow.id == OccurrenceRow.stratum)
        query = query.where(OccurrenceRow.week == week, OccurrenceRow.what == MARK.join(what), *_where(wanted))
        order = (OccurrenceRow.confidence.desc(), OccurrenceRow.conversation)
        return list(self.session.scalars(query.order_by(*order).limit(limit)))

    def sample(self, week: str, wanted: ConversationFilter, *, limit: int) -> list[tuple[int, Stratum]]:
        """An even sample of the conversations of a week, by the store's own numbers."""
        query = self._of_week(week, wanted, CountedRow.conversation, *_PLACE)
        rows = self.session.execute(query.order_by(CountedRow.spread, CountedRow.conversation).limit(limit))
        return [(number, Stratum(*place)) for number, *place in rows]

    def placed(self, numbers: Sequence[int]) -> dict[int, list[tuple[Statement, str | None]]]:
        """What was stated in those of these conversations whose needs were placed in topics, each with its topic."""
        known = select(TopicPlacedRow.conversation).where(TopicPlacedRow.conversation.in_(numbers))
        found: dict[int, list[tuple[Statement, str | None]]] = {number: [] for number in self.session.scalars(known)}
        query = stored_statements().where(TopicStatementRow.conversation.in_(list(found)))
        for row in self.session.execute(query.order_by(TopicStatementRow.id)):
            one = placed_of(row)
            found[row.conversation].append((one.statement, one.topic_id))
        return found

    def sale_contacts(self, weeks: Sequence[str], wanted: ConversationFilter) -> list[SaleContact]:
        """Every conversation of these weeks with customers who bought, as a field or an event says; without words."""
        happened = self._in_sales(weeks)
        columns = (CountedRow.conversation, ConversationRow.id, CountedRow.customer, CountedRow.at, CountedRow.week)
        strata = self._strata(wanted)
        query = select(*columns, CountedRow.bought, CountedRow.refunded, CountedRow.stratum)
        query = query.join(ConversationRow, ConversationRow.number == CountedRow.conversation)
        query = query.where(CountedRow.week.in_(weeks), CountedRow.customer.in_(_buyers()))
        return [
            _sale_contact(row[:-1], strata[row[-1]], happened.get(row[0], ()))
            for row in self.stream_rows(query.order_by(CountedRow.conversation), 1000)
            if row[-1] in strata
        ]

    def _in_sales(self, weeks: Sequence[str]) -> dict[int, list[tuple[str, int | None]]]:
        """Complaints, refund requests and promises, by conversation."""
        whats = or_(OccurrenceRow.what.in_(("complaint", "refund")), *_in_families(["promise"]))
        query = select(OccurrenceRow.conversation, OccurrenceRow.what, OccurrenceRow.turn)
        query = query.where(OccurrenceRow.week.in_(weeks), whats)
        query = query.join(CountedRow, CountedRow.conversation == OccurrenceRow.conversation)
        query = query.where(CountedRow.customer.in_(_buyers()))
        found: dict[int, list[tuple[str, int | None]]] = {}
        for number, what, turn in self.stream_rows(query, 1000):
            found.setdefault(number, []).append((what, turn))
        return found

    def forget(self, number: int) -> None:
        """Count a conversation no longer."""
        self._remove([number])
        self.session.execute(delete(RecountRow).where(RecountRow.conversation == number))

    def _remove(self, numbers: Sequence[int]) -> None:
        query = select(CountedRow.conversation, CountedRow.week, CountedRow.stratum)
        found: dict[tuple[str, int], list[int]] = {}
        for number, week, stratum in self.session.execute(query.where(CountedRow.conversation.in_(numbers))).all():
            found.setdefault((week, stratum), []).append(number)
        if not found:
            return
        for (week, stratum), mine in found.items():
            where = (OccurrenceRow.week == week, OccurrenceRow.conversation.in_(mine), OccurrenceRow.stratum == stratum)
            self.session.execute(delete(OccurrenceRow).where(*where))
        self.session.execute(delete(CountedRow).where(CountedRow.conversation.in_(numbers)))

    def _stratum(self, org: str, stratum: Stratum) -> int:
        values = {"org": org} | stratum._asdict()
        query = select(StratumRow.id).where(*(getattr(StratumRow, name) == value for name, value in values.items()))
        known = self.session.scalar(query)
        if known is None:
            self.session.execute(self.insert(StratumRow).values(values).on_conflict_do_nothing())
            known = self.session.execute(query).scalar_one()
        return known

    def _strata(self, wanted: ConversationFilter) -> dict[int, Stratum]:
        rows = self.session.execute(select(StratumRow.id, *_PLACE).where(*_where(wanted)))
        return {number: Stratum(*place) for number, *place in rows}

    def _of_week(self, week: str, wanted: ConversationFilter, *columns: Any) -> Select[Any]:
        query = select(*columns).select_from(CountedRow).join(StratumRow, StratumRow.id == CountedRow.stratum)
        return query.where(CountedRow.week == week, CountedRow.misheard.is_(False), *_where(wanted))


_PLACE = tuple(getattr(StratumRow, name) for name in Stratum._fields)


def what_of(text: str) -> What:
    """What was counted, from its row; only the first mark parts it."""
    return tuple(text.split(MARK, 1))


def _where(wanted: ConversationFilter) -> list[ColumnElement[bool]]:
    """A filter over strata: where somebody may look, and what they chose."""
    equal = (
        (StratumRow.agent, wanted.agent),
        (StratumRow.team, wanted.team),
        (StratumRow.product, wanted.product),
        (StratumRow.channel, wanted.channel),
    )
    return [
        *within(wanted.scope, org=StratumRow.org, agent_id=StratumRow.agent),
        *under(wanted.within, StratumRow.org),
        *(column == value for column, value in equal if value is not None),
    ]


def _in_families(families: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    starts = [OccurrenceRow.what.startswith(f"{family}{MARK}", autoescape=True) for family in families]
    yield or_(*starts)


def _buyers() -> Any:
    bought = select(CountedRow.customer).where(CountedRow.bought.is_(True))
    return bought.union(select(OutcomeEventRow.customer_id).where(OutcomeEventRow.event == OutcomeKind.PAID.value))


def _sale_contact(row: Any, stratum: Stratum, happened: Sequence[tuple[str, int | None]]) -> SaleContact:
    _, conversation_id, customer, at, week, bought, refunded = row
    promises: list[Promised] = []
    whats = {what for what, _ in happened}
    for what, turn in sorted(happened) if len(whats) > 1 else happened:
        family, *kind = what_of(what)
        if family == "promise":
            promises.append(Promised(kind[0], Quote(conversation_id, turn or 0, "")))
    return SaleContact(
        conversation_id=conversation_id,
        customer_key=customer,
        at=at,
        week=week,
        stratum=stratum,
        promises=tuple(promises),
        complained="complaint" in whats,
        asked_refund="refund" in whats,
        bought=bought,
        refunded=refunded,
    )


def _counted(number: int, stratum: int, one: HeardConversation) -> dict[str, Any]:
    return {
        "conversation": number,
        "week": one.week,
        "stratum": stratum,
        "customer": one.customer_key,
        "misheard": one.misheard,
        "settled": SETTLED in one.bases,
        "asked": ASKED in one.bases,
        "at": one.at,
        "bought": one.bought,
        "refunded": one.refunded,
        "spread": one.spread,
    }
