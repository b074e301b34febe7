"""YAML read together with the line each value stands on, so that errors can point there."""

from dataclasses import dataclass
from typing import Any

import yaml

from qa_service.errors import InvalidSop

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML document; `lines` maps the path of each value to its line (from 1)."""

    value: Any
    lines: dict[Path, int]
    file_name: str

    def at(self, path: Path) -> Any:
        """The value at a path that exists."""
        value = self.value
        for key in path:
            value = value[key]
        return value

    def error(self, path: Path, reason: str) -> InvalidSop:
        """An error that names file, line and reason."""
        return InvalidSop(f"{self.file_name}:{self.line(path)}: {reason}")

    def line(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it that has one."""
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 1)


def read_yaml(text: str, file_name: str) -> Document:
    """Parse safe YAML; duplicate keys, aliases and syntax errors raise InvalidSop with file and line."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            raise InvalidSop(f"{file_name}:1: the file is empty")
        lines: dict[Path, int] = {}
        _index(node, (), lines, file_name, set())
        return Document(yaml.safe_load(text), lines, file_name)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error) or type(error).__name__
        raise InvalidSop(f"{file_name}:{mark.line + 1 if mark else 1}: not valid YAML: {problem}") from error


def _index(node: yaml.Node, path: Path, lines: dict[Path, int], file_name: str, met: set[int]) -> None:
    """Record lines. A node met twice is an alias: never needed here, and nested ones can hide a bomb."""
    line = node.start_mark.line + 1
    if id(node) in met:
        raise InvalidSop(f"{file_name}:{line}: anchors and aliases (& and *) are not taken; write the value out")
    met.add(id(node))
    lines[path] = line
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _index(item, (*path, index), lines, file_name, met)
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        for index, (key, value) in enumerate(node.value):
            if not isinstance(key, yaml.ScalarNode):
                raise InvalidSop(f"{file_name}:{key.start_mark.line + 1}: a key must be plain text")
            if key.value in keys[:index]:
                raise InvalidSop(f"{file_name}:{key.start_mark.line + 1}: the key {key.value!r} stands twice")
            _index(value, (*path, key.value), lines, file_name, met)
