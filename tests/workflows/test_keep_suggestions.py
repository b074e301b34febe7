from collections.abc import Iterator
from typing import Any

import pytest

from qa_service.domain.role import Caller, Role
from qa_service.domain.suggestion_life import KeptSuggestion, SuggestionChoice, SuggestionState, new_evidence
from qa_service.errors import Conflict, Forbidden, InvalidInput
from qa_service.rulebook import dump_sop, parse_sop
from qa_service.store import Store
from qa_service.workflows.keep_suggestions import decide_suggestion, keep, list_suggestions, read_suggestion
from qa_service.workflows.manage_sops import publish, read_version, save_draft
from tests.api.conftest import SOP, TickingClock

LEAD = Caller("lead-zhao", Role.QA_LEAD)
MANAGER = Caller("manager-sun", Role.SALES_MANAGER, ("公司", "一部"))
ACCEPT, REJECT, KEEP = SuggestionChoice.ACCEPT, SuggestionChoice.REJECT, SuggestionChoice.KEEP


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with Store.open(database_url, clock=TickingClock()) as opened:
        save_draft(opened, LEAD, SOP)
        publish(opened, LEAD, "trial-call", 1)
        yield opened


def body(number: str = "s-1", kind: str = "enforce_step", **evidence: Any) -> dict[str, Any]:
    document = dict(parse_sop(SOP, "sop").document) | {"version": 2, "title": f"试听邀约 {number}"}
    shown = {"n": 1000, "effect": 0.05, "ci_low": 0.02, "ci_high": 0.08, "q_value": 0.01, "grade": "C"}
    example = {"conversation_id": "c-1", "turn": 0, "quote": "您最想解决什么"}
    return {
        "id": number,
        "sop": "trial-call",
        "kind": kind,
        "target": {"kind": "step", "id": "needs"},
        "statement": "建议加强「挖需求」",
        "evidence": shown | {"outcome": "converted", "examples": [example]} | evidence,
        "coach": ["A01"],
        "patch": dump_sop(document),
    }


def found(store: Store, *bodies: dict[str, Any]) -> list[KeptSuggestion]:
    with store.unit_of_work() as work:
        keep(work, bodies, {"trial-call": 1})
    return list(list_suggestions(store, LEAD).items)


def states(store: Store) -> dict[str, str]:
    return {one.id: one.state.value for one in list_suggestions(store, LEAD).items}


def test_an_accepted_suggestion_becomes_a_draft_and_is_kept_once_it_is_published(store: Store) -> None:
    found(store, body())
    accepted = decide_suggestion(store, MANAGER, "s-1", ACCEPT, reason="先在一组试")
    assert (accepted.state, accepted.version) == (SuggestionState.ACCEPTED, 2)
    assert read_version(store, LEAD, "trial-call", 2).yaml.count("试听邀约 s-1") == 1
    with pytest.raises(Conflict, match="needs one that is published"):
        decide_suggestion(store, LEAD, "s-1", KEEP, reason="有效")
    publish(store, LEAD, "trial-call", 2)
    assert read_suggestion(store, LEAD, "s-1").state is SuggestionState.PUBLISHED
    assert decide_suggestion(store, LEAD, "s-1", KEEP, reason="付费率高了").state is SuggestionState.KEPT
    decisions = read_suggestion(store, LEAD, "s-1").decisions
    assert [(one.choice, one.by, one.evidence["n"]) for one in decisions] == [
        (ACCEPT, "manager-sun", 1000),
        (KEEP, "lead-zhao", 1000),
    ]
    with store.reading() as work:
        noted = work.access_log.page(target="suggestion/s-1").items
    assert [(entry.action, entry.caller, entry.reason) for entry in noted] == [
        ("keep_suggestion", "lead-zhao", "付费率高了"),
        ("accept_suggestion", "manager-sun", "先在一组试"),
    ]


def test_a_rejected_suggestion_comes_back_only_with_new_evidence(store: Store) -> None:
    found(store, body())
    decide_suggestion(store, LEAD, "s-1", REJECT, reason="话术不合适")
    found(store, body(n=1200))
    assert states(store) == {"s-1": "rejected"}
    found(store, body(n=1600))
    again = read_suggestion(store, LEAD, "s-1")
    assert again.state is SuggestionState.PROPOSED and again.decisions[0].reason == "话术不合适"


@pytest.mark.parametrize(
    ("now", "new"),
    [
        ({}, False),
        ({"n": 1499}, False),
        ({"n": 1500}, True),
        ({"effect": 0.09, "ci_low": 0.06, "ci_high": 0.12}, True),
        ({"effect": 0.06, "ci_low": 0.03, "ci_high": 0.09}, False),
        ({"grade": "A"}, True),
        ({"effect": None, "ci_low": None, "ci_high": None, "grade": None}, True),
    ],
    ids=["same", "few more", "half more", "moved", "hardly moved", "randomised", "no effect any more"],
)
def test_evidence_is_new_when_it_would_change_a_mind(now: dict[str, Any], new: bool) -> None:
    before = {"n": 1000, "effect": 0.05, "ci_low": 0.02, "ci_high": 0.08, "grade": "C"}
    assert new_evidence(before, before | now, times=1.5) is new


def test_what_the_latest_look_does_not_bear_out_lapses_and_may_return(store: Store) -> None:
    found(store, body())
    found(store)
    assert states(store) == {"s-1": "lapsed"}
    with pytest.raises(Conflict):
        decide_suggestion(store, LEAD, "s-1", ACCEPT, reason="好")
    found(store, body())
    assert states(store) == {"s-1": "proposed"}


def test_a_habit_is_known_again_by_its_words_when_another_wording_is_heard_most(store: Store) -> None:
    found(store, body("s-old", kind="add_step"))
    decide_suggestion(store, LEAD, "s-old", REJECT, reason="不合适")
    found(store, body("s-new", kind="add_step"))
    assert states(store) == {"s-old": "rejected"}


def test_a_patch_of_an_older_version_is_not_accepted(store: Store) -> None:
    found(store, body(), body("s-2"))
    decide_suggestion(store, LEAD, "s-1", ACCEPT, reason="好")
    publish(store, LEAD, "trial-call", 2)
    with pytest.raises(Conflict, match="version 2 is in use now"):
        decide_suggestion(store, LEAD, "s-2", ACCEPT, reason="好")


def test_a_decision_needs_a_reason_and_the_right_to_take_it(store: Store) -> None:
    found(store, body())
    with pytest.raises(InvalidInput, match="say why"):
        decide_suggestion(store, LEAD, "s-1", REJECT, reason=" ")
    with pytest.raises(Forbidden):
        decide_suggestion(store, Caller("qa", Role.QA), "s-1", REJECT, reason="不好")


def test_who_may_not_see_a_conversation_sees_no_quote_of_it(store: Store) -> None:
    found(store, body())
    lead = Caller("lead-qian", Role.TEAM_LEAD, ("公司", "一部", "一组"))
    (one,) = list_suggestions(store, lead).items
    assert (one.body["evidence"]["examples"], one.body["coach"]) == ([], [])
    assert len(found(store, body())[0].body["evidence"]["examples"]) == 1
