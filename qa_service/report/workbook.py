"""Documents to workbooks: one sheet for each table, numbers as numbers, conversations as links."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from qa_service.report.grids import Grid, Percent, Place, grids_of
from qa_service.report.links import conversation_url
from qa_service.report.pages import page_of

# The time that stands in every workbook: the same document gives the same bytes.
MADE = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)
LONGEST_TITLE, LONGEST_TEXT = 31, 32_000
NARROW, WIDE = 14, 46
_REFUSED = re.compile(r"[\[\]:*?/\\']")
# What neither XML nor a workbook can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Text that starts so could be run as a formula once somebody saves the sheet as CSV; a workbook keeps it as text.
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}


def render_xlsx(document: Mapping[str, Any], *, base_url: str | None = None, language: str = "zh") -> bytes:
    """The workbook of a report. With `base_url` conversations are links."""
    content = BytesIO()
    book = xlsxwriter.Workbook(content, OPTIONS)
    book.set_properties({"created": MADE})
    formats = {
        "heading": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "number": book.add_format({"valign": "top", "num_format": "#,##0.##"}),
        "percent": book.add_format({"valign": "top", "num_format": "0.0%"}),
        "link": book.add_format({"valign": "top", "font_color": "#0b6e78", "underline": 1}),
    }
    names: set[str] = set()
    for grid in grids_of(page_of(document), language):
        sheet = book.add_worksheet(_name(grid.title, names))
        _write(sheet, grid, formats, base_url)
    book.close()
    return content.getvalue()


def _name(title: str, taken: set[str]) -> str:
    """A name that a sheet may have and that no other has."""
    plain = _REFUSED.sub(" ", title).strip() or "–"
    name, number = plain[:LONGEST_TITLE], 2
    while name.casefold() in taken:
        name, number = f"{plain[: LONGEST_TITLE - 4]} {number}", number + 1
    taken.add(name.casefold())
    return name


def _write(sheet: Worksheet, grid: Grid, formats: Mapping[str, Format], base_url: str | None) -> None:
    for column, wide in enumerate(grid.wide):
        sheet.set_column(column, column, WIDE if wide else NARROW)
    start = 0
    if any(grid.headings):
        for column, heading in enumerate(grid.headings):
            sheet.write_string(0, column, heading, formats["heading"])
        sheet.freeze_panes(1, 1)
        start = 1
    for row, values in enumerate(grid.rows, start):
        for column, value in enumerate(values):
            _cell(sheet, (row, column), value, formats, base_url)


def _cell(
    sheet: Worksheet, place: tuple[int, int], value: Any, formats: Mapping[str, Format], base_url: str | None
) -> None:
    if isinstance(value, Place):
        text = _CONTROL.sub("", value.conversation_id)
        if base_url:
            sheet.write_url(
                *place, conversation_url(base_url, value.conversation_id, value.turn), formats["link"], text
            )
        else:
            sheet.write_string(*place, text, formats["text"])
    elif isinstance(value, Percent):
        if value.value is not None:
            sheet.write_number(*place, value.value, formats["percent"])
    elif isinstance(value, int | float):
        sheet.write_number(*place, value, formats["number"])
    elif value:
        sheet.write_string(*place, _CONTROL.sub("", value)[:LONGEST_TEXT], formats["text"])
