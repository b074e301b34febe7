"""What people say: stored beside the analysis, only ever added to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qa_service.domain.appeal import Appeal, AppealDecision, AppealState
from qa_service.domain.finding import StepFinding, StepStatus
from qa_service.domain.review import Comment, Decision, Override, Review, ReviewState
from qa_service.domain.role import Scope
from qa_service.errors import Conflict, NotFound
from qa_service.store import ConversationFilter, Store


def override(clock, override_id: str, decision: Decision = Decision.REMOVE, **fields) -> Override:
    return Override(override_id, "c-1", "step/greeting", decision, "看错了", "qa-1", clock(), **fields)


@pytest.fixture(autouse=True)
def _one_conversation(store: Store, conversation):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1", agent={"id": "A1", "org": ["总部", "一组"]}))


def test_a_review_belongs_to_its_first_reviewer(store: Store, clock):
    with store.unit_of_work() as work:
        assert work.reviews.find("c-1") is None
        opened = work.reviews.open(Review("c-1", "qa-1", clock()))
        assert work.reviews.open(Review("c-1", "qa-1", clock())) == opened
        with pytest.raises(Conflict, match="qa-1"):
            work.reviews.open(Review("c-1", "qa-2", clock()))
        work.reviews.save(replace(opened, state=ReviewState.SETTLED, settled_at=clock()))
    with store.reading() as work:
        assert work.reviews.get("c-1") == replace(opened, state=ReviewState.SETTLED, settled_at=clock())
        assert [one.conversation_id for one in work.reviews.stream(state=ReviewState.SETTLED)] == ["c-1"]
        assert list(work.reviews.stream(state=ReviewState.OPEN)) == []


def test_a_review_needs_its_conversation(store: Store, clock):
    with store.unit_of_work() as work, pytest.raises(NotFound):
        work.reviews.open(Review("c-9", "qa-1", clock()))
    with store.unit_of_work() as work, pytest.raises(NotFound, match="open one first"):
        work.reviews.save(Review("c-1", "qa-1", clock()))


def test_every_override_stays_in_the_order_of_time(store: Store, clock):
    later = override(clock, "a", Decision.CHANGE, value={"status": "done", "turns": [0]}, appeal_id="ap-1")
    given = [override(clock, "b"), replace(later, at=clock() + timedelta(seconds=5))]
    with store.unit_of_work() as work:
        for one in reversed(given):
            work.reviews.add_override(one)
    with store.reading() as work:
        assert work.reviews.overrides("c-1") == given


def test_comments_stand_on_a_conversation_or_on_a_finding(store: Store, clock):
    given = [
        Comment("k1", "c-1", "语速偏快", "t-1", clock()),
        Comment("k2", "c-1", "好", "t-1", clock(), "step/greeting"),
    ]
    with store.unit_of_work() as work:
        for one in given:
            work.reviews.add_comment(one)
    with store.reading() as work:
        assert work.reviews.comments("c-1") == given


def test_the_queue_asks_first_about_what_the_machine_doubts(store: Store, conversation, analyse, clock):
    doubt = StepFinding("greeting", StepStatus.MISSED, (), 0.5, 0.5, unsure=True)
    with store.unit_of_work() as work:
        for number in range(2, 6):
            day = f"2026-10-0{number}T10:00:00+08:00"
            org = ["总部", "二组" if number == 5 else "一组"]
            work.conversations.add(conversation(f"c-{number}", started_at=day, agent={"id": "A2", "org": org}))
        for number in (1, 2, 3, 4, 5):
            analyse(work, f"c-{number}", steps=(doubt,) if number == 2 else ())
        work.reviews.open(Review("c-4", "qa-1", clock()))
    with store.reading() as work:
        waiting = work.reviews.waiting(ConversationFilter(within=("总部", "一组")))
        assert waiting == ["c-2", "c-1", "c-3"]
        assert work.reviews.waiting(ConversationFilter(), limit=2) == ["c-2", "c-1"]


def test_an_appeal_keeps_each_levels_decision(store: Store, clock):
    filed = Appeal("ap-1", "c-1", "step/greeting", "我问候了", "A1", clock())
    first = AppealDecision(1, accepted=False, reason="没有", by="qa-2", at=clock())
    second = AppealDecision(2, accepted=True, reason="有", by="lead", at=clock())
    with store.unit_of_work() as work:
        work.appeals.save(filed)
        assert work.appeals.get("ap-1") == filed
        decided = replace(filed, state=AppealState.DECIDED, decisions=(first,))
        work.appeals.save(decided)
        work.appeals.save(decided)
        assert work.appeals.waiting(ConversationFilter()) == []
        escalated = replace(decided, state=AppealState.ESCALATED)
        work.appeals.save(escalated)
        assert work.appeals.waiting(ConversationFilter()) == [escalated]
        elsewhere = ConversationFilter(scope=Scope(org=("总部", "二组"), whole=False))
        assert work.appeals.waiting(elsewhere) == []
        final = replace(escalated, state=AppealState.FINAL, decisions=(first, second))
        work.appeals.save(final)
    with store.reading() as work:
        assert work.appeals.of_conversation("c-1") == [final]
        with pytest.raises(NotFound):
            work.appeals.get("ap-2")
