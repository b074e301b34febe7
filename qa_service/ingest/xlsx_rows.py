"""Rows of an Excel workbook, sheet by sheet, after checks that a hostile or broken file does not pass."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from qa_service.errors import InvalidInput, TooLarge
from qa_service.ingest.cells import TableRow
from qa_service.ingest.lines import MAX_DOCUMENT_BYTES

MAX_UNPACKED_BYTES = 512 << 20
MAX_CELLS = 12_000_000
"""The parser lays a sheet out as one full rectangle: a single stray cell in the last corner would need 500 GB."""
EXCEL_ROWS, EXCEL_COLUMNS = 1 << 20, 1 << 14

PIECE_BYTES = 1 << 20
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_TAG = re.compile(rb"<(?:\w+:)?(?:(row)|c)\b(?:[^<>]*?\br\s*=\s*[\"']([A-Za-z]*)([0-9]+))?")

Made = TypeVar("Made")


def xlsx_sheets(stream: BinaryIO) -> Iterator[tuple[str, Iterator[TableRow] | InvalidInput]]:
    """Name and rows of every visible sheet with more than one column; raises InvalidInput for no sound workbook.

    The name is empty when the workbook has but one sheet; a sheet that cannot be read is its error.
    """
    start = stream.tell()
    _check_archive(stream)
    stream.seek(start)
    workbook = _guarded(lambda: CalamineWorkbook.from_filelike(stream))
    sheets = workbook.sheets_metadata
    for index, facts in enumerate(sheets):
        if facts.visible is SheetVisibleEnum.Visible and facts.typ is SheetTypeEnum.WorkSheet:
            rows = _sheet_rows(workbook, index)
            if rows is not None:
                yield "" if len(sheets) == 1 else facts.name, rows


def _sheet_rows(workbook: CalamineWorkbook, index: int) -> Iterator[TableRow] | InvalidInput | None:
    try:
        sheet = _guarded(lambda: workbook.get_sheet_by_index(index))
    except InvalidInput as error:
        return error
    return _rows(sheet) if sheet.width > 1 else None


def _rows(sheet: CalamineSheet) -> Iterator[TableRow]:
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if any(cell != "" for cell in cells):
            yield TableRow(number, tuple(cells))


def _guarded(make: Callable[[], Made]) -> Made:
    try:
        return make()
    except (CalamineError, ValueError, OSError) as error:
        raise InvalidInput(f"not a readable Excel workbook: {error!s:.200}") from error
    except BaseException as error:
        # a panic inside the Rust parser is no Exception, but it too says only that the file is broken
        if type(error).__name__ != "PanicException":
            raise
        raise InvalidInput("not a readable Excel workbook: its content is damaged") from error


def _check_archive(stream: BinaryIO) -> None:
    start = stream.tell()
    head = stream.read(len(_OLD_EXCEL))
    size = stream.seek(0, 2) - start
    stream.seek(start)
    if head == _OLD_EXCEL:
        raise InvalidInput("an old .xls workbook or one with a password: save it as .xlsx without a password")
    if size > MAX_DOCUMENT_BYTES:
        raise TooLarge(f"the workbook is over {MAX_DOCUMENT_BYTES >> 20} MB: split it, or save it as CSV")
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_parts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise InvalidInput(f"not an Excel workbook, or one that was cut: {error!s:.200}") from error


def _check_parts(archive: zipfile.ZipFile) -> None:
    if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
        raise TooLarge(f"the workbook unpacks to over {MAX_UNPACKED_BYTES >> 20} MB: split it, or save it as CSV")
    for part in archive.infolist():
        extent = _Extent()
        with archive.open(part) as content:
            rest = b""
            while piece := content.read(PIECE_BYTES):
                rest = extent.measure(rest + piece)
        extent.measure(rest + b"<")


@dataclass(slots=True)
class _Extent:
    """The rectangle that a sheet's cells span; cells without a reference stand right of the one before."""

    row: int = 0
    column: int = 0
    rows: int = 0
    columns: int = 0

    def measure(self, content: bytes) -> bytes:
        """Take in the tags of a piece and return its last, unfinished one."""
        end = content.rfind(b"<")
        if end < 0:
            return b""
        for is_row, letters, digits in _TAG.findall(content, 0, end):
            self._tag(bool(is_row), letters, digits)
        self._check()
        if len(content) - end > PIECE_BYTES:
            raise InvalidInput("a sheet holds a tag without an end")
        return content[end:]

    def _tag(self, is_row: bool, letters: bytes, digits: bytes) -> None:
        if is_row:
            self.row = int(digits[:9]) if digits else self.row + 1
            self.column = 0
        else:
            self.column = _column(letters) if letters else self.column + 1
            self.row = int(digits[:9]) if letters else self.row
        self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)

    def _check(self) -> None:
        if self.rows > EXCEL_ROWS or self.columns > EXCEL_COLUMNS:
            raise InvalidInput("a sheet has a cell outside of what Excel can hold")
        if self.rows * self.columns > MAX_CELLS:
            raise TooLarge(
                f"a sheet spans {self.rows} rows and {self.columns} columns, over {MAX_CELLS} cells: "
                "delete stray cells, split it, or save it as CSV"
            )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + letter - ord("A") + 1
    return number
