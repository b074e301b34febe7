"""Numbers to documents: plain objects, and what a busy reader understands in minutes: pages, workbooks, PDFs."""

from qa_service.report.cases import cases_document
from qa_service.report.coaching import coaching_document
from qa_service.report.pdf import render_pdf
from qa_service.report.render import render_html
from qa_service.report.team import team_document
from qa_service.report.texts import Names
from qa_service.report.voc import voc_document
from qa_service.report.voc_tickets import with_tickets
from qa_service.report.workbook import render_xlsx

__all__ = [
    "Names",
    "cases_document",
    "coaching_document",
    "render_html",
    "render_pdf",
    "render_xlsx",
    "team_document",
    "voc_document",
    "with_tickets",
]
