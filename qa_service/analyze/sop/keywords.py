"""Keywords of an SOP in a cleaned text."""

from collections.abc import Iterable

from models.ngrams import fold


def mentioned(text: str, keywords: Iterable[str]) -> bool:
    """Whether one of the keywords stands in the text, width and case and white space aside."""
    folded = fold(text)
    return any(fold(word) in folded for word in keywords)
