"""What a cell of a table says: text, ids whose digits survived, numbers, yes and no."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

from qa_service.errors import InvalidInput
from qa_service.ingest.times import clock_ms, moment

Cell: TypeAlias = str | int | float | bool | datetime | date | time | timedelta | None

EXACT_DIGITS = 15
"""A number cell of Excel holds this many; a longer id has lost its last digits for good."""

LARGEST_NUMBER = 10**EXACT_DIGITS

_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+\d{2}")
_FORMULA_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_AMOUNT_NOISE = re.compile(r"[,\s¥$元]")
_SECONDS_UNIT = re.compile(r"(?:秒|s|sec|seconds)$")
_YES = {"是", "有", "已", "y", "yes", "true", "t", "1", "对", "成交", "已成交", "已到课", "已退费", "已退款", "√", "✓"}
_NO = {"否", "无", "未", "n", "no", "false", "f", "0", "不", "未成交", "未到课", "未退费", "未退款", "×", "x"}
_UNKNOWN = {"", "-", "--", "—", "null", "none", "nan", "n/a", "#n/a", "未知", "不详"}


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row, numbered as a spreadsheet program shows it."""

    number: int
    cells: tuple[Cell, ...]


class DigitsLost(InvalidInput):
    """A number cell is too long for Excel: its last digits are gone."""

    code = "digits_lost"


def is_empty(cell: Cell) -> bool:
    """Whether the cell says nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def plain(cell: Cell) -> str | None:
    """A name or an id as text, None when empty; raises DigitsLost when the number cannot be trusted."""
    written = text(cell).strip().removeprefix("'")
    if _SCIENTIFIC.fullmatch(written) and float(written) >= LARGEST_NUMBER:
        raise _digits_lost(written)
    return written or None


def text(cell: Cell) -> str:
    """What was said, as text; raises DigitsLost for a number that cannot be trusted."""
    if isinstance(cell, str):
        packed = _FORMULA_TEXT.fullmatch(cell)
        return packed[1] if packed else cell
    if isinstance(cell, bool) or cell is None:
        return "" if cell is None else str(cell).upper()
    if isinstance(cell, int | float):
        return _digits(cell)
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)


def number(cell: Cell) -> float | None:
    """An amount, None when unknown; raises InvalidInput for anything else."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str | None):
        raise InvalidInput(f"not a number: {cell!r:.40}")
    if not isinstance(cell, str):
        return _finite(cell)
    written = _AMOUNT_NOISE.sub("", unicodedata.normalize("NFKC", cell))
    if written.lower() in _UNKNOWN:
        return None
    try:
        return _finite(float(written))
    except ValueError as error:
        raise InvalidInput(f"not a number: {cell!r:.40}") from error


def milliseconds(cell: Cell, *, unit: int) -> int | None:
    """An offset or a length: a clock time, or a number of units of so many milliseconds."""
    if isinstance(cell, time):
        return round(timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second).total_seconds() * 1000)
    if isinstance(cell, timedelta):
        return round(cell.total_seconds() * 1000)
    if isinstance(cell, str):
        written = unicodedata.normalize("NFKC", cell).strip().lower()
        clock = clock_ms(written)
        if clock is not None:
            return clock
        cell, unit = (_SECONDS_UNIT.sub("", written), 1000) if _SECONDS_UNIT.search(written) else (written, unit)
    value = number(cell)
    return None if value is None else round(value * unit)


def truth(cell: Cell) -> bool | None:
    """Yes, no, or None for unknown; raises InvalidInput for any other word."""
    if isinstance(cell, bool) or cell is None:
        return cell
    word = text(cell).strip().lower()
    if word in _UNKNOWN:
        return None
    if word not in _YES | _NO:
        raise InvalidInput(f"neither yes nor no: {word!r:.40}; write 是 or 否")
    return word in _YES


def iso_moment(cell: Cell, zone: tzinfo) -> str | None:
    """The moment as ISO 8601 with offset, None when empty."""
    return None if is_empty(cell) else moment(cell, zone).isoformat()


def _digits(value: float) -> str:
    if not -LARGEST_NUMBER < value < LARGEST_NUMBER:
        raise _digits_lost(str(value))
    return str(int(value)) if value == int(value) else repr(value)


def _digits_lost(written: str) -> DigitsLost:
    return DigitsLost(
        f"{written:.40} was kept as a number, of which Excel holds {EXACT_DIGITS} digits: "
        "format the column as text and export again"
    )


def _finite(value: float | None) -> float | None:
    if value is not None and not -LARGEST_NUMBER < value < LARGEST_NUMBER:
        raise InvalidInput("not a finite number of at most 15 digits")
    return value
