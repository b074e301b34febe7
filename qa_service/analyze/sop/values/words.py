"""The words of `rulebook/default/values.yaml`, read once, as tuples, mappings and pattern parts."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from qa_service.analyze.word_lists import word_lists


def words(*names: str) -> tuple[str, ...]:
    """All words of these lists, longest first, each once."""
    found = {word for name in names for word in str(_lexicon()[name]).split()}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


def table(name: str) -> Mapping[str, Any]:
    """Words and what each stands for."""
    return {str(word): stands_for for word, stands_for in _lexicon()[name].items()}


def any_of(*names: str) -> str:
    """A non-capturing group that matches any word of these lists, the longest that fits."""
    return either(words(*names))


def either(alternatives: Iterable[str]) -> str:
    """A non-capturing group of literal alternatives, the longest first."""
    ordered = sorted(alternatives, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(map(re.escape, ordered)) + ")"


def _lexicon() -> Mapping[str, Any]:
    return word_lists("values.yaml")
