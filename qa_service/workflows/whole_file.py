"""Files that are there whole or not at all."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A text file that appears under its name only when it is complete, also when the machine dies meanwhile."""
    with _partial(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as text:
        yield text
        text.flush()
        os.fsync(text.fileno())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file of bytes."""
    with _partial(path) as partial, partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """A name beside the file, which becomes the file's own when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines to a whole file; returns how many."""
    count = 0
    with whole_file(path) as text:
        for line in lines:
            text.write(line + "\n")
            count += 1
    return count
