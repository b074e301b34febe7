"""Records of a CSV file, one by one: a quote that is never closed loses its own record and no other.

Lines are joined into one record only where that is plausible: the quote closes before a delimiter or the end of a
line, the record is as wide as the header, and the lines within are not rows of their own.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import BinaryIO

from qa_service.ingest.cells import TableRow
from qa_service.ingest.lines import text_lines, undecodable
from qa_service.ingest.reader import Defect, DefectCode

DELIMITERS = (",", "\t", ";", "|", "，")
MAX_RECORD_CHARACTERS = 4 << 20
"""A written-out conversation in one cell fits; an open quote that runs on for longer was a mistake."""

LOOK_AHEAD_LINES = 100_000
LEAST_LOOK_AHEAD = 100
LEADING_LINES = 100
NARROW, WIDE = 3, 5
"""One line in a wide table, two in a narrow one: fewer could be a written-out conversation with as many commas."""

_UNREADABLE = {
    DefectCode.TOO_LARGE: f"the row is over {MAX_RECORD_CHARACTERS >> 20} million characters",
    DefectCode.DAMAGED_FILE: "a quote opened in this row is never closed; the rows after it were read without it",
}
_CLOSING = r'(?:[^"]+|"")*+"'
_CLOSED = re.compile(_CLOSING)


def csv_rows(stream: BinaryIO, file_name: str) -> Iterator[TableRow | Defect]:
    """Rows that say something, and defects; the delimiter is the one that parts the first line most."""
    csv.field_size_limit(MAX_RECORD_CHARACTERS)
    lines = (line for _, line in text_lines(stream, limit=MAX_RECORD_CHARACTERS))
    leading = list(islice(lines, LEADING_LINES))
    first = next((line for line in leading if line and line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    for number, record in enumerate(_Records(chain(leading, lines), delimiter), 1):
        row = _row(number, record, delimiter, file_name)
        if row is not None:
            yield row


def _row(number: int, record: str | DefectCode, delimiter: str, file_name: str) -> TableRow | Defect | None:
    if isinstance(record, DefectCode):
        return Defect(file_name, number, _UNREADABLE[record], record.value)
    if not record.strip():
        return None
    if undecodable(record):
        reason = "bytes that are not text in the encoding of this file: save it as UTF-8"
        return Defect(file_name, number, reason, DefectCode.WRONG_ENCODING.value)
    cells = _cells(record, delimiter)
    return Defect(file_name, number, "not a row of a CSV file") if cells is None else TableRow(number, tuple(cells))


def _cells(record: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([record], delimiter=delimiter))
    except csv.Error:
        return None


@dataclass(slots=True)
class _Records:
    """Lines joined while a quoted cell is open; a code for a line too long and for a quote without end."""

    lines: Iterator[str | None]
    delimiter: str
    waiting: deque[str | None] = field(default_factory=deque)
    look_ahead: int = LOOK_AHEAD_LINES
    width: int = 0
    opening: re.Pattern[str] = field(init=False)
    clean_closing: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        mark = re.escape(self.delimiter)
        self.opening = re.compile(f'(?:^|{mark})"')
        self.clean_closing = re.compile(rf"{_CLOSING}(?=[{mark}\r\n]|$)")

    def __iter__(self) -> Iterator[str | DefectCode]:
        while (line := self.waiting.popleft() if self.waiting else next(self.lines, "")) != "":
            if line is None:
                yield DefectCode.TOO_LARGE
                continue
            record = self._joined(line) if self._open_after(line) else line
            self._learn_width(record or "")
            yield DefectCode.DAMAGED_FILE if record is None else record

    def _joined(self, line: str) -> str | None:
        """The record that begins with this line; None, and every other line waits, when it has no plausible end."""
        taken, closed = self._until_closed()
        record = line + "".join(more for more in taken if more)
        if closed and self._fits(record) and not self._are_rows(taken[:-1]):
            return record
        self.waiting.extendleft(reversed(taken))
        # every quote without end costs a search; a file full of them must not cost one search a line
        self.look_ahead = max(LEAST_LOOK_AHEAD, self.look_ahead // 2)
        return None

    def _until_closed(self) -> tuple[list[str | None], bool]:
        taken: list[str | None] = []
        size = 0
        for line in islice(chain(self._drained(), self.lines), self.look_ahead):
            taken.append(line)
            size += len(line or "")
            if line is None or size > MAX_RECORD_CHARACTERS:
                break
            if '"' in line and not self._open_after(line, inside=True):
                return taken, True
        return taken, False

    def _drained(self) -> Iterator[str | None]:
        while self.waiting:
            yield self.waiting.popleft()

    def _open_after(self, line: str, *, inside: bool = False) -> bool:
        """Whether a quoted cell is still open at the end of a line, which began `inside` one or not."""
        closing = self.clean_closing if inside else _CLOSED
        position = 0
        while True:
            if not inside:
                match = self.opening.search(line, position)
                if match is None:
                    return False
                position = match.end()
            closed = closing.match(line, position)
            if closed is None:
                return True
            position, inside = closed.end(), False

    def _learn_width(self, record: str) -> None:
        """The header is the first record of several cells."""
        if not self.width and record.strip():
            width = len(_filled(_cells(record, self.delimiter) or []))
            self.width = width if width > 1 else 0

    def _fits(self, record: str) -> bool:
        cells = _cells(record, self.delimiter)
        if cells is None or not self.width:
            return cells is not None
        return len(cells) >= self.width >= len(_filled(cells))

    def _are_rows(self, lines: list[str | None]) -> bool:
        """Whether lines inside one cell are rather rows of their own, which its open quote has swallowed."""
        if self.width < NARROW or len(lines) < (1 if self.width >= WIDE else 2):
            return False
        wide = sum((line or "").count(self.delimiter) == self.width - 1 for line in lines)
        return 2 * wide > len(lines)


def _filled(cells: list[str]) -> list[str]:
    """The cells up to the last one that says something."""
    last = max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)
    return cells[:last]
