"""Settled reviews teach: what a person stands behind is a label, everything else is none."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Agent
from qa_service.domain.finding import StepFinding, StepStatus
from qa_service.domain.review import Decision, ReviewState
from qa_service.domain.role import Caller, Role
from qa_service.store import Store
from qa_service.workflows.manage_sops import publish, save_draft
from qa_service.workflows.read_labelled import read_reviews
from qa_service.workflows.review_conversation import OverrideRequest, export_labels, override_finding, settle_review
from tests.workflows.own_words import SOP, YAML, bodies, labelled

LEAD = Caller("zhou", Role.QA_LEAD)
DONE, MISSED = StepStatus.DONE, StepStatus.MISSED


def machine(conversation_id: str) -> Analysis:
    """A machine that misses every `enter`."""
    steps = (
        StepFinding("greeting", DONE, (0,), 0.95, 0.95),
        StepFinding("enter", MISSED, (), 0.9, 0.1),
        StepFinding("farewell", DONE, (6,), 0.95, 0.95),
    )
    return Analysis(conversation_id, SOP.id, SOP.version, {"models": "m", "code": "c"}, steps=steps)


@pytest.fixture
def reviewed(store: Store) -> Iterator[Store]:
    """Four conversations: two settled, one begun, one that nobody opened."""
    save_draft(store, LEAD, YAML)
    publish(store, LEAD, SOP.id, 1)
    with store.unit_of_work() as work:
        for one in labelled(bodies(4)):
            work.conversations.add(replace(one.conversation, agent=Agent(id="A1", org=("总部",)), extra={}))
            stored = work.conversations.numbered(one.conversation.id)
            work.analyses.add(
                machine(one.conversation.id), number=stored.number, turns_digest=stored.digest, sop_digest=SOP.digest
            )
    found = OverrideRequest(
        Decision.CHANGE, "step/enter", value={"status": "done", "turns": [4]}, reason="挂单就是登记"
    )
    for name in ("own-000", "own-002"):
        override_finding(store, LEAD, name, found)
    for name in ("own-000", "own-001"):
        settle_review(store, LEAD, name)
    yield store


def test_settled_reviews_are_labels_and_open_ones_are_not(reviewed: Store) -> None:
    found = {one.conversation.id: one.gold for one in read_reviews(reviewed, SOP)}
    assert set(found) == {"own-000", "own-001"}
    assert found["own-000"].steps == {"greeting": {0}, "enter": {4}, "farewell": {6}}
    assert (found["own-001"].steps.keys(), found["own-001"].missed) == ({"greeting", "farewell"}, {"enter"})
    with reviewed.reading() as work:
        assert work.reviews.get("own-002").state is ReviewState.OPEN


def test_a_step_reworded_since_the_review_carries_no_label(reviewed: Store) -> None:
    text = YAML.replace("version: 1", "version: 2").replace("我记录资料", "我记下来")
    save_draft(reviewed, LEAD, text)
    changed = publish(reviewed, LEAD, SOP.id, 2)
    assert changed.version == 2
    from qa_service.rulebook import parse_sop

    unsaid = {act for one in read_reviews(reviewed, parse_sop(text, "v2")) for act in one.unsaid}
    assert unsaid == {("step", "enter")}


def test_reviews_of_another_sop_teach_nothing(reviewed: Store) -> None:
    assert list(read_reviews(reviewed, replace(SOP, id="another"))) == []


def test_the_export_names_missed_steps_so_that_later_ones_are_not_taken_for_missed(reviewed: Store) -> None:
    exported = {body["id"]: body["gold"] for body in export_labels(reviewed, LEAD)}
    assert exported["own-001"]["missed"] == ["enter"]
