"""Tables of conversations: from the header row to records, and to the layout that the columns tell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa_service.ingest.cells import Cell, TableRow, is_empty, text
from qa_service.ingest.column_mapping import ColumnMapping, guess_mapping
from qa_service.ingest.reader import Defect, DefectCode, Reading, ReadOptions
from qa_service.ingest.table_conversations import conversations_of_rows
from qa_service.ingest.table_fields import Record
from qa_service.ingest.table_turns import conversations_of_turns

SHOWN_HEADERS = 40
NEEDED = "needed are a conversation id, a speaker and a text, or one column with the whole transcript"


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where each field and tag stands, and how many columns have a header."""

    places: Mapping[str, int]
    tags: Mapping[str, int]
    headers: Mapping[str, str]
    width: int


def read_table(rows: Iterator[TableRow | Defect], file_name: str, options: ReadOptions) -> Iterator[Reading]:
    """Conversations of one table; a header that cannot be mapped is one defect that names the headers seen."""
    header = None
    for row in rows:
        if isinstance(row, Defect):
            yield row
        elif sum(not is_empty(cell) for cell in row.cells) > 1:
            header = row
            break
    if header is None:
        yield Defect(file_name, None, "no table: not even a header row was found", DefectCode.UNKNOWN_COLUMNS.value)
        return
    names = header_names(header)
    mapping = options.mapping or guess_mapping(names)
    if mapping is None:
        yield _unmapped(file_name, header.number, names, f"the columns could not be told: {NEEDED}")
        return
    columns = _columns(mapping, names)
    if isinstance(columns, str):
        yield _unmapped(file_name, header.number, names, columns)
        return
    layout = conversations_of_rows if "transcript" in columns.places else conversations_of_turns
    yield from layout(_records(rows, columns, file_name), file_name, options)


def header_names(row: TableRow) -> list[str]:
    """The headers of a row, without the empty ones at its end."""
    names = ["" if is_empty(cell) else _header(cell) for cell in row.cells]
    while names and not names[-1]:
        names.pop()
    return names


def misfit(row: TableRow, width: int, needed: Iterable[int]) -> str | None:
    """Why the cells of a row do not stand under the headers, None when they do."""
    if any(not is_empty(cell) for cell in row.cells[width:]):
        last = max(place for place, cell in enumerate(row.cells, 1) if not is_empty(cell))
        return f"{last} cells under {width} headers: a comma or quote inside a cell needs quotes around the cell"
    if any(place >= len(row.cells) for place in needed):
        return f"only {len(row.cells)} cells under {width} headers: the row was cut"
    return None


def _records(rows: Iterable[TableRow | Defect], columns: _Columns, file_name: str) -> Iterator[Record | Defect]:
    needed = [
        columns.places[name] for name in ("conversation_id", "speaker", "text", "transcript") if name in columns.places
    ]
    for row in rows:
        if isinstance(row, Defect):
            yield row
        elif (reason := misfit(row, columns.width, needed)) is not None:
            yield Defect(file_name, row.number, reason)
        elif not all(is_empty(cell) for cell in row.cells):
            values = {name: _cell(row, place) for name, place in columns.places.items()}
            tags = {name: _cell(row, place) for name, place in columns.tags.items()}
            yield Record(row.number, file_name, values, tags, columns.headers)


def _columns(mapping: ColumnMapping, names: Sequence[str]) -> _Columns | str:
    wanted = [*mapping.columns.values(), *mapping.tags.values()]
    missing = [header for header in wanted if header.strip() not in names]
    if missing:
        return f"no column {', '.join(map(repr, missing))}"
    doubled = sorted({header for header in wanted if names.count(header.strip()) > 1})
    if doubled:
        return f"more than one column {', '.join(map(repr, doubled))}: rename one"
    return _Columns(
        places={name: names.index(header.strip()) for name, header in mapping.columns.items()},
        tags={name: names.index(header.strip()) for name, header in mapping.tags.items()},
        headers=mapping.columns,
        width=len(names),
    )


def _unmapped(file_name: str, row: int, names: Sequence[str], reason: str) -> Defect:
    seen = ", ".join(f"{name:.20}" for name in names[:SHOWN_HEADERS] if name)
    return Defect(file_name, row, f"{reason}; headers seen: {seen}. Give a column mapping", _UNKNOWN_COLUMNS)


def _header(cell: Cell) -> str:
    return text(cell).replace("\ufeff", "").strip() if isinstance(cell, str) else str(cell)


def _cell(row: TableRow, place: int) -> Cell:
    return row.cells[place] if place < len(row.cells) else None


_UNKNOWN_COLUMNS = DefectCode.UNKNOWN_COLUMNS.value
