"""Coaching cases as a document that can be handed out."""

from collections.abc import Sequence

from qa_service.domain.coaching_case import CaseKind, KeptCase, case_to_json
from qa_service.report.figures import Json
from qa_service.report.texts import Names

FORMAT = 1


def cases_document(cases: Sequence[KeptCase], names: Names, *, title: str | None = None) -> Json:
    """The cases with what their steps are called; who made them and whom they are shared with stays inside."""
    return {
        "report": "coaching_cases",
        "format": FORMAT,
        "title": title,
        "cases": [_case(case, names) for case in cases],
    }


def _case(case: KeptCase, names: Names) -> Json:
    inside = ("shared_with", "created_by", "created_at")
    body = {key: value for key, value in case_to_json(case).items() if key not in inside}
    return body | {"step_title": _title(case, names)}


def _title(case: KeptCase, names: Names) -> str | None:
    if not case.step:
        return None
    if case.kind is CaseKind.RED_LINE:
        return names.red_line(case.step)["zh"]
    for kind in ("step", "obligation"):
        title = names.part(case.sop or "", kind, case.step)["zh"]
        if title != case.step:
            return title
    return case.step
