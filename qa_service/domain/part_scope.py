"""Where a part of an SOP is owed."""

from enum import StrEnum


class PartScope(StrEnum):
    """`conversation`: in each by itself. `journey`: once in the customer's journey, in whichever contact."""

    CONVERSATION = "conversation"
    JOURNEY = "journey"
