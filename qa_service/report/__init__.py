"""Numbers to documents: plain objects, and pages that a busy reader understands in minutes."""

from qa_service.report.coaching import coaching_document
from qa_service.report.render import render_html
from qa_service.report.texts import Names
from qa_service.report.voc import voc_document

__all__ = ["Names", "coaching_document", "render_html", "voc_document"]
