"""Which contacts of a customer belong together: journeys by time, parts of a journey by SOP, orders paid and stage."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from qa_service.domain.journey import Contact, Journey


def split_journeys(
    customer_id: str, contacts: Iterable[Contact], *, as_of: datetime, most_days_apart: float
) -> list[Journey]:
    """The journeys of a customer, oldest first; a contact after `as_of` is in none."""
    known = sorted((one for one in contacts if one.at <= as_of), key=lambda one: (one.at, one.id))
    groups: list[list[Contact]] = []
    for one in known:
        near = groups and one.at - groups[-1][-1].at <= timedelta(days=most_days_apart)
        if near:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [Journey(customer_id, as_of, tuple(group)) for group in groups]


def split_parts(journey: Journey, paid_at: Sequence[datetime]) -> list[list[Contact]]:
    """The contacts of each part, parts by their first contact; a contact that no SOP judged is in none.

    A paid order begins a new part, and so does another stage; a contact whose stage is not given goes with its SOP.
    """
    parts: list[list[Contact]] = []
    running: dict[str, list[Contact]] = {}
    for one in journey.contacts:
        if one.analysis is None or one.analysis.sop is None:
            continue
        part = running.get(one.analysis.sop)
        if part is None or _begins_anew(part, one, paid_at):
            part = running[one.analysis.sop] = []
            parts.append(part)
        part.append(one)
    return parts


def stage_of(part: Sequence[Contact]) -> str | None:
    """The stage of a part, None where no contact has one."""
    return next((one.conversation.stage for one in reversed(part) if one.conversation.stage), None)


def _begins_anew(part: Sequence[Contact], one: Contact, paid_at: Sequence[datetime]) -> bool:
    paid = any(part[-1].at <= at < one.at for at in paid_at)
    before, now = stage_of(part), one.conversation.stage
    return paid or (before is not None and now is not None and before != now)
