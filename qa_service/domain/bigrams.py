"""Chinese text without word boundaries: looked up and compared by pairs of neighbouring characters."""

import unicodedata


def searched(text: str) -> str:
    """Text as it is searched: one form of each character, lower case, no spaces or punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum() or letter == "●")


def pairs_of(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters in a text; of a single character, itself."""
    plain = searched(text)
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1)) or frozenset([plain] if plain else [])
