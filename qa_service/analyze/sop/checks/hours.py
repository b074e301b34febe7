"""It began outside the hours that are allowed, in the time zone that the conversation's own time names.

{outside_hours: ['09:00-12:00', '13:30-20:30'], days: ['1-6']}
holds: begun at 21:10, or on a Sunday · does not: at 10:00 on a Tuesday
"""

from datetime import time

from qa_service.analyze.sop.checks.found import Found, Places, Reading, cannot_tell, certainly
from qa_service.domain.condition import OutsideHours


def find_outside_hours(condition: OutsideHours, reading: Reading, _where: Places) -> Found:
    """Whether its beginning lies in none of the allowed spans."""
    began = reading.read.conversation.started_at
    if began is None:
        return cannot_tell("started_at")
    inside = any(_within(span, began.time()) for span in condition.outside_hours)
    allowed_day = not condition.days or any(_on(days, began.isoweekday()) for days in condition.days)
    return certainly(not (inside and allowed_day))


def _within(span: str, at: time) -> bool:
    first, last = (time.fromisoformat(part.strip()) for part in span.split("-"))
    return first <= at < last if first < last else at >= first or at < last


def _on(days: str, day: int) -> bool:
    first, _, last = days.partition("-")
    return int(first) <= day <= int(last or first)
