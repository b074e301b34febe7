from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from qa_service.aggregate.grievances import record_of
from qa_service.aggregate.sales import SaleBounds, contact_of, events_by_customer, sales_of
from qa_service.domain.change import ChangeBounds, Direction
from qa_service.domain.conversation import Outcome
from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.domain.sale import Sale, SaleContact, SalesRecord
from tests.judged_cases import CHINA, Case, judged

MONDAY = date(2026, 6, 1)
BOUNDS = SaleBounds(60, datetime(2026, 7, 11, tzinfo=CHINA))
CHANGES = ChangeBounds(fewest=15, significant_q=0.1, widest_half=0.1)
BOUGHT = Outcome(converted=True)


def contacts(*cases: Case) -> list[SaleContact]:
    found = [contact_of(judged(case), CHINA) for case in cases]
    return [one for one in found if one is not None]


def sale(*cases: Case, events: Sequence[OutcomeEvent] = (), bounds: SaleBounds = BOUNDS) -> Sale:
    return sales_of(contacts(*cases), events_by_customer(events), bounds)[0]


def record(sales: Sequence[Sale]) -> SalesRecord:
    return record_of(sales, changes=CHANGES, clustered_from=8, keep=10)


def event(kind: OutcomeKind, day: date) -> OutcomeEvent:
    return OutcomeEvent("U1", kind, datetime(day.year, day.month, day.day, 20, tzinfo=CHINA))


def test_a_promise_at_the_sale_is_joined_with_the_later_refund_request_of_the_same_customer() -> None:
    promised = Case(id="c1", day=MONDAY, customer="U1", promises=[("effect", "三个月见效")], outcome=BOUGHT)
    angry = Case(id="c2", day=MONDAY + timedelta(days=9), customer="U1", refund=["promise_mismatch"])
    found = sale(angry, promised)
    assert [one.quote.text for one in found.promises] == ["三个月见效"]
    assert (found.asked_refund, found.complained, found.refunded) == (True, False, None)
    assert (found.days, found.grievances) == (9.0, (("refund", "c2"),))


def test_what_was_promised_after_the_sale_was_not_sold_with_it() -> None:
    sold = Case(id="c1", day=MONDAY, customer="U1", outcome=BOUGHT)
    later = Case(id="c2", day=MONDAY + timedelta(days=9), customer="U1", complaint=["delivery"])
    soothed = Case(id="c3", day=MONDAY + timedelta(days=10), customer="U1", promises=[("refund", "不满意就退")])
    assert sale(sold, later, soothed).promises == ()


def test_paid_by_an_event_and_refunded_within_the_window() -> None:
    sold = Case(id="c1", day=MONDAY, customer="U1")
    events = [event(OutcomeKind.PAID, MONDAY), event(OutcomeKind.REFUNDED, MONDAY + timedelta(days=20))]
    found = sale(sold, events=events)
    assert (found.refunded, found.days) == (True, 20.0)


def test_an_open_window_is_no_refund_not_made() -> None:
    sold, known = Case(id="c1", day=MONDAY, customer="U1"), datetime(2026, 6, 20, tzinfo=CHINA)
    events = [event(OutcomeKind.PAID, MONDAY)]
    assert sale(sold, events=events, bounds=SaleBounds(60, known)).refunded is None
    closed = SaleBounds(60, known + timedelta(days=60))
    assert sale(sold, events=events, bounds=closed).refunded is False


def test_without_a_payment_there_is_no_sale() -> None:
    assert sales_of(contacts(Case(id="c1", day=MONDAY, customer="U1")), {}, BOUNDS) == []


def planted(*, with_promise: float, without: float, n: int = 400) -> list[Sale]:
    cases = []
    for number in range(n):
        promised = number % 2 == 0
        refunded = (number // 2) % 100 < 100 * (with_promise if promised else without)
        cases.append(
            Case(
                id=f"s{number:03d}",
                day=MONDAY + timedelta(days=number % 7),
                agent=f"A{number % 20 // 2}",
                customer=f"U{number}",
                promises=[("effect", "包见效")] if promised else [],
                outcome=Outcome(converted=True, refunded=refunded),
            )
        )
    return sales_of(contacts(*cases), {}, BOUNDS)


def test_a_promise_after_which_refunds_are_frequent_is_told_with_both_shares() -> None:
    found = next(one for one in record(planted(with_promise=0.3, without=0.1)).promises if one.outcome == "refunded")
    assert (found.kind, found.with_promise.rate.n, found.without.n) == ("effect", 200, 200)
    assert (found.with_promise.rate.k, found.without.k) == (60, 20)
    assert found.change.direction is Direction.HIGHER
    assert found.split is not None and found.split.rate_effect == pytest.approx(0.2)


def test_with_few_sales_nobody_can_tell() -> None:
    found = record(planted(with_promise=0.3, without=0.1, n=24)).promises
    assert {one.change.direction for one in found} == {Direction.NOT_ENOUGH_DATA}


def test_promises_without_consequence_are_not_blamed() -> None:
    found = record(planted(with_promise=0.1, without=0.1)).promises
    assert Direction.HIGHER not in {one.change.direction for one in found}


def test_refunds_are_counted_by_agent_product_team_version_and_week_of_the_sale() -> None:
    rows = {
        (r.outcome, r.dimension, r.level): r.counted.rate for r in record(planted(with_promise=0.3, without=0.1)).rows
    }
    assert (rows["refunded", "", ""].k, rows["refunded", "", ""].n) == (80, 400)
    assert {dimension for _, dimension, _ in rows} == {"", "agent", "channel", "product", "team", "version", "week"}
    assert rows["refunded", "version", "trial@3"].n == 400


def test_times_count_new_sales_as_long_as_they_are_known() -> None:
    cases = []
    for number in range(40):
        cases.append(Case(id=f"s{number}", day=MONDAY, customer=f"U{number}", outcome=BOUGHT))
    asked = [Case(id=f"r{n}", day=MONDAY + timedelta(days=5), customer=f"U{n}", refund=["no_time"]) for n in range(10)]
    times = record(sales_of(contacts(*cases, *asked), {}, BOUNDS)).times
    shares = {days: share for days, share, *_ in times.by_days}
    assert (shares[7], shares[30], shares[60]) == (0.25, 0.25, None)
    assert (times.refunds, times.median_days) == (10, 5.0)
