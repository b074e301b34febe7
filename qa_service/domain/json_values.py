"""What a JSON value may hold so that every database, file and report of the service can keep it."""

import re
from collections.abc import Iterator
from typing import Any

from qa_service.errors import InvalidConversation, TooLarge

MAX_DEPTH = 32
MAX_NUMBER = 2**63 - 1
"""The widest whole number that both databases keep."""

UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL refuses, and halves of surrogate pairs, which UTF-8 cannot write."""


def refuse_unkeepable(value: Any, where: str) -> None:
    """Refuse a value of free form that could not be written out again; raises InvalidConversation or TooLarge."""
    for depth, leaf in _leaves(value):
        if depth > MAX_DEPTH:
            raise TooLarge(f"{where} is nested more than {MAX_DEPTH} levels deep")
        if isinstance(leaf, str):
            refuse_control(leaf, where)
        elif isinstance(leaf, int | float):
            refuse_number(leaf, where)


def refuse_control(text: str, where: str) -> None:
    """Refuse text with a NUL or half a surrogate pair; raises InvalidConversation."""
    found = UNKEEPABLE.search(text)
    if found is None:
        return
    if found[0] == "\x00":
        raise InvalidConversation(f"{where} holds a NUL character: the file is damaged or not text")
    raise InvalidConversation(f"{where} holds half a surrogate pair: the file was cut or re-encoded")


def refuse_number(value: float, where: str) -> None:
    """Refuse NaN, infinity and numbers that no database keeps; raises InvalidConversation."""
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise InvalidConversation(f"{where} must be a finite number of at most 18 digits")


def _leaves(value: Any) -> Iterator[tuple[int, Any]]:
    waiting = [(0, value)]
    while waiting:
        depth, node = waiting.pop()
        if depth > MAX_DEPTH or not isinstance(node, dict | list):
            yield depth, node
            continue
        children = [*node, *node.values()] if isinstance(node, dict) else node
        waiting.extend((depth + 1, child) for child in children)
