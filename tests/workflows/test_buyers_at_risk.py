"""Refunds counted by week among buyers who can still get one."""

from datetime import UTC, datetime, timedelta

import numpy as np

from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.domain.period import iso_week, weeks_before
from qa_service.domain.role import Caller, Role
from qa_service.store import Store
from qa_service.workflows.buyers_at_risk import buyers_at_risk
from qa_service.workflows.watch_figures import watch_stored

MONDAY = datetime(2026, 6, 1, 10, tzinfo=UTC)
WEEKS = tuple(iso_week((MONDAY + timedelta(weeks=n)).date()) for n in range(12))


def event(customer: str, kind: OutcomeKind, day: int, product: str | None = "编程") -> OutcomeEvent:
    return OutcomeEvent(customer, kind, MONDAY + timedelta(days=day), product)


def by_week(sizes) -> dict[str, int]:
    found: dict[str, int] = {}
    for (week, _), n in sizes.items():
        found[week] = found.get(week, 0) + n
    return found


def test_a_buyer_is_at_risk_until_the_refund_or_the_end_of_the_window() -> None:
    events = [
        *(event("a", OutcomeKind.PAID, 0), event("a", OutcomeKind.REFUNDED, 15)),
        *(event("b", OutcomeKind.PAID, 7), event("b", OutcomeKind.PAID, 9), event("b", OutcomeKind.REFUNDED, 80)),
        *(event("c", OutcomeKind.PAID, 8), event("c", OutcomeKind.REFUNDED, 9, "写作")),
    ]
    at_risk, refunded = buyers_at_risk(events, WEEKS, days=60, zone=UTC, now=MONDAY + timedelta(days=200))
    assert [by_week(at_risk).get(week, 0) for week in WEEKS] == [1, 3, 3, 2, 2, 2, 2, 2, 2, 2, 0, 0]
    assert by_week(refunded) == {WEEKS[2]: 1}
    assert {stratum.channel for _, stratum in at_risk} == {"since 0", "since 1", "since 2"}


def test_what_is_not_known_yet_is_not_counted() -> None:
    events = [event("a", OutcomeKind.PAID, 0), event("a", OutcomeKind.REFUNDED, 15)]
    at_risk, refunded = buyers_at_risk(events, WEEKS, days=60, zone=UTC, now=MONDAY + timedelta(days=8))
    assert (by_week(at_risk), by_week(refunded)) == ({WEEKS[0]: 1, WEEKS[1]: 1}, {})


def test_refunds_that_double_raise_the_alarm_for_those_who_see_everything(store: Store, clock) -> None:
    rng = np.random.default_rng(4)
    events, today = [], clock()
    weeks = (*weeks_before(iso_week(today.date()), 38), iso_week(today.date()))
    for number in range(38 * 40):
        paid = today - timedelta(days=1 + 7 * 38 * rng.random())
        events.append(OutcomeEvent(f"U{number}", OutcomeKind.PAID, paid, "编程"))
        back = paid + timedelta(days=1 + 50 * rng.random())
        late = back > today - timedelta(weeks=6)
        if back < today and rng.random() < (0.24 if late else 0.08):
            events.append(OutcomeEvent(f"U{number}", OutcomeKind.REFUNDED, back, "编程"))
    with store.unit_of_work() as work:
        work.outcomes.add_many(events)
    found = watch_stored(store, Caller("lead", Role.QA_LEAD))
    assert {(one.figure, one.dimension, one.level) for one in found} == {
        ("refunded", "", ""),
        ("refunded", "product", "编程"),
    }
    whole = next(one for one in found if not one.dimension)
    assert whole.raised in weeks[-6:] and whole.k > 1.5 * whole.expected
    assert watch_stored(store, Caller("sun", Role.SALES_MANAGER, ("公司", "一部"))) == []
