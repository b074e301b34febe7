"""Words of a conversation, with the place where they stand."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Quote:
    """What was said at a turn; `text` is the stored text of the turn or a span of it."""

    conversation_id: str
    turn: int
    text: str


def quote_to_json(quote: Quote) -> dict[str, Any]:
    """The contract object of a quote."""
    return {"conversation_id": quote.conversation_id, "turn": quote.turn, "quote": quote.text}
