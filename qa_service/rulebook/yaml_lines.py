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

    def error(self, path: Path, reason: str) -> InvalidSop:
        """An error that names file, line and reason."""
        known = next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 1)
        return InvalidSop(f"{self.file_name}:{known}: {reason}")


def read_yaml(text: str, file_name: str) -> Document:
    """Parse safe YAML; duplicate keys, aliases and syntax errors raise InvalidSop with file and line."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            raise InvalidSop(f"{file_name}:1: the file is empty")
        lines: dict[Path, int] = {}
        _index(node, (), lines, file_name)
        return Document(yaml.safe_load(text), lines, file_name)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error) or type(error).__name__
        raise InvalidSop(f"{file_name}:{mark.line + 1 if mark else 1}: not valid YAML: {problem}") from error


def _index(node: yaml.Node, path: Path, lines: dict[Path, int], file_name: str) -> None:
    """Record lines; a value reached twice is an alias, which could hide a bomb and is never needed here."""
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _index(item, (*path, index), lines, file_name)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise InvalidSop(f"{file_name}:{key.start_mark.line + 1}: the key {key.value!r} stands twice")
            seen.add(key.value)
            _index(value, (*path, key.value), lines, file_name)
    if len(lines) > 100_000:
        raise InvalidSop(f"{file_name}: more than 100,000 values (or aliases that repeat each other)")
