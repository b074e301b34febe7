"""Conditions of the rule language from YAML: the operator is a key, and the types of its class say what is read.

`{keywords: [加微信], variants: true, in: {first_turns: 6}}` is `Keywords`, since `keywords` is its first field.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, get_args, get_type_hints

import re2

from qa_service.domain import condition as language
from qa_service.domain.condition import IN_YAML as IN_YAML
from qa_service.domain.condition import Bounds, Condition, OutsideHours, Pattern, Scope
from qa_service.rulebook.fields import Section
from qa_service.rulebook.hours_file import check_hours
from qa_service.rulebook.yaml_lines import Document, Path

KINDS: tuple[type[Any], ...] = get_args(Condition)
TYPES: Mapping[type[Any], Mapping[str, Any]] = {
    kind: get_type_hints(kind, vars(language)) for kind in (*KINDS, Scope, Bounds)
}
DEEPEST = 12
NOT_TAKEN = r"look-around and back-references are not taken (`unless` names exceptions); Chinese is \p{Han}"
EXPRESSIONS = re2.Options()
EXPRESSIONS.log_errors = False
CHOICES: Mapping[tuple[type[Any], str], tuple[str, ...]] = {
    (Scope, "speaker"): ("agent", "customer", "any"),
    (language.ValueStated, "value"): language.VALUES,
    (language.FactStated, "stated"): language.STATED,
}

OPERATORS: Mapping[str, type[Any]] = {
    IN_YAML.get(first.name, first.name): kind for kind in KINDS for first in fields(kind)[:1]
}


def read_condition(document: Document, path: Path, *, deep: int = 0) -> Condition:
    """The condition at a path; raises InvalidSop at the line of what cannot be read."""
    value = document.at(path)
    if not isinstance(value, dict):
        raise document.error(path, "a condition is a mapping with an operator, such as {keywords: [加微信]}")
    if deep > DEEPEST:
        raise document.error(path, f"conditions stand more than {DEEPEST} deep in one another")
    kind = _kind(value)
    if kind is None:
        named = ", ".join(map(str, value)) or "no key"
        raise document.error(path, f"no operator among {named}; known are {', '.join(sorted(OPERATORS))}")
    condition: Condition = _read(document, path, kind, deep)
    if isinstance(condition, Pattern):
        _check_patterns(document, path, condition)
    if isinstance(condition, OutsideHours):
        check_hours(document, path, condition)
    return condition


def _kind(value: Mapping[str, Any]) -> type[Any] | None:
    """The class whose operator and options all stand there, else the first whose operator does.

    One key may be both: `within` is an option of several operators, `days` of two.
    """
    named = [kind for operator, kind in OPERATORS.items() if operator in value]
    whole = [kind for kind in named if set(value) <= {_in_yaml(field) for field in fields(kind)}]
    return next(iter(whole or named), None)


def _in_yaml(field: "Field[Any]") -> str:
    return IN_YAML.get(field.name, field.name)


def _read(document: Document, path: Path, kind: type[Any], deep: int) -> Any:
    """An object of a class from the mapping at a path; what is absent keeps its default."""
    section = Section(document, path, [_in_yaml(field) for field in fields(kind)])
    found = {}
    for field in fields(kind):
        key = _in_yaml(field)
        if section.value.get(key) is None:
            if field.default is MISSING:
                raise section.error(f"`{_in_yaml(fields(kind)[0])}` needs `{key}` as well")
            continue
        found[field.name] = _value(section, key, TYPES[kind][field.name], deep)
        choices = CHOICES.get((kind, field.name), ())
        if choices and found[field.name] not in choices:
            raise section.error(f"`{key}` must be one of {', '.join(choices)}", key)
    return kind(**found)


def _value(section: Section, key: str, wanted: Any, deep: int) -> Any:
    """One value, as its type asks."""
    if wanted == tuple[Condition, ...]:
        return _conditions(section, key, deep)
    if wanted == tuple[str, ...]:
        return section.texts(key)
    kinds = [kind for kind in get_args(wanted) or (wanted,) if kind is not type(None)]
    if set(KINDS) <= set(kinds):
        return read_condition(section.document, (*section.path, key), deep=deep + 1)
    if kinds[0] in (Scope, Bounds):
        return _read(section.document, (*section.path, key), kinds[0], deep)
    return READERS[kinds[0]](section, key)


READERS: Mapping[type[Any], Callable[[Section, str], Any]] = {
    str: lambda section, key: section.text(key),
    float: lambda section, key: section.number(key),
    int: lambda section, key: section.whole(key),
    bool: lambda section, key: section.truth(key, default=False),
}


def _conditions(section: Section, key: str, deep: int) -> tuple[Condition, ...]:
    values = section.value[key]
    if not isinstance(values, list) or not values:
        raise section.error(f"`{key}` must be a list of conditions", key)
    paths = [(*section.path, key, index) for index in range(len(values))]
    return tuple(read_condition(section.document, path, deep=deep + 1) for path in paths)


def _check_patterns(document: Document, path: Path, condition: Pattern) -> None:
    for key, pattern in (("pattern", condition.pattern), ("unless", condition.unless)):
        try:
            re2.compile(pattern or "", EXPRESSIONS)
        except re2.error as error:
            reason = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else error
            raise document.error((*path, key), f"`{key}` is no expression of RE2: {reason}; {NOT_TAKEN}") from error
