"""What a coaching talk should be about, in a few sentences."""

from collections.abc import Iterator

from qa_service.domain.coaching import CoachingSheet
from qa_service.report.texts import Both, Names, say

MOST = 4
# What one customer asked once is not yet worth practising.
RECURS = 2


def coaching_todo(sheet: CoachingSheet, names: Names) -> list[Both]:
    """Red lines first, then what matters most, then questions left open; what goes well is shown to others."""
    return list(_todo(sheet, names))[:MOST] or [say("coaching.todo.nothing")]


def _todo(sheet: CoachingSheet, names: Names) -> Iterator[Both]:
    if sheet.red_lines:
        yield say("coaching.todo.red_line", k=len(sheet.red_lines))
    for point in sheet.priorities[:2]:
        yield say("coaching.todo.priority", step=names.part(point.sop, point.kind, point.id))
    left = sorted(sheet.needs, key=lambda need: (-len(need.open_in), need.topic.id))
    for need in left[:1]:
        if len(need.open_in) >= RECURS:
            yield say("coaching.todo.need", label=need.topic.label, k=len(need.open_in))
    if sheet.grievances:
        k = len({one.conversation_id for one in sheet.grievances})
        yield say("coaching.todo.grievance", k=k)
    for point in sheet.strengths[:1]:
        yield say("coaching.todo.keep", step=names.part(point.sop, point.kind, point.id))
