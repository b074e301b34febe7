"""What one version of an SOP changes against another, by meaning.

Layout, comments and the order of examples have none; the order of steps has.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from qa_service.domain.sop import Sop
from qa_service.domain.value import VALUES
from qa_service.domain.wording import Wording
from qa_service.rulebook.condition_file import IN_YAML
from qa_service.rulebook.fact_file import kind_called

# Parts of an SOP that are lists of things with an id.
PARTS = {"step": "steps", "obligation": "obligations", "red_line": "red_lines", "check": "checks", "branch": "branches"}
# Compared by a function of its own, or no part of the meaning.
ELSEWHERE = {"id", "elements", "built_in", "denied_by"}
# What stands beside the name of a part that is new or gone.
WORTH = ("weight", "points")
READ_KEYS = {
    *("sop", "version", "title", "product", "channel", "applies_to", "pass_score", "order_points"),
    *("facts", "faq", "steps", "order", "obligations", "red_lines", "checks", "branches"),
}

Values = Mapping[str, Any]


class ChangeKind(StrEnum):
    """What happened to a part, or to one of its fields."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class SopDifference:
    """One difference. `field` empty: the part itself; `before` and `after` are plain values, lists where items differ.

    Of a part that is moved, `after` is the title of the part it now follows, None where it comes first.
    """

    part: str
    id: str
    title: str
    change: ChangeKind
    field: str = ""
    before: Any = None
    after: Any = None


def compare_sops(old: Sop, new: Sop) -> list[SopDifference]:
    """The differences in the order of the SOP's parts; empty when both mean the same."""
    titles = _titles(old) | _titles(new)
    found = list(_fields("sop", new.id, new.title, _header(old), _header(new)))
    for part, key in PARTS.items():
        found += _things(part, _written(old, key), _written(new, key), titles)
        if part == "step":
            found += _moves(old, new)
            found += _named("order", _orders(old, titles), _orders(new, titles))
    found += _named("fact", _facts(old), _facts(new))
    return found + list(_named("faq", _answers(old), _answers(new)))


def _header(sop: Sop) -> dict[str, Any]:
    """What is said of the SOP as a whole, keys that no part reads among it."""
    wanted = sop.applies_to
    values: dict[str, Any] = {"sop": sop.id, "title": sop.title, "pass_score": sop.pass_score}
    values |= {"order_points": sop.order_points}
    values |= {f"applies_to.{one}": list(getattr(wanted, one)) for one in ("product", "channel", "scenario", "stage")}
    values |= {f"applies_to.tags.{key}": list(allowed) for key, allowed in wanted.tags.items()}
    return values | {str(key): value for key, value in sop.document.items() if key not in READ_KEYS}


def _written(sop: Sop, key: str) -> list[Any]:
    """The parts that stand in the YAML; some checks are made from its facts, and compared as those."""
    things = getattr(sop, key)
    named = {str(one["id"]) for one in sop.document.get(key) or () if isinstance(one, Mapping)}
    return [thing for thing in things if thing.id in named] if key == "checks" else list(things)


def _things(part: str, old: Sequence[Any], new: Sequence[Any], titles: Values, of: str = "") -> Iterator[SopDifference]:
    """Things that are gone, new, or have other fields; `of` names what they are parts of."""
    before, after = ({thing.id: thing for thing in things} for things in (old, new))
    for thing_id, thing in before.items():
        if thing_id not in after:
            yield SopDifference(part, of + thing_id, thing.title, ChangeKind.REMOVED, before=_worth(thing))
    for thing_id, thing in after.items():
        if thing_id not in before:
            yield SopDifference(part, of + thing_id, thing.title, ChangeKind.ADDED, after=_worth(thing))
            continue
        earlier = before[thing_id]
        yield from _fields(part, of + thing_id, thing.title, _flat(earlier, titles), _flat(thing, titles))
        if part == "step":
            yield from _things("element", earlier.elements, thing.elements, titles, of=f"{thing_id}.")


def _worth(thing: Any) -> dict[str, float] | None:
    given = {name: getattr(thing, name) for name in WORTH if getattr(thing, name, 0)}
    return given or None


def _fields(part: str, part_id: str, title: str, old: Values, new: Values) -> Iterator[SopDifference]:
    for name in (*new, *(name for name in old if name not in new)):
        before, after = old.get(name), new.get(name)
        if isinstance(before, tuple) or isinstance(after, tuple):
            gone, fresh = _apart(before or (), after or ())
            if gone:
                yield SopDifference(part, part_id, title, ChangeKind.REMOVED, name, before=gone)
            if fresh:
                yield SopDifference(part, part_id, title, ChangeKind.ADDED, name, after=fresh)
        elif before != after:
            yield SopDifference(part, part_id, title, ChangeKind.CHANGED, name, before, after)


def _apart(old: Iterable[str], new: Iterable[str]) -> tuple[list[str], list[str]]:
    before, after = list(old), list(new)
    return [one for one in before if one not in after], [one for one in after if one not in before]


def _flat(thing: Any, titles: Values) -> dict[str, Any]:
    """The fields of a part as plain values; a tuple is a list of which items are compared."""
    values: dict[str, Any] = {}
    for one in fields(thing):
        value = getattr(thing, one.name)
        if one.name in ELSEWHERE:
            continue
        if isinstance(value, Wording):
            prefix = "" if one.name == "wording" else f"{one.name}."
            # That there is a trigger at all is a difference, even one without a word.
            values |= {one.name: True} if prefix else {}
            values |= {prefix + each.name: getattr(value, each.name) for each in fields(value)}
        elif isinstance(value, frozenset):
            values[one.name] = tuple(sorted(str(titles.get(name, name)) for name in value))
        else:
            values[one.name] = _plain(value) if is_dataclass(value) else value
    return {name: titles.get(value, value) if name == "response_step" else value for name, value in values.items()}


def _plain(value: Any) -> Any:
    """A condition as it is written in the YAML."""
    if is_dataclass(value):
        given = [one for one in fields(value) if one.default is MISSING or getattr(value, one.name) != one.default]
        return {IN_YAML.get(one.name, one.name): _plain(getattr(value, one.name)) for one in given}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _moves(old: Sop, new: Sop) -> Iterator[SopDifference]:
    """The fewest steps that must move to make the new course out of the old one."""
    places = {step.id: place for place, step in enumerate(old.steps)}
    course = [places[step.id] for step in new.steps if step.id in places]
    staying = _longest_rise(course)
    for place, step in enumerate(new.steps):
        if step.id in places and places[step.id] not in staying:
            follows = new.steps[place - 1].title if place else None
            yield SopDifference("step", step.id, step.title, ChangeKind.MOVED, after=follows)


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """The numbers of a longest rising selection (patience sorting)."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_left(ends, number)
        before[number] = ends[place - 1] if place else None
        ends[place : place + 1] = [number]
    chosen: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        chosen.add(last)
        last = before[last]
    return chosen


def _named(
    part: str, old: Mapping[str, tuple[str, Values]], new: Mapping[str, tuple[str, Values]]
) -> Iterator[SopDifference]:
    """Differences of things that are their own name: a pair of steps, a fact, a question."""
    for name, (title, values) in old.items():
        if name not in new:
            yield SopDifference(part, name, title, ChangeKind.REMOVED, before=_offered(values))
    for name, (title, values) in new.items():
        if name not in old:
            yield SopDifference(part, name, title, ChangeKind.ADDED, after=_offered(values))
        else:
            yield from _fields(part, name, title, old[name][1], values)


def _orders(sop: Sop, titles: Values) -> dict[str, tuple[str, Values]]:
    named = {pair.id: f"{titles[pair.before]} → {titles[pair.after]}" for pair in sop.order}
    return {pair.id: (named[pair.id], {"unless_asked": pair.unless_asked}) for pair in sop.order}


def _facts(sop: Sop) -> dict[str, tuple[str, Values]]:
    """Facts in free words by their words, those of a kind by kind and id, others by what they are named under."""
    given = sop.document.get("facts") or ()
    found: dict[str, tuple[str, Values]] = {
        f"{one.kind}: {one.id}": (
            one.title,
            {one.kind: one.offered, "title": one.title, "about": one.about, "tolerance": one.tolerance},
        )
        for one in sop.fact_values
    }
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, Mapping):
            found |= {name: (name, {"value": value}) for name, value in _values_named(one)}
        elif one:
            found[str(one)] = (str(one), {})
    return found


def _offered(values: Values) -> Values | None:
    """What a fact says, for a line that tells no more of it."""
    return {kind: value for kind, value in values.items() if kind in VALUES} or None


def _values_named(group: Values, of: str = "") -> Iterator[tuple[str, Any]]:
    """Values by their path of names, two deep: a kind of value, and what it is about."""
    for name, value in group.items():
        if isinstance(value, Mapping) and not of and kind_called(name):
            continue  # Read as facts that can be compared.
        if isinstance(value, Mapping) and not of:
            yield from _values_named(value, f"{name}: ")
        else:
            yield f"{of}{name}", value


def _answers(sop: Sop) -> dict[str, tuple[str, Values]]:
    return {one["question"]: (one["question"], {"answer": one["answer"]}) for one in sop.faq}


def _titles(sop: Sop) -> dict[str, str]:
    """Titles by id of all parts; a step's counts where a check has the same id."""
    parts = [part for key in reversed(PARTS.values()) for part in getattr(sop, key)]
    return {part.id: part.title for part in parts}
