"""Look for a condition. A new operator is a class in `domain/condition.py`, a file here and a line in `FINDERS`."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from qa_service.analyze.sop.checks.act import find_act
from qa_service.analyze.sop.checks.contact import find_after_opt_out, find_contacts
from qa_service.analyze.sop.checks.fact import find_fact
from qa_service.analyze.sop.checks.field import find_field
from qa_service.analyze.sop.checks.found import LIKELY, Found, Places, Reading, cannot_tell, turn_matches
from qa_service.analyze.sop.checks.hours import find_outside_hours
from qa_service.analyze.sop.checks.keyword import find_keywords
from qa_service.analyze.sop.checks.logic import all_hold, enough_hold, not_holding
from qa_service.analyze.sop.checks.order import ORDER_FINDERS
from qa_service.analyze.sop.checks.pattern import find_pattern
from qa_service.analyze.sop.checks.repetition import find_repetition
from qa_service.analyze.sop.checks.scope import places
from qa_service.analyze.sop.checks.similarity import find_similar
from qa_service.analyze.sop.checks.size import find_duration, find_turn_count
from qa_service.analyze.sop.checks.step import find_step
from qa_service.analyze.sop.checks.timing import find_interruption, find_reply_time, find_silence, find_speed
from qa_service.analyze.sop.checks.unanswered import find_unanswered
from qa_service.analyze.sop.checks.value import find_value
from qa_service.domain import condition as language
from qa_service.domain.condition import EVERYWHERE, AllOf, AnyOf, Condition, Not

Finder = Callable[[Any, Reading, Places], Found]

FINDERS: tuple[tuple[type[Any], Finder], ...] = (
    (language.Act, find_act),
    (language.StepDone, find_step),
    (language.Keywords, find_keywords),
    (language.Pattern, find_pattern),
    (language.Similar, find_similar),
    (language.Repeated, find_repetition),
    (language.ValueStated, find_value),
    (language.FactStated, find_fact),
    (language.FieldIs, find_field),
    (language.ReplyTime, find_reply_time),
    (language.Silence, find_silence),
    (language.Interruption, find_interruption),
    (language.Speed, find_speed),
    (language.TurnCount, find_turn_count),
    (language.Duration, find_duration),
    (language.Unanswered, find_unanswered),
    (language.OutsideHours, find_outside_hours),
    (language.Contacts, find_contacts),
    (language.AfterOptOut, find_after_opt_out),
)
_FINDERS: Mapping[type[Any], Finder] = dict(FINDERS)
# The fields that hold what an order is about.
_ORDERED: Mapping[type[Any], tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind) if get_type_hints(kind)[field.name] == Condition)
    for kind in ORDER_FINDERS
}


def find(condition: Condition, reading: Reading) -> Found:
    """How likely a condition holds in a conversation, and the words that tell."""
    finder = _FINDERS.get(type(condition))
    if finder is None:
        return _joined(condition, reading)
    scope = getattr(condition, "scope", EVERYWHERE)
    where = places(scope, reading, lambda part: find(part, reading))
    if where.lacking:
        return cannot_tell(where.lacking)
    found = finder(condition, reading, where)
    return _every(found, where) if scope.every else found


def _joined(condition: Condition, reading: Reading) -> Found:
    """Of conditions that stand in it."""
    if isinstance(condition, AllOf):
        return all_hold([find(part, reading) for part in condition.all])
    if isinstance(condition, AnyOf):
        return enough_hold([find(part, reading) for part in condition.any], condition.of)
    if isinstance(condition, Not):
        return not_holding(find(condition.negated, reading))
    found = [find(getattr(condition, name), reading) for name in _ORDERED[type(condition)]]
    return ORDER_FINDERS[type(condition)](condition, reading, found)


def _every(found: Found, where: Places) -> Found:
    """All turns of the scope satisfy it: as likely as the least likely of them; the matches are those that do not."""
    if found.lacking:
        return found
    best = dict.fromkeys(where.turns, 0.0)
    for match in found.matches:
        best[match.span.turn] = max(best.get(match.span.turn, 0.0), match.p)
    against = [turn for turn, p in best.items() if p < LIKELY]
    return Found(min(best.values(), default=1.0), turn_matches(where.wholes, against))
