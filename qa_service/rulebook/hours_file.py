"""Hours and weekdays of a condition as an SOP file may write them: none that no conversation could ever meet."""

import re

from qa_service.domain.condition import OutsideHours
from qa_service.rulebook.yaml_lines import Document, Path

_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
HOURS = re.compile(rf"\s*{_TIME}\s*-\s*{_TIME}\s*")
DAYS = re.compile(r"\s*([1-7])\s*(?:-\s*([1-7])\s*)?")


def check_hours(document: Document, path: Path, condition: OutsideHours) -> None:
    """Raise InvalidSop at the line of hours or days that do not exist."""
    if not condition.outside_hours or not all(map(HOURS.fullmatch, condition.outside_hours)):
        reason = "`outside_hours` must name spans such as '09:00-21:00', from 00:00 to 23:59"
        raise document.error((*path, "outside_hours"), reason)
    for days in condition.days:
        found = DAYS.fullmatch(days)
        if found is None or (found[2] or found[1]) < found[1]:
            reason = f"`days` are 1 (Monday) to 7 (Sunday), such as '1-5' or '6', first to last; not {days!r}"
            raise document.error((*path, "days"), reason)
