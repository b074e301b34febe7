"""CSV and TSV tables, one row a turn or one row a conversation."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from qa_service.ingest.column_mapping import guess_mapping
from qa_service.ingest.csv_rows import csv_rows
from qa_service.ingest.reader import Defect, Reading, ReadOptions
from qa_service.ingest.table import header_names, read_table


class CsvTable:
    """Comma, tab, semicolon; UTF-8 with and without mark, GB18030, UTF-16."""

    name: str = "csv"
    suffixes: tuple[str, ...] = (".csv", ".tsv")

    def recognises(self, head: bytes, file_name: str) -> bool:
        """A first row whose headers can be mapped."""
        row = next(csv_rows(io.BytesIO(head), file_name), None)
        return row is not None and not isinstance(row, Defect) and guess_mapping(header_names(row)) is not None

    def read(self, stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
        """Conversations in the order of the rows."""
        return read_table(csv_rows(stream, file_name), file_name, options)
