"""Which page shows which document."""

from collections.abc import Callable, Mapping
from typing import Any

from qa_service.report.blocks import Report
from qa_service.report.cases_page import cases_page
from qa_service.report.coaching_page import coaching_page
from qa_service.report.team_page import team_page
from qa_service.report.voc_page import voc_page

PAGES: Mapping[str, Callable[[Any], Report]] = {
    "voc": voc_page,
    "coaching": coaching_page,
    "coaching_team": team_page,
    "coaching_cases": cases_page,
}


def page_of(document: Mapping[str, Any]) -> Report:
    """The blocks of a document."""
    return PAGES[document["report"]](document)
