"""What an act sounds like."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """What an act sounds like: sentences that are it, sentences that are not, words that point to it."""

    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
