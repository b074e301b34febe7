"""Conversations in the store: added once, updated with history, never rewritten."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.exc import InternalError, OperationalError

from qa_service.domain.role import Scope
from qa_service.errors import Conflict, InvalidConversation, InvalidInput, NotFound
from qa_service.store import Arrival, ConversationFilter, Store
from qa_service.store.paging import encode_cursor

AT = "2026-10-08T19:32:00+08:00"
TOO_FAR = encode_cursor(datetime(2026, 10, 8, tzinfo=UTC), 2**63)


def test_what_goes_in_comes_out(store: Store, conversation):
    body = {"agent": {"id": "A07", "name": "林晓", "team": "一组", "org": ["总部", "一组"], "shift": "晚班"}}
    body |= {"customer": {"id": "U1"}, "started_at": AT, "tags": {"lead_source": "抖音"}, "unknown": {"x": [1, None]}}
    given = conversation("c-1", "您好", "手机号●●●●●●●●●●●", outcome={"converted": False, "amount": 12.5}, **body)
    with store.unit_of_work() as work:
        work.conversations.add(given)
    with store.reading() as work:
        assert work.conversations.get("c-1") == given
        assert work.conversations.find("c-2") is None
        with pytest.raises(NotFound):
            work.conversations.get("c-2")


def test_the_same_again_changes_nothing(store: Store, conversation):
    given = conversation("c-1", "您好", "你好", tags={"lead_source": "抖音"})
    with store.unit_of_work() as work:
        assert work.conversations.add(given).arrival is Arrival.NEW
        again = work.conversations.add(given)
    assert (again.arrival, again.analyse) == (Arrival.UNCHANGED, False)
    with store.reading() as work:
        assert work.conversations.history("c-1") == []
        assert work.conversations.count(ConversationFilter()) == 1


def test_changed_turns_are_a_conflict_and_nothing_is_stored(store: Store, conversation):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1", "您好", "多少钱"))
    with pytest.raises(Conflict, match="c-1"), store.unit_of_work() as work:
        work.conversations.add(conversation("c-1", "您好", "不要了"))
    with store.reading() as work:
        assert [turn.text for turn in work.conversations.get("c-1").turns] == ["您好", "多少钱"]


def test_a_better_masker_is_no_change_of_the_conversation(store: Store, conversation):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1", "您好", "我叫王小明"))
        masked = work.conversations.add(conversation("c-1", "您好", "我叫●●●"))
    assert masked.arrival is Arrival.UNCHANGED


def test_a_changed_outcome_is_an_update_with_history(store: Store, clock, conversation):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1", outcome={"converted": False}, agent={"id": "A1", "team": "一组"}))
    clock.step(60)
    with store.unit_of_work() as work:
        again = work.conversations.add(
            conversation("c-1", outcome={"converted": True}, agent={"id": "A1", "team": "一组", "shift": "晚班"})
        )
        assert (again.arrival, again.analyse) == (Arrival.UPDATED, False)
        stored = work.conversations.get("c-1")
        assert (stored.outcome.converted, stored.agent.shift) == (True, "晚班")
        (change,) = work.conversations.history("c-1")
    assert change.at == clock.now
    assert change.changes["outcome"] == [{"converted": False}, {"converted": True}]
    assert set(change.changes) == {"outcome", "agent"}


def test_an_agent_who_moved_leaves_no_part_of_the_old_path(store: Store, conversation):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1", agent={"id": "A1", "org": ["总部", "一组"], "shift": "晚班"}))
        work.conversations.add(conversation("c-1", agent={"team": "二组"}))
        line, agent = work.conversations.listed("c-1"), work.conversations.get("c-1").agent
    assert (line.org, line.team, line.agent_id, agent.shift) == (("二组",), "二组", "A1", "晚班")


def test_what_an_update_leaves_out_stays(store: Store, conversation):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1", outcome={"converted": True}, tags={"lead_source": "抖音"}))
        assert work.conversations.add(conversation("c-1")).arrival is Arrival.UNCHANGED
        assert work.conversations.get("c-1").outcome.converted is True


MAY_CHANGE_THE_SOP = (
    {"product": "少儿编程"},
    {"tags": {"lead_source": "抖音"}},
    {"stage": "presale"},
    {"agent": {"team": "二组"}},
    {"started_at": "2026-10-08T19:32:00+08:00"},
)


@pytest.mark.parametrize("field", MAY_CHANGE_THE_SOP, ids=[next(iter(field)) for field in MAY_CHANGE_THE_SOP])
def test_an_update_that_may_change_the_sop_asks_for_an_analysis(store: Store, conversation, field):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1"))
        assert work.conversations.add(conversation("c-1", **field)).analyse


def test_a_conversation_never_moves_to_another_customer(store: Store, conversation):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1"))
        assert work.conversations.add(conversation("c-1", customer={"id": "U1"})).arrival is Arrival.UPDATED
        with pytest.raises(Conflict, match="another customer"):
            work.conversations.add(conversation("c-1", customer={"id": "U2"}))


def test_in_a_batch_a_conflict_stops_no_neighbour(store: Store, conversation):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-2", "您好", "甲"))
        batch = [conversation(f"c-{n}", "您好", "乙") for n in (1, 2, 3, 3)] + [
            replace(conversation("c"), id="x" * 600)
        ]
        added = work.conversations.add_many(batch)
    assert [one.arrival.value for one in added] == ["new", "conflict", "new", "unchanged", "refused"]
    assert "600 characters" in (added[4].reason or "")
    with store.reading() as work:
        assert [one.id for one in work.conversations.stream(ConversationFilter())] == ["c-1", "c-2", "c-3"]
    with pytest.raises(InvalidConversation), store.unit_of_work() as work:
        work.conversations.add(replace(conversation("c"), id="x" * 600))


def test_pages_show_each_conversation_once_while_others_arrive(store: Store, conversation):
    days = [f"2026-10-{day:02d}T10:00:00+08:00" for day in range(1, 8)]
    with store.unit_of_work() as work:
        work.conversations.add_many([conversation(f"c-{at}", started_at=at) for at in days])
        work.conversations.add_many([conversation(f"twin-{n}", started_at=days[3]) for n in range(3)])
    seen, cursor = [], None
    while True:
        with store.reading() as work:
            page = work.conversations.page(ConversationFilter(), limit=3, cursor=cursor)
        with store.unit_of_work() as work:
            work.conversations.add(conversation(f"late-{cursor}", started_at="2026-10-30T10:00:00+08:00"))
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [one for one in seen if one.startswith("c-")] == [f"c-{at}" for at in reversed(days)]
    assert len(seen) == len(set(seen)) == 10


@pytest.mark.parametrize("cursor", ["", "x", "bm9uc2Vuc2U", "WzEsMl0", TOO_FAR])
def test_a_foreign_cursor_is_refused(store: Store, cursor):
    with store.reading() as work, pytest.raises(InvalidInput, match="cursor"):
        work.conversations.page(ConversationFilter(), cursor=cursor)


def test_days_and_weeks_are_those_of_the_deployment(store: Store, conversation):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("sunday", started_at="2026-10-04T23:30:00+08:00"))
        work.conversations.add(conversation("monday", started_at="2026-10-04T16:30:00+00:00"))
        work.conversations.add(conversation("undated"))
    with store.reading() as work:
        assert work.conversations.listed("sunday").week == "2026-W40"
        assert work.conversations.listed("monday").week == "2026-W41"

        def ids(**wanted):
            return [one.id for one in work.conversations.stream(ConversationFilter(**wanted))]

        assert ids(week="2026-W41") == ["monday"]
        assert ids(day_to=date(2026, 10, 4)) == ["sunday"]
        assert ids(day_from=date(2026, 10, 5)) == ["monday"]
        assert ids() == ["monday", "sunday", "undated"]


def test_a_scope_is_a_branch_and_not_a_longer_name(store: Store, conversation):
    places = {
        "a": ["总部", "一部", "甲组"],
        "b": ["总部", "一部"],
        "c": ["总部", "一部二区"],
        "d": ["总部/一部"],
        "e": [],
    }
    with store.unit_of_work() as work:
        for one_id, org in places.items():
            work.conversations.add(conversation(one_id, agent={"id": f"A-{one_id}", "org": org}))
    with store.reading() as work:

        def ids(scope):
            return [one.id for one in work.conversations.stream(ConversationFilter(scope=scope))]

        assert ids(Scope(org=("总部", "一部"), whole=False)) == ["a", "b"]
        assert ids(Scope(org=("总部",), whole=False)) == ["a", "b", "c"]
        assert ids(Scope(whole=False)) == []
        assert ids(Scope(agent_id="A-c", whole=False)) == ["c"]
        assert ids(Scope(agent_id="", whole=False)) == []
        within = ConversationFilter(scope=Scope(org=("总部", "一部"), whole=False), within=("总部", "一部", "甲组"))
        assert [one.id for one in work.conversations.stream(within)] == ["a"]
        assert work.conversations.listed("a").org == ("总部", "一部", "甲组")


def test_a_reading_transaction_refuses_to_write(store: Store, conversation):
    with pytest.raises((OperationalError, InternalError), match="read"), store.reading() as work:
        work.conversations.add(conversation("c-1"))
    with store.reading() as work:
        assert work.conversations.find("c-1") is None


def test_an_error_rolls_everything_back(store: Store, conversation):
    with pytest.raises(ZeroDivisionError), store.unit_of_work() as work:
        work.conversations.add(conversation("c-1"))
        raise ZeroDivisionError
    with store.reading() as work:
        assert work.conversations.find("c-1") is None
