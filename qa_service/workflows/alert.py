"""Urgent things are noted when a conversation is analysed, gathered for a minute, and told in one go.

What is noted are numbers: the words are read when the notice is sent, so that nothing of a deleted customer goes out.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from qa_service.analyze.reasons.threats import find_threat
from qa_service.analyze.sop.values.find import values_in
from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.delivery import NoticeKind
from qa_service.domain.outcome_event import OutcomeKind
from qa_service.domain.recipient import Recipient, Urgent
from qa_service.domain.score import Veto
from qa_service.errors import QaError
from qa_service.jobs import Lease
from qa_service.store import Numbered, Store, UnitOfWork, UrgentThing
from qa_service.workflows.load_insight import load_insight

ALERT = "alert"
DELIVER = "deliver"


def note_urgent(work: UnitOfWork, one: Numbered, outcome: Analysis | QaError) -> None:
    """Note what in a conversation cannot wait, for each recipient that wants it, in the transaction of its analysis."""
    conversation, now = one.conversation, work.deliveries.clock()
    if not _fresh(conversation, now):
        return
    recipients = [one for one in work.recipients.all() if one.active and one.urgent]
    if not recipients:
        return
    for thing, amount in _things(work, one, outcome):
        for recipient in recipients:
            if recipient.wants(thing.kind, conversation.agent.path, amount):
                _note(work, recipient, thing, now)


def gather(lease: Lease, *, store: Store) -> None:
    """Make one delivery of all that waits for a recipient; nothing waits where another worker was first."""
    recipient: int = lease.job.payload["recipient"]
    with store.unit_of_work() as work:
        things = work.deliveries.due(recipient)
        if things:
            delivery = work.deliveries.add(recipient, NoticeKind.URGENT, f"urgent/{recipient}/{things[0]}", {})
            if delivery is not None:
                work.deliveries.put_into(delivery, things)
                queue_delivery(work, delivery)
        lease.complete(work)


def queue_delivery(work: UnitOfWork, delivery: int) -> None:
    """Let a delivery be tried, in the transaction that made or revived it."""
    work.jobs.enqueue(DELIVER, {"delivery": delivery}, subject=f"delivery/{delivery}")


def refund_amount(work: UnitOfWork, conversation: Conversation, turns: tuple[int, ...]) -> float | None:
    """The money that a refund request is about: named with it, else of the order; None where nothing tells."""
    named = [value.high for turn in turns for value in values_in(conversation.turns[turn].text) if _is_sum(value)]
    if named:
        return max(named)
    if conversation.outcome.amount is not None:
        return conversation.outcome.amount
    events = work.outcomes.of_customer(conversation.customer.id) if conversation.customer.id else []
    paid = [event.amount for event in events if event.event is OutcomeKind.PAID and event.amount is not None]
    return paid[-1] if paid else None


def _things(work: UnitOfWork, one: Numbered, outcome: Analysis | QaError) -> Iterator[tuple[UrgentThing, float | None]]:
    threat = find_threat(one.conversation)
    if threat is not None:
        yield UrgentThing(one.number, Urgent.ESCALATION, threat), None
    if isinstance(outcome, QaError):
        return
    if outcome.refund is not None and outcome.refund.detected:
        amount = refund_amount(work, one.conversation, outcome.refund.turns)
        turn = outcome.refund.turns[0] if outcome.refund.turns else None
        detail = "" if amount is None else f"{amount:g}"
        yield UrgentThing(one.number, Urgent.REFUND, turn, detail), amount
    if outcome.score is not None and outcome.score.veto is Veto.PROPOSED:
        line = outcome.red_lines[0] if outcome.red_lines else None
        yield UrgentThing(one.number, Urgent.VETO, line.span.turn if line else None, line.id if line else ""), None


def _note(work: UnitOfWork, recipient: Recipient, thing: UrgentThing, now: datetime) -> None:
    """Told with what waits already, or after a moment for more; held back in quiet hours."""
    assert recipient.id is not None
    later = now + timedelta(seconds=load_insight().outgoing.gather_s)
    held = recipient.quiet.held_until(now, work.deliveries.zone, thing.kind) if recipient.quiet else None
    waiting = work.deliveries.gathered_until(recipient.id, now)
    due_at = held or min(waiting or later, later)
    has_job = work.deliveries.waits_until(recipient.id, due_at)
    if work.deliveries.note_urgent(recipient.id, thing, due_at) and not has_job:
        work.jobs.enqueue(ALERT, {"recipient": recipient.id}, subject=f"recipient/{recipient.id}", due_at=due_at)


def _fresh(conversation: Conversation, now: datetime) -> bool:
    """Whether it is news: who imports the conversations of a year is not to be told of all that was urgent in it."""
    at = conversation.started_at
    return at is None or now - at <= timedelta(days=load_insight().outgoing.fresh_days)


def _is_sum(value: object) -> bool:
    return getattr(value, "kind", "") == "price" and not getattr(value, "per", "")
