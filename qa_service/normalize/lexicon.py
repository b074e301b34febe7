"""The words of `rulebook/default/lexicon.yaml`, read once, as tuples, character sets and pattern parts."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from qa_service.normalize.width import fold


def words(*names: str) -> tuple[str, ...]:
    """All words of these lists, longest first, each once, in half width."""
    found = {fold(word) for name in names for word in str(_lexicon()[name]).split()}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


@cache
def word_set(*names: str) -> frozenset[str]:
    """The same words for membership tests."""
    return frozenset(words(*names))


@cache
def characters(*names: str) -> frozenset[str]:
    """The single characters of these lists."""
    return frozenset("".join(words(*names)))


def character_class(*names: str) -> str:
    """The characters of these lists as the inside of a regular expression's brackets."""
    return "".join(re.escape(character) for character in sorted(characters(*names)))


def any_of(*names: str) -> str:
    """A non-capturing group that matches any word of these lists, the longest that fits."""
    return either(words(*names))


def either(alternatives: Iterable[str]) -> str:
    """A non-capturing group of literal alternatives, tried in the order given."""
    return "(?:" + "|".join(map(re.escape, alternatives)) + ")"


@cache
def spoken_digits() -> Mapping[str, str]:
    """Each character that stands for a digit when a number is read aloud, with that digit."""
    return {str(spoken): str(digit) for spoken, digit in _lexicon()["spoken_digits"].items()}


@cache
def _lexicon() -> Mapping[str, Any]:
    text = files("qa_service").joinpath("rulebook/default/lexicon.yaml").read_text(encoding="utf-8")
    content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return dict(content)
