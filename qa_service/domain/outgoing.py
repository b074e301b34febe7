"""The business numbers of what goes out by itself and of tickets; the rulebook's insight.yaml holds their values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutgoingBounds:
    """How urgent things are gathered, and how long a department has for an answer."""

    gather_s: int
    fresh_days: int
    items: int
    quote_characters: int
    ticket_working_days: int
    tickets_shown: int
