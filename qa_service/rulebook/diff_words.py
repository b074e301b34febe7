"""Differences between two versions of an SOP in words, Chinese or English; the words stand in differences.yaml."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from qa_service.domain.value import VALUES
from qa_service.rulebook.codebook import default_file
from qa_service.rulebook.sop_diff import ChangeKind, SopDifference

LANGUAGES = ("zh", "en")


def difference_in_words(difference: SopDifference, language: str) -> str:
    """What one difference says to a person."""
    words = _words(language)
    if difference.field:
        return _of_field(difference, language, words)
    part = _name("parts", difference.part, language)
    values = {"part": part, "title": difference.title, "worth": "", "place": ""}
    if difference.change is ChangeKind.MOVED:
        follows = difference.after
        values["place"] = words["first"] if follows is None else words["following"].format(title=follows)
    worth = difference.before if difference.change is ChangeKind.REMOVED else difference.after
    if isinstance(worth, Mapping):
        pairs = [f"{_name('fields', key, language)} {_value(value, key, language)}" for key, value in worth.items()]
        named = words["comma"].join(pairs)
        values["worth"] = words["worth"].format(worth=named)
    return _begun(words[difference.change.value].format(**values))


def nothing_in_words(language: str) -> str:
    """What is said when nothing differs."""
    return _words(language)["same"]


def _of_field(difference: SopDifference, language: str, words: Mapping[str, str]) -> str:
    whose = ""
    if difference.part != "sop":
        whose = words["whose"].format(part=_name("parts", difference.part, language), title=difference.title)
    values = {"whose": whose, "field": _field_name(difference.field, language)}
    if difference.change is ChangeKind.CHANGED:
        before, after = (_value(one, difference.field, language) for one in (difference.before, difference.after))
        return _begun(words["changed"].format(**values, before=before, after=after))
    items = difference.after if difference.change is ChangeKind.ADDED else difference.before
    listed = words["comma"].join(words["text"].format(text=item) for item in items)
    return _begun(words[f"items_{difference.change.value}"].format(**values, items=listed))


def _value(value: Any, field: str, language: str) -> str:
    words = _words(language)
    if value is None or value == []:
        return words["any" if field.startswith("applies_to") else "none"]
    if field in VALUES and isinstance(value, str):
        return _amount(value, language)
    if isinstance(value, bool):
        return words[str(value).lower()]
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return words["comma"].join(_name("words", one, language) for one in value)
    if isinstance(value, list | Mapping):
        return str(
            yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=2**20)
        ).strip()
    known = value in _table()["words"]
    return _name("words", value, language) if known else words["text"].format(text=value)


def _amount(value: str, language: str) -> str:
    """A value of a fact, its units in the language: 198 元/月 is 198 yuan/month."""
    number, space, measure = value.partition(" ")
    unit, slash, per = measure.partition("/")
    return f"{number}{space}{_name('units', unit, language)}{slash}{_name('per', per, language)}"


def _field_name(field: str, language: str) -> str:
    prefix = "applies_to.tags."
    if field.startswith(prefix):
        return f"{_name('fields', 'applies_to.tags', language)} {field.removeprefix(prefix)}"
    return _name("fields", field, language)


def _name(kind: str, key: str, language: str) -> str:
    """The name of a part, a field or a word; what has none stands for itself."""
    return str(_table()[kind].get(key, {}).get(language, key))


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _words(language: str) -> Mapping[str, str]:
    found: Mapping[str, str] = _table()[language]
    return found


@cache
def _table() -> Any:
    return default_file("differences.yaml")
