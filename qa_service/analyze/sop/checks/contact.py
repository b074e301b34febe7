"""How often the customer was contacted of late, and contact after he asked for none.

    {contacts: {over: 3}, days: 7}     holds: the fourth contact in a week · does not: the second
    {after_opt_out: true}              holds: begun after customer.opted_out_at · does not: before, or never opted out

Both read fields of the conversation, `customer.contacted_at` (times of earlier contacts) and `customer.opted_out_at`;
where it did not bring them, the service fills in what it has stored when it judges one (domain/customer_past.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from qa_service.analyze.sop.checks.field import field_of
from qa_service.analyze.sop.checks.found import Found, Places, Reading, cannot_tell, certainly
from qa_service.domain.condition import AfterOptOut, Contacts
from qa_service.domain.conversation import Conversation


def find_contacts(condition: Contacts, reading: Reading, _where: Places) -> Found:
    """Whether the number of contacts up to this one keeps the bounds."""
    conversation = reading.read.conversation
    began = conversation.started_at
    earlier = _times(conversation, "customer.contacted_at")
    if began is None or earlier is None:
        return cannot_tell("customer.contacted_at" if began else "started_at")
    since = began - timedelta(days=condition.days)
    return certainly(condition.contacts.hold(1 + sum(since < at < began for at in earlier)))


def find_after_opt_out(condition: AfterOptOut, reading: Reading, _where: Places) -> Found:
    """Whether the customer had opted out before it began."""
    conversation = reading.read.conversation
    opted_out = _times(conversation, "customer.opted_out_at")
    if conversation.started_at is None and opted_out:
        return cannot_tell("started_at")
    after = any(at < conversation.started_at for at in opted_out or () if conversation.started_at)
    return certainly(after == condition.after_opt_out)


def _times(conversation: Conversation, path: str) -> list[datetime] | None:
    """The times in a field: one or a list, also an empty one; None where there is no field or it holds no times."""
    value: Any = field_of(conversation, path)
    if value is None:
        return None
    values: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    try:
        times = [datetime.fromisoformat(str(one)) for one in values if one is not None]
    except ValueError:
        return None
    return [
        at if at.tzinfo or not conversation.started_at else at.replace(tzinfo=conversation.started_at.tzinfo)
        for at in times
    ]
