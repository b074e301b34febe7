"""What became of a contact: from outcome events within their windows, else from the conversation's own fields.

Codebook, section 7: an event counts for the contacts before it within a window; an outcome is known only when
that window has closed; what happened before or during a contact is not its outcome; a field is final.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from qa_service.domain.conversation import Conversation
from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.domain.period import local_day

EVENT_OF = {
    "converted": OutcomeKind.PAID,
    "trial_attended": OutcomeKind.ATTENDED,
    "refunded": OutcomeKind.REFUNDED,
    "complained": OutcomeKind.COMPLAINED,
}


@dataclass(frozen=True, slots=True)
class Clock:
    """`as_of` is the day up to which the world is known (None: no window is still open), in `zone`."""

    zone: tzinfo
    as_of: date | None = None


class OutcomeHistory:
    """All outcome events, by customer; answers what became of a contact."""

    def __init__(self, events: Iterable[OutcomeEvent], windows_days: Mapping[str, int], clock: Clock) -> None:
        self._windows = {name: timedelta(days=days) for name, days in windows_days.items()}
        self._clock = clock
        self._by_customer: dict[str, list[OutcomeEvent]] = defaultdict(list)
        kinds: set[OutcomeKind] = set()
        for event in events:
            if clock.as_of is None or local_day(event.at, clock.zone) <= clock.as_of:
                self._by_customer[event.customer_id].append(event)
                kinds.add(event.event)
        # An outcome that no event ever reports is not tracked by events: absence would say nothing.
        self._tracked = {name for name, kind in EVENT_OF.items() if kind in kinds}

    def of(self, conversation: Conversation, outcome: str) -> bool | None:
        """True or false when known, None when unknown, still open, or already settled before the contact ended."""
        field: bool | None = getattr(conversation.outcome, outcome)
        customer, started = conversation.customer.id, conversation.started_at
        if outcome not in self._tracked or customer is None or started is None:
            return self._field(conversation, outcome, field)
        events = [event for event in self._by_customer.get(customer, ()) if _same_product(event, conversation)]
        ended = ending(conversation, started)
        moments = [event.at for event in events if event.event is EVENT_OF[outcome]]
        if outcome == "refunded" and not self._bought(events, ended):
            return None
        if any(moment <= ended for moment in moments):
            return None
        if field is not None and not moments:
            return field
        if not self._closed(ended, outcome):
            return None
        return any(moment <= ended + self._windows[outcome] for moment in moments)

    def _field(self, conversation: Conversation, outcome: str, field: bool | None) -> bool | None:
        """A refund is known only for buyers, whatever the field says of others."""
        if outcome == "refunded" and field is False and conversation.outcome.converted is False:
            return None
        return field

    def _bought(self, events: Iterable[OutcomeEvent], ended: datetime) -> bool:
        last = ended + self._windows["refunded"]
        kinds = (OutcomeKind.PAID, OutcomeKind.REFUNDED)
        return any(event.event in kinds and event.at <= last for event in events)

    def _closed(self, ended: datetime, outcome: str) -> bool:
        """Whether the window has closed by the end of the day `as_of`."""
        if self._clock.as_of is None:
            return True
        return local_day(ended + self._windows[outcome], self._clock.zone) <= self._clock.as_of


def ending(conversation: Conversation, started: datetime) -> datetime:
    """The moment a conversation ended, as far as its times tell."""
    last = max((turn.end_ms or turn.start_ms or 0 for turn in conversation.turns), default=0)
    spoken = timedelta(seconds=max(conversation.duration_s or 0.0, last / 1000))
    sent = [turn.sent_at for turn in conversation.turns if turn.sent_at is not None]
    return max([started + spoken, *sent])


def _same_product(event: OutcomeEvent, conversation: Conversation) -> bool:
    return event.product is None or conversation.product is None or event.product == conversation.product
