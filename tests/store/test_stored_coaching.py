"""Coaching cases, sets, talks and wordings as they are kept."""

from dataclasses import replace
from datetime import date

import pytest

from qa_service.domain.coaching import ApprovedWording, CoachedPoint, CoachingTalk, Estimate
from qa_service.domain.coaching_case import CaseKind, CaseQuery, CaseSet, ContextTurn, Difficulty, KeptCase, Moment
from qa_service.domain.metrics import rate
from qa_service.domain.role import EVERYTHING, Scope
from qa_service.errors import NotFound
from qa_service.store import Store
from qa_service.store.coaching_cases import Sight

ALL = Sight(EVERYTHING)


def case(case_id: str, quote: str, conversation: str = "c-1", **fields) -> KeptCase:
    moment = Moment(conversation, 1, quote, (ContextTurn(0, "customer", "这个课太贵了吧"),))
    made = KeptCase(case_id, CaseKind.ANSWER, moment, Difficulty.EASY, org=("公司", "一组"), created_by="hu")
    return replace(made, **fields)


@pytest.fixture(autouse=True)
def _conversations(store: Store, conversation):
    with store.unit_of_work() as work:
        for name in ("c-1", "c-2"):
            work.conversations.add(conversation(name, agent={"id": "A1", "org": ["公司", "一组"]}))


def found(store: Store, text: str, sight: Sight = ALL) -> list[str]:
    with store.reading() as work:
        return sorted(one.id for one in work.coaching_cases.cases(CaseQuery(text=text), sight))


def test_chinese_words_of_any_length_are_found_and_only_where_they_stand(store: Store):
    with store.unit_of_work() as work:
        work.coaching_cases.add_case(case("a", "一节课算下来八十多块"))
        work.coaching_cases.add_case(case("b", "课节一共八节，Python 也学"))
    assert found(store, "节课") == ["a"]
    assert found(store, "课节") == ["b"]
    assert found(store, "太贵") == ["a", "b"]
    assert found(store, "八") == ["a", "b"]
    assert found(store, "python") == ["b"]
    assert found(store, "算下来 八十") == ["a"]
    # Both pairs stand in it, the word does not.
    assert found(store, "一节一共") == []
    assert found(store, "50%_") == []


def test_what_a_case_is_about_narrows_the_search(store: Store):
    with store.unit_of_work() as work:
        work.coaching_cases.add_case(case("a", "好的", step="price", product="编程", objection="嫌贵", sop="trial"))
        work.coaching_cases.add_case(case("b", "好的", kind=CaseKind.MISSED, difficulty=Difficulty.HARD))
        cases = work.coaching_cases
        for query in (CaseQuery(step="price"), CaseQuery(product="编程"), CaseQuery(objection="嫌贵")):
            assert [one.id for one in cases.cases(query, ALL)] == ["a"]
        assert [one.id for one in cases.cases(CaseQuery(difficulty=Difficulty.HARD), ALL)] == ["b"]


def test_a_case_comes_back_as_it_went_in(store: Store):
    with store.unit_of_work() as work:
        given = case(
            "a", "一节课八十多", step="price", note="先算单价", agent_id="A1", team="一组", shared_with=("A2",)
        )
        kept = work.coaching_cases.add_case(given)
        assert replace(kept, created_at=None) == given


def test_a_branch_sees_its_cases_and_an_agent_its_own_and_those_shared(store: Store):
    with store.unit_of_work() as work:
        work.coaching_cases.add_case(case("a", "词一", agent_id="A1", shared_with=("A9",)))
        work.coaching_cases.add_case(case("b", "词一", agent_id="A2", org=("公司", "二组")))
    assert found(store, "词一", Sight(Scope(org=("公司", "二组"), whole=False))) == ["b"]
    assert found(store, "词一", Sight(Scope(org=("公司",), whole=False))) == ["a", "b"]
    assert found(store, "词一", Sight(Scope(agent_id="A2", whole=False), "A2")) == ["b"]
    assert found(store, "词一", Sight(Scope(agent_id="A9", whole=False), "A9")) == ["a"]
    assert found(store, "词一", Sight(Scope(agent_id="", whole=False), None)) == []


def test_a_set_keeps_its_order_and_loses_what_is_forgotten(store: Store, clock):
    with store.unit_of_work() as work:
        cases = work.coaching_cases
        for name in "abc":
            cases.add_case(case(name, f"词{name}", conversation="c-2" if name == "b" else "c-1"))
        cases.add_set(CaseSet("s", "嫌贵", "hu", clock(), ("c", "b", "a")))
        assert [one.id for one in cases.cases(CaseQuery(set_id="s"), ALL)] == ["c", "b", "a"]
        cases.forget_conversation(work.conversations.numbered("c-2").number)
        assert cases.set("s").cases == ("c", "a")
        assert cases.collect("s", ["a"]).cases == ("a",)
        with pytest.raises(NotFound, match="zzz"):
            cases.collect("s", ["zzz"])


def test_the_latest_talk_comes_first_with_its_points(store: Store):
    point = CoachedPoint("trial", "step", "needs", date(2026, 9, 1), rate(3, 10), Estimate(0.4, 0.2, 0.6))
    with store.unit_of_work() as work:
        for day in (1, 9, 5):
            points = (replace(point, on=date(2026, 9, day)),)
            work.coaching_talks.add_talk(CoachingTalk(f"t{day}", "A1", date(2026, 9, day), points, "约好", "wu"))
        talks = work.coaching_talks.talks("A1")
        assert [talk.on.day for talk in talks] == [9, 5, 1]
        assert talks[0].points == (replace(point, on=date(2026, 9, 9)),)


def test_a_wording_is_proposed_then_approved_then_withdrawn(store: Store):
    with store.unit_of_work() as work:
        talks = work.coaching_talks
        talks.add_wording(ApprovedWording("w", "太贵了", "一节八十多", None, "wu"))
        assert [one.id for one in talks.wordings(approved=False)] == ["w"]
        assert talks.approve_wording("w", "zhao").approved_by == "zhao"
        assert [one.id for one in talks.wordings(approved=True)] == ["w"]
        talks.remove_wording("w")
        with pytest.raises(NotFound):
            talks.wording("w")
