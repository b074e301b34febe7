r"""Regular expressions that may run away: a repetition inside a repetition, with nothing between that tells them apart.

`(a+)+`, `(\w+\s*)*` and `(.*,)*` can split the same text in very many ways, and try them all where the rest does not
match. `(,\d+)*` cannot: each round begins with a comma, which is no digit.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

# The parser of `re` itself; its tree is the only exact reading of a pattern.
from re import _constants, _parser  # type: ignore[attr-defined]  # isort: skip

LOOPS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)
SAMPLE = frozenset({*map(chr, range(32, 127)), *"\t\n中，。０"})
Item = tuple[Any, Any]


def may_run_away(pattern: str) -> bool:
    """Whether a valid pattern may take very long on a text that it does not match."""
    letters = SAMPLE | set(pattern)
    return any(_ambiguous(body, letters) for body in _endless(_parser.parse(pattern)))


def _endless(tree: Iterable[Item]) -> Iterator[list[Item]]:
    """The body of each repetition without an end, however deep."""
    for op, value in tree:
        if op in LOOPS and value[1] == _constants.MAXREPEAT:
            yield list(_flat(value[2]))
        for inner in _bodies(op, value):
            yield from _endless(inner)


def _bodies(op: Any, value: Any) -> list[Iterable[Item]]:
    if op in LOOPS or op is _constants.POSSESSIVE_REPEAT:
        return [value[2]]
    if op is _constants.SUBPATTERN:
        return [value[3]]
    if op is _constants.BRANCH:
        return list(value[1])
    if op in (_constants.ASSERT, _constants.ASSERT_NOT):
        return [value[1]]
    return [value] if op is _constants.ATOMIC_GROUP else []


def _flat(tree: Iterable[Item]) -> Iterator[Item]:
    """The parts of a sequence, with groups opened."""
    for op, value in tree:
        if op is _constants.SUBPATTERN:
            yield from _flat(value[3])
        else:
            yield op, value


def _ambiguous(body: list[Item], letters: frozenset[str]) -> bool:
    """Whether a part of the body may be cut in several places, and nothing that must stand there shows which."""
    for index, (op, value) in enumerate(body):
        if op is _constants.BRANCH and any(_ambiguous(list(_flat(one)), letters) for one in value[1]):
            return True
        if op not in LOOPS or value[1] == value[0] or value[1] < 2:
            continue
        own = _letters([(op, value)], letters)
        others = [part for at, part in enumerate(body) if at != index and not _may_be_left_out(part)]
        if all(_letters([part], letters) & own for part in others):
            return True
    return False


def _may_be_left_out(part: Item) -> bool:
    op, value = part
    if op is _constants.AT or op in (_constants.ASSERT, _constants.ASSERT_NOT):
        return True
    return op in (*LOOPS, _constants.POSSESSIVE_REPEAT) and value[0] == 0


def _letters(parts: Iterable[Item], letters: frozenset[str]) -> frozenset[str]:
    """The letters of the sample that may stand where these parts match."""
    found: set[str] = set()
    for op, value in parts:
        if op in (_constants.LITERAL, _constants.NOT_LITERAL, _constants.IN, _constants.ANY):
            found |= {letter for letter in letters if _is(op, value, letter)}
        for inner in _bodies(op, value):
            found |= _letters(inner, letters)
    return frozenset(found)


def _is(op: Any, value: Any, letter: str) -> bool:
    if op is _constants.ANY:
        return letter != "\n"
    if op is _constants.LITERAL:
        return letter == chr(value)
    if op is _constants.NOT_LITERAL:
        return letter != chr(value)
    denied = bool(value) and value[0][0] is _constants.NEGATE
    return denied != any(_in_set(kind, one, letter) for kind, one in value[denied:])


def _in_set(kind: Any, value: Any, letter: str) -> bool:
    if kind is _constants.RANGE:
        return bool(value[0] <= ord(letter) <= value[1])
    if kind is _constants.CATEGORY:
        return bool(re.match(CATEGORIES.get(value, r"(?s:.)"), letter))
    return bool(kind is _constants.LITERAL and letter == chr(value))


CATEGORIES = {
    _constants.CATEGORY_DIGIT: r"\d",
    _constants.CATEGORY_NOT_DIGIT: r"\D",
    _constants.CATEGORY_SPACE: r"\s",
    _constants.CATEGORY_NOT_SPACE: r"\S",
    _constants.CATEGORY_WORD: r"\w",
    _constants.CATEGORY_NOT_WORD: r"\W",
}
