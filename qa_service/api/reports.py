"""How reports are answered: as JSON, as one page, as a workbook, as a PDF."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from qa_service.report import render_html, render_pdf, render_xlsx

Format = Annotated[
    Literal["json", "html", "xlsx", "pdf"],
    Query(description="`html` is one page that stands by itself, `xlsx` a workbook, `pdf` the same on paper"),
]
# A report is one page with its styles and charts inside, and loads nothing.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def report_docs(example: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    """What the documentation says of an endpoint that answers with a report."""
    content: dict[str, Any] = {
        "application/json": {"example": example},
        "text/html": {"example": "<!doctype html>…"},
        XLSX: {"schema": {"type": "string", "format": "binary"}, "example": "PK…"},
        "application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-…"},
    }
    return {200: {"description": "The report", "content": content}}


def show_report(request: Request, document: Mapping[str, Any], format: str, *, name: str) -> Response:
    """The report in the format asked for; `name` is that of its file."""
    base_url = str(request.base_url)
    if format == "json":
        return JSONResponse(document)
    if format == "html":
        return HTMLResponse(
            render_html(document, base_url=base_url), headers={"Content-Security-Policy": REPORT_POLICY}
        )
    if format == "xlsx":
        return _file(render_xlsx(document, base_url=base_url), XLSX, f"{name}.xlsx")
    return _file(render_pdf(document, base_url=base_url), "application/pdf", f"{name}.pdf")


def _file(content: bytes, kind: str, name: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=kind, headers={"Content-Disposition": disposition})
