"""Excel workbooks: every visible sheet that is a table, one row a turn or one row a conversation."""

from collections.abc import Iterator
from typing import BinaryIO

from qa_service.errors import InvalidInput
from qa_service.ingest.reader import Defect, DefectCode, Reading, ReadOptions, defect_of
from qa_service.ingest.table import read_table
from qa_service.ingest.xlsx_rows import xlsx_sheets

_ZIP = b"PK\x03\x04"


class XlsxTable:
    """`.xlsx` and `.xlsm`; a sheet of one column is notes for people and is passed over."""

    name: str = "xlsx"
    suffixes: tuple[str, ...] = (".xlsx", ".xlsm")

    def recognises(self, head: bytes, file_name: str) -> bool:
        """A zip archive: no other format here is one."""
        return head.startswith(_ZIP)

    def read(self, stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
        """Conversations sheet by sheet; defects of a second sheet name it."""
        sheets = xlsx_sheets(stream)
        empty = True
        try:
            for name, rows in sheets:
                empty = False
                place = f"{file_name}#{name}" if name else file_name
                if isinstance(rows, InvalidInput):
                    yield defect_of(rows, place, None)
                else:
                    yield from read_table(rows, place, options)
        except InvalidInput as error:
            yield defect_of(error, file_name, None)
            return
        if empty:
            yield Defect(file_name, None, "no sheet of this workbook is a table", DefectCode.UNKNOWN_COLUMNS.value)
