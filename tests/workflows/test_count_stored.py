"""The weekly report from what the store has counted is the report that reading every analysis gives."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qa_service.domain.conversation import Agent, Outcome
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.domain.review import Basis, Decision, Override
from qa_service.domain.role import Scope
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.delete_customer import delete_customer
from qa_service.workflows.read_stored import StoredVerdicts
from qa_service.workflows.write_voice_of_customer import (
    KnownOutcomes,
    prepare_stored_voice,
    prepare_voice_of_customer,
    weeks_read,
)
from tests.judged_cases import SOP, Case, judged
from tests.report.weeks import MONDAY, WEEK, conversations

EVERYTHING = ConversationFilter()
BUYER = Case(
    id="sold",
    day=MONDAY - timedelta(days=20),
    customer="BUYER",
    promises=[("effect", "保证三个月见效")],
    outcome=Outcome(converted=True),
)
BACK = Case(id="back", day=MONDAY + timedelta(days=1), customer="BUYER", refund=["promise_mismatch"])


def with_org(pair: JudgedConversation) -> JudgedConversation:
    """Two branches, a team each."""
    agent = pair.conversation.agent
    branch = "甲部" if agent.team == "一组" else "乙部"
    changed = replace(agent, org=("公司", branch, agent.team or ""))
    return replace(pair, conversation=replace(pair.conversation, agent=changed))


def put(work: UnitOfWork, pair: JudgedConversation) -> None:
    work.conversations.add(pair.conversation)
    one = work.conversations.numbered(pair.id)
    work.analyses.add(pair.analysis, number=one.number, turns_digest=one.digest, sop_digest=None)


@pytest.fixture
def full(store: Store) -> Store:
    """The five weeks of the report's tests, one sale that came back, and a payment told by an event."""
    with store.unit_of_work() as work:
        for pair in [*conversations(), judged(BUYER), judged(BACK)]:
            put(work, with_org(pair))
        at = judged(BUYER).conversation.started_at
        assert at is not None
        work.outcomes.add_many([OutcomeEvent("U-w4-03", OutcomeKind.PAID, at, product="阅读")])
    return store


def counted(store: Store, wanted: ConversationFilter = EVERYTHING) -> dict[str, Any]:
    return prepare_stored_voice(store, wanted, WEEK, sops=[SOP])


def read_whole(store: Store, wanted: ConversationFilter = EVERYTHING) -> dict[str, Any]:
    days = weeks_read(WEEK)
    judged_ones = StoredVerdicts(store, replace(wanted, day_from=days.first, day_to=days.last))
    with store.reading() as work:
        known = KnownOutcomes(list(work.outcomes.stream()))
    return prepare_voice_of_customer(judged_ones, WEEK, sops=[SOP], zone=store.zone, outcomes=known)


def same(store: Store, wanted: ConversationFilter = EVERYTHING) -> dict[str, Any]:
    report = counted(store, wanted)
    assert report == read_whole(store, wanted)
    return report


def complaints(report: dict[str, Any]) -> int:
    return int(report["complaints"]["k"])


def test_the_report_is_that_of_every_analysis_read(full: Store) -> None:
    report = same(full)
    assert (report["n_conversations"], complaints(report)) == (31, 11)
    assert report["sales"]["n"] == 2
    assert report["sales"]["promises"][0]["examples"][0]["quote"] == "保证三个月见效"


@pytest.mark.parametrize(
    "wanted",
    [
        ConversationFilter(scope=Scope(org=("公司", "甲部"), whole=False)),
        ConversationFilter(scope=Scope(agent_id="A3", whole=False)),
        ConversationFilter(team="二组"),
    ],
    ids=["branch", "agent", "team"],
)
def test_who_sees_less_is_told_of_less(full: Store, wanted: ConversationFilter) -> None:
    report = same(full, wanted)
    assert 0 < report["n_conversations"] < 31


def test_a_finding_overruled_counts_no_more(full: Store) -> None:
    before = complaints(counted(full))
    with full.unit_of_work() as work:
        work.reviews.add_override(
            Override(
                id="o1",
                conversation_id="w0-00",
                finding_key="complaint",
                decision=Decision.REMOVE,
                reason="客户只是在问",
                by="qa",
                at=full.clock(),
                value={},
                basis=Basis("trial", 3, None),
            )
        )
    assert complaints(same(full)) == before - 1


def test_a_new_analysis_takes_the_place_of_the_old_one(full: Store) -> None:
    before = complaints(counted(full))
    calm = judged(Case(id="w0-03", day=MONDAY + timedelta(days=3), agent="A4", team="二组"))
    with full.unit_of_work() as work:
        one = work.conversations.numbered("w0-03")
        again = replace(calm.analysis, versions={"models": "newer", "code": "test"})
        work.analyses.add(again, number=one.number, turns_digest=one.digest, sop_digest=None)
    assert complaints(same(full)) == before - 1


def test_an_agent_who_moved_counts_in_the_new_team(full: Store) -> None:
    counted(full)
    with full.unit_of_work() as work:
        old = work.conversations.get("w0-00")
        work.conversations.add(replace(old, agent=Agent(id="A1", team="三组", org=("公司", "丙部", "三组"))))
    assert {row["level"] for row in same(full)["complaints"]["groups"] if row["dimension"] == "team"} >= {"三组"}


def test_nothing_is_left_of_a_deleted_customer(full: Store) -> None:
    counted(full)
    delete_customer(full, "BUYER", by="boss")
    report = same(full)
    assert report["sales"]["n"] == 1
    assert "保证三个月见效" not in str(report)


def test_a_taxonomy_that_changed_has_everything_counted_anew(
    full: Store, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted(full)
    path = tmp_path / "taxonomy.yaml"
    path.write_text(
        "taxonomy: own\nversion: 1\nchanges:\n"
        "  - {date: 2026-09-21, kind: complaint, merged: [schedule_change, slow_response], into: slow_response}\n",
        "utf-8",
    )
    monkeypatch.setenv("QA_TAXONOMY", str(path))
    assert [one["id"] for one in same(full)["complaints"]["reasons"]] == ["complaint_reason/slow_response"]
