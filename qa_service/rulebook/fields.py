"""Typed access to the values of a rulebook file; each refusal names file, line and reason."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, TypeVar

from qa_service.errors import InvalidSop
from qa_service.rulebook.yaml_lines import Document, Path

Choice = TypeVar("Choice", bound=StrEnum)


# Databases keep whole numbers of 32 bits.
MOST_WHOLE = 2**31 - 1


class Section:
    """A mapping inside a document. Keys outside `known` are refused, since a typo must not go unseen."""

    def __init__(self, document: Document, path: Path, known: Iterable[str]) -> None:
        self.document, self.path = document, path
        value = document.at(path)
        if not isinstance(value, dict):
            raise document.error(path, f"{self._name() or 'the file'} must be a mapping of keys to values")
        known = tuple(known)
        for key in value:
            if key not in known:
                raise self.error(f"unknown key {key!r}; known are {', '.join(known)}", str(key))
        self.value: dict[str, Any] = value

    def error(self, reason: str, *path: str | int) -> InvalidSop:
        """An error at a place below this section."""
        return self.document.error((*self.path, *path), reason)

    def text(self, key: str, default: str | None = None) -> str:
        """A string; numbers are taken as written."""
        value = self.value.get(key, default)
        if value is None:
            raise self.error(f"{self._name()} lacks `{key}`")
        if isinstance(value, bool | list | dict):
            raise self.error(f"`{key}` must be text", key)
        return str(value)

    def number(self, key: str, default: float | None = None, *, most: float | None = None) -> float:
        """A number of at least 0, and at most `most`."""
        value = self.value.get(key, default)
        if value is None:
            raise self.error(f"{self._name()} lacks `{key}`")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
            raise self.error(f"`{key}` must be a number of at least 0", key)
        if most is not None and value > most:
            raise self.error(f"`{key}` must be at most {most:g}", key)
        return float(value)

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number of at least 1."""
        value = self.value.get(key, default)
        if value is None:
            raise self.error(f"{self._name()} lacks `{key}`")
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.error(f"`{key}` must be a whole number of at least 1", key)
        if value > MOST_WHOLE:
            raise self.error(f"`{key}` must be at most {MOST_WHOLE}", key)
        return value

    def truth(self, key: str, *, default: bool) -> bool:
        """A truth value."""
        value = self.value.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"`{key}` must be true or false", key)
        return value

    def choice(self, key: str, choices: type[Choice], default: str) -> Choice:
        """One of the values of an enumeration."""
        try:
            return choices(self.text(key, default))
        except ValueError as error:
            raise self.error(f"`{key}` must be one of {', '.join(choices)}", key) from error

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; a single one may stand without brackets."""
        value = self.value.get(key)
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        if any(isinstance(item, bool | list | dict) or item is None or not str(item).strip() for item in values):
            raise self.error(f"`{key}` must be a list of texts", key)
        return tuple(str(item) for item in values)

    def sections(self, key: str, known: Iterable[str]) -> Iterator["Section"]:
        """The mappings in a list."""
        value = self.value.get(key) or []
        if not isinstance(value, list):
            raise self.error(f"`{key}` must be a list", key)
        for index in range(len(value)):
            yield Section(self.document, (*self.path, key, index), known)

    def section(self, key: str, known: Iterable[str]) -> "Section | None":
        """The mapping under a key, None when the key is absent."""
        return Section(self.document, (*self.path, key), known) if self.value.get(key) is not None else None

    def _name(self) -> str:
        return ".".join(str(part) for part in self.path)
