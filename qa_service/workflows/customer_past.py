"""Look up a customer's past in the store, for the conversations whose SOPs ask for it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from qa_service.domain.conversation import Conversation
from qa_service.domain.customer_past import AskedPast, CustomerPast, asked_past
from qa_service.domain.outcome_event import OutcomeKind
from qa_service.domain.sop import Sop
from qa_service.rulebook import default_file
from qa_service.store import UnitOfWork
from qa_service.workflows.standing import stands

NOTHING = CustomerPast()
# More contacts than that within the days of a check are no finer answer.
MOST_CONTACTS = 1000


def past_of(work: UnitOfWork, conversation: Conversation, sops: Sequence[Sop]) -> CustomerPast:
    """What these SOPs ask of the past of the conversation's customer; nothing for a customer without an id."""
    asked = AskedPast()
    for sop in sops:
        asked |= asked_past(sop)
    customer_id, began = conversation.customer.id, conversation.started_at
    if not asked or customer_id is None:
        return NOTHING
    contacts = None
    if asked.days is not None and began is not None:
        contacts = _contacts(work, customer_id, began, asked.days)
    return CustomerPast(contacts, _opt_outs(work, customer_id, began) if asked.opt_outs else None)


def _contacts(work: UnitOfWork, customer_id: str, began: datetime, days: float) -> tuple[datetime, ...]:
    since = began - timedelta(days=days)
    times = work.conversations.began(customer_id, since=since, before=began, limit=MOST_CONTACTS)
    return tuple(at.astimezone(work.conversations.zone) for at in times)


def _opt_outs(work: UnitOfWork, customer_id: str, began: datetime | None) -> tuple[datetime, ...]:
    """Opt-outs before it began: reported as events, or seen in an earlier conversation and not left to a person."""
    events = work.outcomes.of_customer(customer_id)
    times = {event.at for event in events if event.event is OutcomeKind.OPTED_OUT}
    times |= set(_seen(work, customer_id))
    return tuple(at.astimezone(work.conversations.zone) for at in sorted(times) if began is None or at < began)


def _seen(work: UnitOfWork, customer_id: str) -> Iterator[datetime]:
    lines = _journey_bounds()["opted_out_by"]["red_lines"]
    for conversation_id, at in work.analyses.crossed(customer_id, lines):
        stored = work.analyses.find(conversation_id)
        final = stands(work, stored).verdicts.final.red_lines if stored else ()
        if any(line.id in lines and not line.unsure for line in final):
            yield at


@cache
def _journey_bounds() -> Any:
    return default_file("journey.yaml")
