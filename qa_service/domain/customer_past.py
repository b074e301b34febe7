"""What the service knows of a customer's past when a conversation begins, for the conditions that ask for it.

It is filled in when the conversation is judged, never into the stored conversation, and only where its SOP asks; the
analysis tells what was filled in, so that the same conversation with the same past is the same bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.condition import AfterOptOut, Contacts
from qa_service.domain.conversation import Conversation
from qa_service.domain.sop import Sop, conditions

CONTACTED_AT, OPTED_OUT_AT = "contacted_at", "opted_out_at"


@dataclass(frozen=True, slots=True)
class AskedPast:
    """What an SOP asks of the past: contacts of so many days back (None: of none), and whether it asks for opt-outs."""

    days: float | None = None
    opt_outs: bool = False

    def __or__(self, other: "AskedPast") -> "AskedPast":
        """What either of two asks for."""
        days = [one for one in (self.days, other.days) if one is not None]
        return AskedPast(max(days, default=None), self.opt_outs or other.opt_outs)

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return self.days is not None or self.opt_outs


@dataclass(frozen=True, slots=True)
class CustomerPast:
    """Times before a conversation began, oldest first; None where nobody asked or nobody can tell."""

    contacted_at: tuple[datetime, ...] | None = None
    opted_out_at: tuple[datetime, ...] | None = None

    def as_fields(self) -> dict[str, list[str]]:
        """The fields of `customer` that the checks read."""
        pairs = ((CONTACTED_AT, self.contacted_at), (OPTED_OUT_AT, self.opted_out_at))
        return {name: [at.isoformat() for at in times] for name, times in pairs if times is not None}


def asked_past(sop: Sop) -> AskedPast:
    """What the conditions of an SOP ask of the past."""
    asked = AskedPast()
    for condition in conditions(sop):
        if isinstance(condition, Contacts):
            asked |= AskedPast(days=condition.days)
        elif isinstance(condition, AfterOptOut):
            asked |= AskedPast(opt_outs=True)
    return asked


def with_past(conversation: Conversation, past: CustomerPast) -> Conversation:
    """The conversation as it is judged; what it brought with it counts before what the service knows."""
    extra = {**past.as_fields(), **conversation.customer.extra}
    return replace(conversation, customer=replace(conversation.customer, extra=extra))


def naming_past(analysis: Analysis, conversation: Conversation, past: CustomerPast, sop: Sop | None) -> Analysis:
    """The analysis with what was filled in, as far as its SOP asks; its digest is one of the versions."""
    asked = asked_past(sop) if sop else AskedPast()
    wanted = {CONTACTED_AT: asked.days is not None, OPTED_OUT_AT: asked.opt_outs}
    brought = conversation.customer.extra
    context: Mapping[str, Any] = {
        name: times for name, times in past.as_fields().items() if wanted[name] and name not in brought
    }
    if not context:
        return analysis
    digest = hashlib.sha256(json.dumps(context, sort_keys=True).encode()).hexdigest()[:16]
    return replace(analysis, context=context, versions={**analysis.versions, "context": digest})
