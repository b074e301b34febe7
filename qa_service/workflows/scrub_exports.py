"""Take a deleted customer out of the files that the service wrote: lines where a file is lines, else whole files.

Exports can be made again from the store, so this errs on the side of removing too much.
"""

import gzip
import html
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LINE_SUFFIXES = (".jsonl", ".jsonl.gz", ".csv")
# Its text is compressed and re-encoded, so it cannot be searched; each is written beside a file that can.
OPAQUE_SUFFIXES = (".pdf",)


@dataclass(frozen=True, slots=True)
class Needles:
    """What must not remain: ids as whole words, and words that were said."""

    ids: frozenset[str]
    words: frozenset[str]

    def pattern(self) -> re.Pattern[str]:
        """Matches every needle as plain text, in JSON and in HTML."""
        ids = [rf"(?<![\w-]){re.escape(form)}(?![\w-])" for one in self.ids for form in _forms(one)]
        words = [re.escape(form) for one in self.words for form in _forms(one)]
        return re.compile("|".join(sorted({*ids, *words})), re.ASCII)


def scrub_exports(folder: Path, needles: Needles, *, spared: Iterable[Path] = ()) -> list[Path]:
    """Remove every trace of the needles from the files under a folder; returns the files that were changed."""
    pattern, spared_files = needles.pattern(), {path.resolve() for path in spared}
    changed = []
    for path in _files(folder):
        if path.resolve() not in spared_files and _scrub(path, pattern):
            changed.append(path)
    return changed


def _files(folder: Path) -> list[Path]:
    """Readable files first, so that an opaque one sees whether its neighbours went."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(files, key=lambda path: path.suffix in OPAQUE_SUFFIXES)


def _scrub(path: Path, pattern: re.Pattern[str]) -> bool:
    if path.name.endswith(LINE_SUFFIXES):
        return _drop_lines(path, pattern)
    if path.suffix in OPAQUE_SUFFIXES:
        found = not any(_is_searched(other) for other in path.parent.glob(f"{path.stem}.*"))
    else:
        found = any(pattern.search(text) for text in _texts(path))
    if found:
        path.unlink()
    return found


def _is_searched(path: Path) -> bool:
    return path.suffix in (".json", ".html")


def _drop_lines(path: Path, pattern: re.Pattern[str]) -> bool:
    """Write the file again without the lines that match; a crash leaves the old one or the new one."""
    opened: Any = gzip.open if path.suffix == ".gz" else open
    beside = path.with_name(f".{path.name}.scrub")
    dropped = False
    how = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}
    with opened(path, "rt", **how) as old, opened(beside, "wt", **how) as new:
        for line in old:
            found = bool(pattern.search(line))
            dropped = dropped or found
            if not found:
                new.write(line)
    if dropped:
        beside.replace(path)
    else:
        beside.unlink()
    return dropped


def _texts(path: Path) -> Iterator[str]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name).decode("utf-8", "replace")
        return
    yield path.read_bytes().decode("utf-8", "replace")


def _forms(needle: str) -> set[str]:
    plain = json.dumps(needle, ensure_ascii=False)[1:-1]
    return {needle, plain, json.dumps(needle)[1:-1], html.escape(needle), html.escape(needle, quote=False)}
