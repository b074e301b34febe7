"""Records of a CSV file, one by one: a quote that is never closed loses its own record and no other.

A quote closes a cell of several lines only before a delimiter or the end of a line, so the opening quote of a
later cell is not mistaken for the end of one that was left open.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
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

_UNREADABLE = {
    DefectCode.TOO_LARGE: f"the row is over {MAX_RECORD_CHARACTERS >> 20} million characters",
    DefectCode.DAMAGED_FILE: "a quote opened in this row is never closed; the rows after it were read without it",
}
_CLOSING = r'(?:[^"]+|"")*+"'


@dataclass(frozen=True, slots=True)
class _Quotes:
    """How quoted cells begin and end under one delimiter."""

    opening: re.Pattern[str]
    closing: re.Pattern[str]
    clean_closing: re.Pattern[str]


def csv_rows(stream: BinaryIO, file_name: str) -> Iterator[TableRow | Defect]:
    """Rows that say something, and defects; the delimiter is the one that parts the first line most."""
    csv.field_size_limit(MAX_RECORD_CHARACTERS)
    lines = (line for _, line in text_lines(stream, limit=MAX_RECORD_CHARACTERS))
    leading = list(islice(lines, LEADING_LINES))
    first = next((line for line in leading if line and line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    for number, record in enumerate(_records(chain(leading, lines), delimiter), 1):
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
    try:
        cells = next(csv.reader([record], delimiter=delimiter))
    except csv.Error as error:
        return Defect(file_name, number, f"not a CSV row: {error}")
    return TableRow(number, tuple(cells))


def _records(lines: Iterator[str | None], delimiter: str) -> Iterator[str | DefectCode]:
    """Lines joined while a quoted cell is open; a code for a line too long and for a quote without end."""
    mark = re.escape(delimiter)
    quotes = _Quotes(re.compile(f'(?:^|{mark})"'), re.compile(_CLOSING), re.compile(rf"{_CLOSING}(?=[{mark}\r\n]|$)"))
    waiting: deque[str | None] = deque()
    look_ahead = LOOK_AHEAD_LINES
    while (line := waiting.popleft() if waiting else next(lines, "")) != "":
        if line is None or not _open_after(line, quotes):
            yield DefectCode.TOO_LARGE if line is None else line
            continue
        taken = _until_closed(chain(_drained(waiting), lines), quotes, look_ahead)
        if taken and taken[-1] is None:
            waiting.extend(taken[:-1])
            # every quote without end costs a search; a file full of them must not cost one search a line
            look_ahead = max(LEAST_LOOK_AHEAD, look_ahead // 2)
            yield DefectCode.DAMAGED_FILE
        else:
            yield line + "".join(more for more in taken if more)


def _drained(waiting: deque[str | None]) -> Iterator[str | None]:
    while waiting:
        yield waiting.popleft()


def _until_closed(lines: Iterator[str | None], quotes: _Quotes, look_ahead: int) -> list[str | None]:
    """The lines up to the one that closes the open quote; with a last None when none does."""
    taken: list[str | None] = []
    size = 0
    for line in islice(lines, look_ahead):
        taken.append(line)
        size += len(line or "")
        if line is None or size > MAX_RECORD_CHARACTERS:
            break
        if '"' in line and not _open_after(line, quotes, inside=True):
            return taken
    return [*taken, None]


def _open_after(line: str, quotes: _Quotes, *, inside: bool = False) -> bool:
    """Whether a quoted cell is still open at the end of a line, which began `inside` one or not."""
    closing = quotes.clean_closing if inside else quotes.closing
    position = 0
    while True:
        if not inside:
            match = quotes.opening.search(line, position)
            if match is None:
                return False
            position = match.end()
        closed = closing.match(line, position)
        if closed is None:
            return True
        position, inside = closed.end(), False
