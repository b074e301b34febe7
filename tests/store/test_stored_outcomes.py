"""Outcome events: importing twice changes nothing."""

from dataclasses import replace
from datetime import timedelta, timezone

from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.store import Store


def test_the_same_event_twice_is_one_event(store: Store, clock):
    paid = OutcomeEvent("U1", OutcomeKind.PAID, clock(), "编程", 2999.0, "O-1", "孩子喜欢")
    elsewhere = replace(paid, at=clock().astimezone(timezone(timedelta(hours=8))))
    with store.unit_of_work() as work:
        assert work.outcomes.add_many([paid, paid, elsewhere]) == 1
    with store.unit_of_work() as work:
        assert work.outcomes.add_many([paid, replace(paid, order_id="O-2")]) == 1
        assert work.outcomes.add_many([]) == 0
        assert {one.order_id for one in work.outcomes.of_customer("U1")} == {"O-1", "O-2"}
        assert paid in work.outcomes.of_customer("U1")


def test_without_an_order_id_product_and_amount_tell_events_apart(store: Store, clock):
    event = OutcomeEvent("U1", OutcomeKind.REFUNDED, clock(), "编程", 100.0)
    with store.unit_of_work() as work:
        assert work.outcomes.add_many([event, replace(event, amount=50.0), replace(event, product="英语")]) == 3


def test_events_stream_by_customer_and_time(store: Store, clock):
    events = [OutcomeEvent(f"U{n % 3}", OutcomeKind.ATTENDED, clock() + timedelta(days=n)) for n in range(9)]
    with store.unit_of_work() as work:
        work.outcomes.add_many(events)
    with store.reading() as work:
        streamed = list(work.outcomes.stream())
        assert streamed == sorted(events, key=lambda one: (one.customer_id, one.at))
        assert len(list(work.outcomes.stream(until=clock() + timedelta(days=3)))) == 4
