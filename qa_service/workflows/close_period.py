"""Closed periods (封账): final scores frozen with agent and team as they were; corrections are booked beside them."""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date

from qa_service.domain.closed_period import ClosedPeriod, Correction, FrozenScore, PeriodTotals, score_columns
from qa_service.domain.period import dated, local_day
from qa_service.domain.role import Action, Caller
from qa_service.errors import SHOWN, Conflict, InvalidInput, ScoresStillOpen
from qa_service.store import Freezing, Store, UnitOfWork
from qa_service.workflows.review_conversation import note
from qa_service.workflows.standing import stands

# Conversations named by a refusal: as many as somebody reads.
MOST_NAMED = 500
_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class PeriodPage:
    """A closed period as far as the caller may see it: totals, a page of frozen scores, its corrections."""

    period: ClosedPeriod
    totals: PeriodTotals
    scores: tuple[FrozenScore, ...]
    next_after: int | None
    corrections: tuple[Correction, ...]


def days_of_month(month: str) -> tuple[date, date]:
    """First and last day of a month written `2026-09`; raises InvalidInput."""
    match = _MONTH.fullmatch(month)
    if match is None or not 1 <= int(match[2]) <= 12 or not int(match[1]):
        raise InvalidInput(f"{month} is not a month; write it like 2026-09")
    year, number = int(match[1]), int(match[2])
    return dated(date(year, number, 1)), date(year, number, calendar.monthrange(year, number)[1])


def close_period(
    store: Store, caller: Caller, first: date, last: date, *, reason: str, force: bool = False
) -> ClosedPeriod:
    """Freeze the final scores of some days, both included; raises Conflict where that cannot be done yet, or twice.

    Raises ScoresStillOpen while people have to decide something, unless `force` says to freeze those scores as well.
    """
    caller.reach(Action.CLOSE_PERIOD)
    if not reason.strip():
        raise InvalidInput("say why the period is closed (`reason`)")
    if first > last:
        raise InvalidInput(f"the period begins on {first}, after its end on {last}; swap the two days")
    if last >= local_day(store.clock(), store.zone):
        raise Conflict(f"the period ends on {last}, which is not over yet; close it on a later day")
    with store.unit_of_work() as work:
        period = work.periods.close(first, last, by=caller.id, reason=reason.strip())
        waiting = work.periods.unanalysed(first, last)
        if waiting:
            raise Conflict(f"{waiting} conversations of these days are not analysed yet; wait for their analyses")
        for batch in work.periods.freezing(period):
            work.periods.freeze([(one.number, _final(work, one)) for one in batch])
        totals = work.periods.totals(period.id)
        if totals.provisional and not force:
            raise _still_open(work, period, totals)
        note(work, caller, "close_period", f"period/{period.id}", reason.strip() + _forced(totals))
        return period


def _still_open(work: UnitOfWork, period: ClosedPeriod, totals: PeriodTotals) -> ScoresStillOpen:
    listed = [one for _, one in work.periods.scores(period.id, limit=MOST_NAMED, provisional=True)]
    # The gravest first.
    found = sorted(listed, key=lambda one: one.veto is None)
    told = [f"{one.conversation_id}: {'proposed veto' if one.veto else 'provisional'}" for one in found]
    shown = ", ".join([*(one.conversation_id for one in found[:SHOWN]), *(["…"] if len(found) > SHOWN else [])])
    return ScoresStillOpen(
        f"{totals.provisional} scores of {period.first} to {period.last} are still provisional,"
        f" {totals.proposed_vetoes} of them by a veto that nobody has confirmed ({shown}): review these conversations"
        " first, or send `force: true` to freeze them as they are and say in `reason` why",
        told,
    )


def _forced(totals: PeriodTotals) -> str:
    """What the access log says beside the reason when undecided scores were frozen."""
    if not totals.provisional:
        return ""
    return f" (forced: {totals.provisional} provisional, {totals.proposed_vetoes} with a proposed veto)"


def totalled(store: Store, caller: Caller, period: ClosedPeriod) -> tuple[ClosedPeriod, PeriodTotals]:
    """A closed period with its totals as far as the caller may see."""
    scope = caller.reach(Action.READ)
    with store.reading() as work:
        return period, work.periods.totals(period.id, scope=scope)


def read_periods(store: Store, caller: Caller) -> list[tuple[ClosedPeriod, PeriodTotals]]:
    """Every closed period with its totals as far as the caller may see."""
    scope = caller.reach(Action.READ)
    with store.reading() as work:
        return [(period, work.periods.totals(period.id, scope=scope)) for period in work.periods.all()]


def read_period(
    store: Store, caller: Caller, period_id: int, *, after: int = 0, limit: int = 100, provisional: bool = False
) -> PeriodPage:
    """One closed period, only its `provisional` scores where asked; raises NotFound."""
    scope = caller.reach(Action.READ)
    with store.reading() as work:
        period = work.periods.get(period_id)
        found = work.periods.scores(period_id, scope=scope, after=after, limit=limit + 1, provisional=provisional)
        return PeriodPage(
            period,
            work.periods.totals(period_id, scope=scope),
            tuple(score for _, score in found[:limit]),
            found[limit - 1][0] if len(found) > limit else None,
            tuple(work.periods.corrections(period_id=period_id, scope=scope)),
        )


def _final(work: UnitOfWork, one: Freezing) -> FrozenScore:
    """The score that counts: the machine's, or what people have made of it."""
    stored = work.analyses.find(one.score.conversation_id) if one.touched else None
    if stored is None:
        return one.score
    return replace(one.score, **score_columns(stands(work, stored).verdicts.final.score))
