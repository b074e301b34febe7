from datetime import date, datetime, timedelta

import pytest

from qa_service.domain.conversation import Conversation, Outcome
from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.effects import Clock, OutcomeHistory
from tests.judged_cases import CHINA, Case, judged

WINDOWS = {"trial_attended": 14, "converted": 30, "refunded": 60, "complained": 60}
CONTACT = datetime(2026, 8, 3, 10, 30, tzinfo=CHINA)


def contact(**outcome: bool) -> Conversation:
    return judged(Case(id="c1", day=CONTACT.date(), customer="U1", outcome=Outcome(**outcome))).conversation


def event(kind: OutcomeKind, days: float, customer: str = "U1", product: str | None = None) -> OutcomeEvent:
    return OutcomeEvent(customer, kind, CONTACT + timedelta(days=days), product)


def known(events: list[OutcomeEvent], as_of: str, outcome: str = "converted", **fields: bool) -> bool | None:
    history = OutcomeHistory(events, WINDOWS, Clock(CHINA, date.fromisoformat(as_of)))
    return history.of(contact(**fields), outcome)


OTHER = event(OutcomeKind.PAID, 1, customer="U2")


def test_a_payment_within_the_window_counts_once_the_window_has_closed() -> None:
    paid = [event(OutcomeKind.PAID, 10)]
    assert known(paid, "2026-09-02") is True
    assert known(paid, "2026-09-01") is None


def test_no_event_is_a_no_only_when_the_window_has_closed() -> None:
    assert known([OTHER], "2026-09-02") is False
    assert known([OTHER], "2026-09-01") is None


def test_a_payment_after_the_window_is_not_this_contacts() -> None:
    assert known([event(OutcomeKind.PAID, 31)], "2026-12-01") is False


@pytest.mark.parametrize("days", [-3, 0])
def test_what_happened_before_or_during_a_contact_is_not_its_outcome(days: float) -> None:
    assert known([event(OutcomeKind.PAID, days)], "2026-12-01") is None


def test_events_after_the_day_of_knowledge_are_not_known() -> None:
    assert known([event(OutcomeKind.PAID, 10), OTHER], "2026-08-10") is None


def test_another_product_is_another_matter() -> None:
    assert known([event(OutcomeKind.PAID, 5, product="作文")], "2026-12-01") is False
    assert known([event(OutcomeKind.PAID, 5, product="阅读")], "2026-12-01") is True


def test_an_outcome_that_no_event_reports_is_read_from_the_field() -> None:
    assert known([OTHER], "2026-08-04", "trial_attended", trial_attended=True) is True
    assert known([OTHER], "2026-08-04", "trial_attended") is None


def test_a_field_is_final_where_no_event_speaks() -> None:
    assert known([OTHER], "2026-08-04", converted=True) is True


def test_refunds_are_known_of_buyers_only() -> None:
    refunds = [OTHER, event(OutcomeKind.REFUNDED, 2, customer="U2")]
    assert known(refunds, "2026-12-01", "refunded") is None
    assert known([*refunds, event(OutcomeKind.PAID, 2)], "2026-12-01", "refunded") is False
    assert known([*refunds, event(OutcomeKind.REFUNDED, 20)], "2026-12-01", "refunded") is True
    assert known([], "2026-12-01", "refunded", converted=False, refunded=False) is None
