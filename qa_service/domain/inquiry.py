"""What a language model is asked about one conversation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One request. `conversation_id` and `items` are for the log alone and are not sent; the rest is never logged."""

    conversation_id: str
    items: tuple[str, ...]
    instructions: str
    question: str
