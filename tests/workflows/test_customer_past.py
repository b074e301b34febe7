"""What the service knows of a customer's past is filled in when a conversation is judged, and told by the analysis."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from models.protocols import Judge
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json, analysis_to_line
from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json, conversation_to_json
from qa_service.domain.customer_past import AskedPast, CustomerPast, asked_past
from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.domain.rescore import RescoreRange
from qa_service.domain.role import Caller, Role
from qa_service.domain.sop import Sop
from qa_service.domain.trial import TrialRange
from qa_service.rulebook import parse_sop
from qa_service.store import StoredAnalysis
from qa_service.workflows.analyze_conversations import Analyzer
from qa_service.workflows.delete_customer import delete_customer
from qa_service.workflows.import_outcomes import import_outcomes
from qa_service.workflows.manage_sops import publish, save_draft
from qa_service.workflows.rescore_conversations import begin_rescore, read_rescore
from qa_service.workflows.try_stored_sop import begin_trial, read_trial
from tests.analyze.fixed_judge import JUDGE
from tests.api.conftest import LEAD, Service, TickingClock, make_service

SOP = """
sop: often
product: 写作
steps: [{id: greeting, weight: 10}]
red_lines: [ignore_optout]
checks:
  - {id: too_often, forbid: {contacts: {over: 3}, days: 7}, points: 10}
  - {id: unwanted, forbid: {after_opt_out: true}, points: 20}
"""
ADMIN = Caller("boss", Role.ADMIN)


class FixedAnalyzer(Analyzer):
    """The real analyzer with the fixed judge, which remembers what it was given."""

    def __init__(self, judge: Judge = JUDGE) -> None:
        super().__init__(judge)
        self.given: dict[str, Conversation] = {}

    def analyze_under(self, conversation: Conversation, sop: Sop | None) -> Any:
        self.given[conversation.id] = conversation
        return super().analyze_under(conversation, sop)


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    """A service on both databases whose SOP asks for the past."""
    made = make_service(database_url, TickingClock())
    made.analyzer = FixedAnalyzer()  # type: ignore[assignment]
    save_draft(made.store, LEAD, SOP)
    publish(made.store, LEAD, "often", 1)
    yield made
    made.store.close()


def contact(name: str, day: int, *, customer: str = "U-1", text: str = "您好[greeting]", **more: Any) -> dict[str, Any]:
    turns = [{"speaker": "agent", "text": text}, {"speaker": "customer", "text": "嗯"}]
    at = f"2026-10-{day:02}T10:00:00+08:00"
    body = {"id": name, "product": "写作", "started_at": at, "customer": {"id": customer}, "turns": turns}
    return body | {"agent": {"id": "A01"}} | more


def stored(service: Service, name: str) -> StoredAnalysis:
    with service.store.reading() as work:
        found = work.analyses.find(name)
    assert found is not None
    return found


def verdicts(service: Service, name: str) -> dict[str, tuple[str, str | None]]:
    return {one.id: (one.verdict.value, one.lacking) for one in stored(service, name).analysis.checks}


def opted_out(service: Service, day: int, customer: str = "U-1") -> None:
    event = OutcomeEvent(customer, OutcomeKind.OPTED_OUT, datetime.fromisoformat(f"2026-10-{day:02}T12:00:00+08:00"))
    with service.store.unit_of_work() as work:
        work.outcomes.add_many([event])


def test_earlier_contacts_within_the_days_asked_for_are_counted(service: Service) -> None:
    service.send(contact("c-1", 1), contact("c-2", 6), contact("c-3", 7), contact("other", 7, customer="U-2"))
    service.send(contact("c-4", 8))
    assert verdicts(service, "c-4")["too_often"] == ("passed", None)
    service.send(contact("c-5", 9))
    assert verdicts(service, "c-5")["too_often"] == ("failed", None)
    assert stored(service, "c-5").analysis.context == {
        "contacted_at": ["2026-10-06T10:00:00+08:00", "2026-10-07T10:00:00+08:00", "2026-10-08T10:00:00+08:00"],
        "opted_out_at": [],
    }


def test_the_first_contact_of_a_customer_is_known_to_be_the_first(service: Service) -> None:
    service.send(contact("c-1", 1))
    assert verdicts(service, "c-1") == {"too_often": ("passed", None), "unwanted": ("passed", None)}
    assert not any(check.unsure for check in stored(service, "c-1").analysis.checks)


def test_a_contact_after_an_opted_out_event_is_found_and_one_before_is_not(service: Service) -> None:
    opted_out(service, 5)
    opted_out(service, 1, customer="U-2")
    service.send(contact("c-1", 5), contact("c-2", 6))
    assert verdicts(service, "c-1")["unwanted"] == ("passed", None)
    assert verdicts(service, "c-2")["unwanted"] == ("failed", None)
    assert stored(service, "c-1").analysis.context["opted_out_at"] == []
    assert stored(service, "c-2").analysis.context["opted_out_at"] == ["2026-10-05T12:00:00+08:00"]


def test_opt_outs_are_imported_as_events(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "客户编号,事件,时间\nU-1,拒绝来电,2026-10-05 12:00:00\nU-1,opted_out,2026-10-05 12:00:00\n", "utf-8"
    )
    tally = import_outcomes(service.store, path)
    assert (tally.new, tally.defects) == (1, [])
    service.send(contact("c-2", 6))
    assert verdicts(service, "c-2")["unwanted"] == ("failed", None)


def test_an_opt_out_seen_in_an_earlier_conversation_counts_unless_a_person_must_decide(service: Service) -> None:
    service.send(contact("c-1", 1, text="您好[greeting]<ignore_optout>"))
    service.send(contact("c-2", 3))
    assert verdicts(service, "c-2")["unwanted"] == ("failed", None)
    line = stored(service, "c-1").analysis.red_lines[0]
    assert not line.unsure
    said = {"decision": "remove", "finding_key": line.key, "reason": "客户没有拒绝"}
    assert service.as_("qa").post("/v1/reviews/c-1/overrides", json=said).status_code == 201
    service.send(contact("c-3", 4))
    assert verdicts(service, "c-3")["unwanted"] == ("passed", None)


def test_what_the_conversation_brought_with_it_counts_before_what_is_stored(service: Service) -> None:
    service.send(contact("c-1", 1), contact("c-2", 2))
    known = {"id": "U-1", "contacted_at": [], "opted_out_at": "2026-10-01T00:00:00+08:00"}
    service.send(contact("c-3", 3, customer="U-1") | {"customer": known})
    assert verdicts(service, "c-3") == {"too_often": ("passed", None), "unwanted": ("failed", None)}
    assert stored(service, "c-3").analysis.context == {}


def test_nothing_is_filled_in_for_an_sop_that_does_not_ask(service: Service) -> None:
    body = contact("c-1", 1) | {"product": "阅读", "channel": "call"}
    service.send(contact("c-0", 1), body)
    analysis = stored(service, "c-1").analysis
    assert (analysis.sop, analysis.context, "context" in analysis.versions) == ("trial-call", {}, False)


def test_the_stored_conversation_is_not_rewritten_and_its_analysis_can_be_made_again(service: Service) -> None:
    opted_out(service, 1)
    service.send(contact("c-1", 1), contact("c-2", 2))
    with service.store.reading() as work:
        conversation = work.conversations.get("c-2")
    assert conversation.customer.extra == {}
    made = stored(service, "c-2").analysis
    body = conversation_to_json(conversation)
    body["customer"] |= made.context
    again = FixedAnalyzer().analyze(conversation_from_json(body), [parse_sop(SOP, "often.yaml")])
    assert analysis_to_line(replace(made, context={}, versions=again.versions)) == analysis_to_line(again)
    assert analysis_from_json(analysis_to_json(made)) == made


def test_a_rescore_with_the_same_past_changes_nothing_and_with_another_says_so(service: Service) -> None:
    service.send(contact("c-2", 6), contact("c-3", 7))
    first = begin_rescore(service.store, LEAD, RescoreRange(), reason="看看")
    service.work()
    assert read_rescore(service.store, LEAD, first.id)[0].counts.unchanged == 2
    # Earlier contacts that arrive late.
    service.send(contact("c-0", 4), contact("c-1", 5))
    again = begin_rescore(service.store, LEAD, RescoreRange(), reason="补录之后")
    service.work()
    found, page, _ = read_rescore(service.store, LEAD, again.id)
    assert (found.counts.not_reproduced, [one.conversation_id for one in page.items]) == (0, ["c-3"])
    assert page.items[0].causes == ("context",)
    with service.store.reading() as work:
        assert len(work.analyses.history("c-3")) == 2


def test_a_draft_is_tried_with_the_same_past(service: Service) -> None:
    opted_out(service, 1)
    service.send(contact("c-1", 1), contact("c-2", 2))
    save_draft(service.store, LEAD, SOP.replace("sop: often", "sop: often\nversion: 2"))
    analyzer = service.analyzer = FixedAnalyzer()  # type: ignore[assignment]
    begun = begin_trial(service.store, LEAD, "often", 2, TrialRange())
    service.work()
    assert read_trial(service.store, LEAD, begun.id).counts == {"compared": 2}
    assert analyzer.given["c-2"].customer.extra == stored(service, "c-2").analysis.context  # type: ignore[attr-defined]


def test_deleting_the_customer_leaves_nothing_of_his_past(service: Service) -> None:
    opted_out(service, 1)
    service.send(contact("c-1", 1), contact("c-2", 2))
    digest = stored(service, "c-2").analysis.versions["context"]
    delete_customer(service.store, "U-1", by="boss")
    with service.store.reading() as work:
        kept = [one for number in (1, 2) for one in [work.analyses.by_id(number).analysis]]
        models = work.analyses.session.connection().exec_driver_sql("SELECT models FROM analysis").scalars().all()
    assert [(one.context, "context" in one.versions) for one in kept] == [({}, False), ({}, False)]
    assert not any(digest in one for one in models)
    service.send(contact("c-3", 3))
    assert verdicts(service, "c-3") == {"too_often": ("passed", None), "unwanted": ("passed", None)}


def test_an_sop_asks_for_as_many_days_as_its_widest_condition() -> None:
    wide = SOP.replace(
        "unwanted, forbid: {after_opt_out: true}", "monthly, forbid: {any: [{contacts: {over: 9}, days: 30}]}"
    )
    assert asked_past(parse_sop(SOP, "s")) == AskedPast(7, True)
    assert asked_past(parse_sop(wide, "s")) == AskedPast(30, False)
    assert not asked_past(parse_sop("sop: s\nsteps: [{id: a, weight: 1}]", "s"))
    assert CustomerPast().as_fields() == {}
