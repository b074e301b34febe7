"""Conditions whose answer is known before any conversation is read: they always hold, or never do."""

import re
from collections.abc import Callable, Mapping
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from qa_service.domain.condition import (
    EVERYWHERE,
    AbsenceAfter,
    AllOf,
    AnyOf,
    Bounds,
    Condition,
    Contacts,
    Duration,
    Exactly,
    FieldIs,
    Interruption,
    Keywords,
    Not,
    Pattern,
    Precedence,
    ReplyTime,
    Response,
    Silence,
    Speed,
    Succession,
    TurnCount,
    Unanswered,
    ValueStated,
)

# What counts, counts in whole numbers; the present contact is one.
COUNTED: Mapping[type[Any], tuple[str, float]] = {
    TurnCount: ("turns", 0),
    Unanswered: ("unanswered", 0),
    Contacts: ("contacts", 1),
}
MEASURED: Mapping[type[Any], str] = {
    ReplyTime: "reply",
    Silence: "silence",
    Interruption: "interruption",
    Speed: "speed",
    Duration: "duration",
}


def foregone(condition: Condition) -> bool | None:
    """True where a condition holds in every conversation, False where in none, None where they decide."""
    scope = getattr(condition, "scope", EVERYWHERE)
    near = [one for one in (scope.before, scope.after, scope.around) if one is not None]
    if not scope.every and not isinstance(condition, TurnCount) and any(foregone(one) is False for one in near):
        return False
    if type(condition) in COUNTED:
        key, least = COUNTED[type(condition)]
        return _counted(getattr(condition, key), least)
    if type(condition) in MEASURED:
        return False if _empty(getattr(condition, MEASURED[type(condition)]), 0) else None
    judge = _JUDGES.get(type(condition))
    return judge(condition) if judge else None


def _all(condition: AllOf) -> bool | None:
    parts = [foregone(part) for part in condition.all]
    if False in parts or _two_values(condition):
        return False
    return True if all(parts) else None


def _two_values(condition: AllOf) -> bool:
    """Whether one field would have to be two things at once."""
    wanted: dict[str, set[str]] = {}
    for part in condition.all:
        if isinstance(part, FieldIs) and part.equals:
            wanted[part.field] = wanted.get(part.field, set(part.equals)) & set(part.equals)
    return not all(wanted.values())


def _any(condition: AnyOf) -> bool | None:
    parts = [foregone(part) for part in condition.any]
    if parts.count(True) >= condition.of:
        return True
    return False if len(parts) - parts.count(False) < condition.of else None


def _not(condition: Not) -> bool | None:
    inner = foregone(condition.negated)
    return None if inner is None else not inner


def _keywords(condition: Keywords) -> bool | None:
    return False if condition.distinct > len(set(condition.keywords)) else None


def _pattern(condition: Pattern) -> bool | None:
    """An empty match is none, and nothing is left where what is excluded is all that is looked for."""
    return False if condition.unless == condition.pattern or _always_empty(condition.pattern) else None


def _always_empty(pattern: str) -> bool:
    """Whether all that a pattern matches is empty; never said of what RE2 alone can read, such as Unicode classes."""
    try:
        return bool(_parser.parse(pattern).getwidth()[1] == 0)
    except (re.error, RecursionError):
        return False


def _field(condition: FieldIs) -> bool | None:
    return False if condition.equals and set(condition.equals) <= set(condition.differs) else None


def _value(condition: ValueStated) -> bool | None:
    return False if _empty(condition.bounds, float("-inf")) else None


def _precedence(condition: Precedence) -> bool | None:
    return True if foregone(condition.then) is False else None


def _response(condition: Response) -> bool | None:
    return True if foregone(condition.response) is False else None


def _succession(condition: Succession) -> bool | None:
    return True if foregone(condition.succession) is False and foregone(condition.then) is False else None


def _absence(condition: AbsenceAfter) -> bool | None:
    return True if False in (foregone(condition.absence_after), foregone(condition.never)) else None


def _exactly(condition: Exactly) -> bool | None:
    return False if foregone(condition.that) is False else None


_JUDGES: Mapping[type[Any], Callable[[Any], bool | None]] = {
    AllOf: _all,
    AnyOf: _any,
    Not: _not,
    Keywords: _keywords,
    Pattern: _pattern,
    FieldIs: _field,
    ValueStated: _value,
    Precedence: _precedence,
    Response: _response,
    Succession: _succession,
    AbsenceAfter: _absence,
    Exactly: _exactly,
}


def _empty(bounds: Bounds, least: float) -> bool:
    """Whether no number of at least `least` keeps the bounds."""
    over = least if bounds.over is None else bounds.over
    if bounds.equals is not None:
        return not bounds.hold(bounds.equals) or bounds.equals < least
    return bounds.under is not None and (bounds.under <= over or bounds.under <= least)


def _counted(bounds: Bounds, least: float) -> bool | None:
    if _empty(bounds, least):
        return False
    if bounds.over is not None and bounds.under is not None and int(bounds.over) + 1 >= bounds.under:
        return False
    free = bounds.equals is None and bounds.under is None and (bounds.over is None or bounds.over < least)
    return True if free else None
