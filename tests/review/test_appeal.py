from datetime import UTC, datetime, timedelta

import pytest

from qa_service.domain.appeal import (
    Appeal,
    AppealDecision,
    AppealPolicy,
    AppealState,
    decide_appeal,
    escalate,
    file_appeal,
)
from qa_service.errors import Conflict, Forbidden

NOW = datetime(2026, 10, 8, 12, tzinfo=UTC)
POLICY = AppealPolicy(window_days=7, escalation_days=3)
APPEAL = Appeal("ap-1", "c-1", "step/needs", "第 5 句已经问了年级", "agent-a01", NOW)


def decision(level: int, by: str, *, accepted: bool = False) -> AppealDecision:
    return AppealDecision(level, accepted, "已听录音", by, NOW + timedelta(days=1))


def decided() -> Appeal:
    return decide_appeal(APPEAL, decision(1, "qa-wang"), reviewers=frozenset({"qa-li"}))


def test_an_appeal_within_the_window_is_taken() -> None:
    assert file_appeal(APPEAL, earlier=[], verdict_at=NOW - timedelta(days=7), policy=POLICY) is APPEAL


def test_an_appeal_after_the_window_is_refused_with_the_date() -> None:
    with pytest.raises(Conflict, match="2026-10-07"):
        file_appeal(APPEAL, earlier=[], verdict_at=NOW - timedelta(days=8), policy=POLICY)


def test_an_appeal_cannot_be_filed_twice() -> None:
    with pytest.raises(Conflict, match="already open"):
        file_appeal(APPEAL, earlier=[APPEAL], verdict_at=NOW, policy=POLICY)
    with pytest.raises(Conflict, match="second level"):
        file_appeal(APPEAL, earlier=[decided()], verdict_at=NOW, policy=POLICY)


def test_an_appeal_on_another_finding_is_another_matter() -> None:
    other = Appeal("ap-0", "c-1", "step/greeting", "…", "agent-a01", NOW)
    assert file_appeal(APPEAL, earlier=[other], verdict_at=NOW, policy=POLICY)


@pytest.mark.parametrize("by", ["qa-li", "agent-a01"], ids=["the reviewer", "the filer"])
def test_level_one_is_decided_by_neither_the_reviewer_nor_the_filer(by: str) -> None:
    with pytest.raises(Forbidden):
        decide_appeal(APPEAL, decision(1, by), reviewers=frozenset({"qa-li"}))


def test_a_decided_appeal_goes_to_another_person_at_the_second_level_and_then_is_final() -> None:
    second = escalate(decided(), at=NOW + timedelta(days=2), policy=POLICY)
    assert second.state is AppealState.ESCALATED
    with pytest.raises(Forbidden, match="other than level 1"):
        decide_appeal(second, decision(2, "qa-wang"), reviewers=frozenset())
    final = decide_appeal(second, decision(2, "lead-zhao", accepted=True), reviewers=frozenset())
    assert final.state is AppealState.FINAL
    assert [one.accepted for one in final.decisions] == [False, True]
    with pytest.raises(Conflict):
        escalate(final, at=NOW, policy=POLICY)


def test_a_level_that_is_not_awaited_cannot_decide() -> None:
    with pytest.raises(Conflict, match="level 2"):
        decide_appeal(APPEAL, decision(2, "lead-zhao"), reviewers=frozenset())
    with pytest.raises(Conflict):
        decide_appeal(decided(), decision(1, "qa-sun"), reviewers=frozenset())


def test_taking_an_appeal_further_has_its_own_window() -> None:
    with pytest.raises(Conflict, match="3 days"):
        escalate(decided(), at=NOW + timedelta(days=5), policy=POLICY)


def test_an_accepted_appeal_goes_no_further() -> None:
    accepted = decide_appeal(APPEAL, decision(1, "qa-wang", accepted=True), reviewers=frozenset())
    with pytest.raises(Conflict, match="accepted"):
        escalate(accepted, at=NOW + timedelta(days=2), policy=POLICY)
