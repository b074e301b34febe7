"""Contacts and outcome events of customers to sales: one for each paying customer and product."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from qa_service.aggregate.occurrences import stratum_of
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.domain.period import iso_week, local_day
from qa_service.domain.quote import Quote
from qa_service.domain.sale import Promised, Sale, SaleContact

DAY = timedelta(days=1)
Events = Mapping[str, Sequence[OutcomeEvent]]


@dataclass(frozen=True, slots=True)
class SaleBounds:
    """Days within which what a customer does belongs to a sale, and the day up to which the world is known."""

    refund_days: int
    known_until: datetime


def contact_of(pair: JudgedConversation, zone: tzinfo) -> SaleContact | None:
    """A conversation as a contact; None where nobody knows when it was. Nothing is read from misheard ones."""
    conversation, analysis = pair.conversation, pair.analysis
    if conversation.started_at is None:
        return None
    promises = () if analysis.misheard else analysis.promises
    return SaleContact(
        conversation_id=pair.id,
        customer_key=pair.customer_key,
        at=conversation.started_at,
        week=iso_week(local_day(conversation.started_at, zone)),
        stratum=stratum_of(pair),
        promises=tuple(Promised(one.kind, Quote(pair.id, one.span.turn, one.quote)) for one in promises),
        complained=analysis.complaint.detected and not analysis.misheard,
        asked_refund=analysis.refund.detected and not analysis.misheard,
        bought=conversation.outcome.converted,
        refunded=conversation.outcome.refunded,
    )


def events_by_customer(events: Iterable[OutcomeEvent]) -> dict[str, list[OutcomeEvent]]:
    """Outcome events of each customer, oldest first."""
    found: dict[str, list[OutcomeEvent]] = defaultdict(list)
    for event in events:
        found[event.customer_id].append(event)
    return {customer: sorted(theirs, key=lambda event: event.at) for customer, theirs in found.items()}


def sales_of(contacts: Iterable[SaleContact], events: Events, bounds: SaleBounds) -> list[Sale]:
    """The sales behind these contacts, in the order of their customers.

    Paid is a customer of whom an event says so, else one with a conversation whose outcome does. What was promised in
    the contacts up to the sale belongs to it; what the customer did in later ones is what came of it.
    """
    theirs: dict[tuple[str, str], list[SaleContact]] = defaultdict(list)
    for contact in contacts:
        theirs[contact.customer_key, contact.stratum.product].append(contact)
    found = []
    for customer, product in sorted(theirs):
        mine = sorted(theirs[customer, product], key=lambda one: (one.at, one.conversation_id))
        its = [
            one
            for one in events.get(customer, ())
            if one.at <= bounds.known_until and product in (one.product or product, "")
        ]
        sale = _sale(mine, its, bounds)
        if sale is not None:
            found.append(sale)
    return found


def _sale(contacts: Sequence[SaleContact], events: Sequence[OutcomeEvent], bounds: SaleBounds) -> Sale | None:
    paid = next((event.at for event in events if event.event is OutcomeKind.PAID), None)
    closing = _closing(contacts, paid)
    if closing is None:
        return None
    at = paid or closing.at
    before = [one for one in contacts if one.at <= closing.at]
    after = [one for one in contacts if one.at > closing.at and one.at - at <= bounds.refund_days * DAY]
    refunds = [one.at for one in events if one.event is OutcomeKind.REFUNDED and one.at >= at]
    asked = [one.at for one in after if one.asked_refund]
    first = min([*refunds, *asked], default=None)
    return Sale(
        customer_key=closing.customer_key,
        week=closing.week,
        stratum=closing.stratum,
        promises=tuple(promise for one in before for promise in one.promises),
        refunded=_refunded(contacts, refunds, at, bounds),
        asked_refund=bool(asked),
        complained=any(one.complained for one in after) or _told(events, OutcomeKind.COMPLAINED, at),
        days=round(((first or max(bounds.known_until, at)) - at) / DAY, 3),
        grievances=tuple(_grievances(after)),
    )


def _closing(contacts: Sequence[SaleContact], paid: datetime | None) -> SaleContact | None:
    """The contact with which the sale was made: the last one before it was paid, or before the first grievance."""
    if paid is not None:
        return next((one for one in reversed(contacts) if one.at <= paid), None)
    first = next((place for place, one in enumerate(contacts) if one.bought), None)
    if first is None:
        return None
    closing = contacts[first]
    for one in contacts[first + 1 :]:
        if one.complained or one.asked_refund or not one.bought:
            break
        closing = one
    return closing


def _refunded(
    contacts: Sequence[SaleContact], refunds: Sequence[datetime], at: datetime, bounds: SaleBounds
) -> bool | None:
    """Whether the money went back: by an event within the window, else by the fields; None while it is open."""
    if any(moment - at <= bounds.refund_days * DAY for moment in refunds):
        return True
    fields = {one.refunded for one in contacts} - {None}
    if fields:
        return True in fields
    return False if bounds.known_until - at > bounds.refund_days * DAY else None


def _told(events: Sequence[OutcomeEvent], kind: OutcomeKind, since: datetime) -> bool:
    return any(event.event is kind and event.at >= since for event in events)


def _grievances(after: Iterable[SaleContact]) -> Iterator[tuple[str, str]]:
    for one in after:
        if one.asked_refund:
            yield "refund", one.conversation_id
        elif one.complained:
            yield "complaint", one.conversation_id
