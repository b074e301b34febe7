import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qa_service.aggregate.needs import group_statements
from qa_service.domain.stored_topic import Memory
from qa_service.domain.topic import Statement, Topic, TopicEventKind
from qa_service.errors import InvalidInput
from qa_service.workflows.group_needs import group_needs, read_state, without_conversations, write_state
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.write_topics import write_events, write_topics_of
from tests.judged_cases import Case, judged

BOUNDS = load_insight().needs
PRICE = ("一共多少钱", "学费怎么收", "你们收费贵不贵", "价格是多少", "二十四节多少钱")
TIME = ("周六几点上课", "周末上课是几点", "周日几点有课", "周几上课呀")
EYES = ("孩子近视能上吗", "他眼睛近视了怎么办", "对着屏幕眼睛受得了吗", "近视两百度了")


def statements(texts: Sequence[str], prefix: str = "c") -> list[Statement]:
    return [Statement(f"{prefix}{n:03d}", 3, text, "question", "answered") for n, text in enumerate(texts)]


def topic_of(topics: Sequence[Topic], text: str) -> Topic:
    return next(topic for topic in topics if text in {member.text for member in topic.members})


def test_statements_of_one_need_are_one_topic_and_those_of_two_are_two() -> None:
    topics = group_statements(statements([*PRICE, *TIME, *EYES]), BOUNDS).topics
    for family in (PRICE, TIME, EYES):
        home = topic_of(topics, family[0])
        assert len({member.text for member in home.members} & set(family)) >= len(family) - 2
        assert {member.text for member in home.members} <= set(family)
    assert topic_of(topics, PRICE[0]) != topic_of(topics, TIME[0])


def test_a_topic_is_named_as_people_call_it() -> None:
    topics = group_statements(statements([*PRICE, *TIME, *EYES]), BOUNDS).topics
    assert [topic_of(topics, family[0]).label for family in (PRICE, TIME)] == ["价格", "上课时间"]


def test_a_need_without_a_name_is_called_by_the_phrase_its_customers_share() -> None:
    said = ["宿舍有空调吗", "宿舍里面装空调没有", "有没有宿舍空调", "宿舍空调要另外交钱不"]
    topic = group_statements(statements(said), replace(BOUNDS, names={})).topics[0]
    assert "空调" in topic.label
    assert set(topic.quotes) <= set(said)


def test_a_need_that_recurs_nowhere_fits_no_topic() -> None:
    grouping = group_statements(statements([*PRICE, "我想让他参加朗诵比赛"]), BOUNDS)
    assert [statement.text for statement in grouping.unassigned] == ["我想让他参加朗诵比赛"]


def test_the_same_words_in_two_conversations_are_a_topic_even_alone() -> None:
    grouping = group_statements(statements(["能开收据吗", "能开收据吗？"]), BOUNDS)
    assert [len(topic.members) for topic in grouping.topics] == [2]


def test_one_customer_repeating_one_thing_is_no_topic() -> None:
    said = [Statement("c1", turn, "能开收据吗", "question") for turn in (1, 3, 5)]
    assert group_statements(said, BOUNDS).topics == ()


def test_order_changes_nothing() -> None:
    said = statements([*PRICE, *TIME, *EYES])
    assert group_statements(said[::-1], BOUNDS) == group_statements(said, BOUNDS)


def test_no_statement_is_lost_or_doubled() -> None:
    said = statements([*PRICE, *TIME, *EYES, "嗯嗯", "朗诵比赛"] * 2)
    grouping = group_statements(said, BOUNDS)
    members = [member for topic in grouping.topics for member in topic.members]
    assert sorted([*members, *grouping.unassigned], key=repr) == sorted(said, key=repr)


def test_many_statements_are_gathered_first_and_grouped_alike() -> None:
    said = statements([f"{text}{suffix}" for text in (*PRICE, *TIME, *EYES) for suffix in ("", "呢", "啊", "老师")])
    topics = group_statements(said, replace(BOUNDS, exact_up_to=20)).topics
    assert topic_of(topics, PRICE[0]) != topic_of(topics, EYES[0])


def lived(memory: Memory, texts: Sequence[str], at: date) -> tuple[Memory, list[str]]:
    needs = group_needs(needy(texts), as_of=at, memory=memory)
    return needs.memory, [event.kind.value for event in needs.events]


def test_topics_keep_their_ids_and_later_words_join_them() -> None:
    stored, events = lived(Memory(), [*PRICE[:3], *EYES], date(2026, 9, 7))
    assert events == ["born"] * len(stored.topics)
    later, events = lived(stored, [PRICE[0], PRICE[2], EYES[1]], date(2026, 9, 14))
    assert events == []
    assert {topic.id for topic in later.topics} == {topic.id for topic in stored.topics}


def test_a_topic_that_nobody_names_falls_asleep_and_wakes_up() -> None:
    stored, _ = lived(Memory(), [*PRICE, *EYES], date(2026, 8, 3))
    stored, events = lived(stored, PRICE, date(2026, 9, 7))
    assert set(events) == {TopicEventKind.DORMANT}
    stored, events = lived(stored, PRICE, date(2026, 9, 14))
    assert events == []
    stored, events = lived(stored, [*PRICE, *EYES], date(2026, 9, 21))
    assert set(events) == {TopicEventKind.REVIVED}


def test_the_same_run_again_changes_no_identity() -> None:
    stored, _ = lived(Memory(), [*PRICE, *EYES], date(2026, 9, 7))
    again, events = lived(stored, [*PRICE, *EYES], date(2026, 9, 7))
    assert (again, events) == (stored, [])


def needy(texts: Sequence[str]) -> list:
    return [judged(Case(id=f"c{n}", day=date(2026, 9, 21), needs=[(t, "question", None)])) for n, t in enumerate(texts)]


def test_a_topics_file_ends_with_what_fits_nowhere(tmp_path: Path) -> None:
    said = [*PRICE, "朗诵比赛"]
    written = write_topics_of(needy(said), tmp_path / "topics.jsonl", as_of=date(2026, 9, 28))
    write_events(written.events, tmp_path / "events.jsonl")
    topics = [json.loads(line) for line in (tmp_path / "topics.jsonl").read_text("utf-8").splitlines()]
    assert {"topic_id", "label", "size", "keywords", "members"} <= set(topics[0])
    assert topics[-1]["topic_id"] is None and topics[-1]["members"][0]["text"] == "朗诵比赛"
    event = json.loads((tmp_path / "events.jsonl").read_text("utf-8").splitlines()[0])
    assert (event["kind"], event["at"], event["n"]) == ("born", "2026-09-28", topics[0]["size"])
    assert event["ci_low"] < event["share"] < event["ci_high"]


def test_state_is_kept_between_runs_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    first = group_needs(needy(PRICE), as_of=date(2026, 9, 21))
    write_state(tmp_path, first.memory)
    second = group_needs(needy(PRICE[:2]), as_of=date(2026, 9, 28), memory=read_state(tmp_path))
    assert [topic.id for topic in second.grouping.topics] == [topic.id for topic in first.grouping.topics][:1]
    (tmp_path / "topics.json").write_text("{}", "utf-8")
    with pytest.raises(InvalidInput, match=r"topics\.json"):
        read_state(tmp_path)


def test_analyses_alone_are_enough_for_topics() -> None:
    analyses = [pair.analysis for pair in needy(PRICE)]
    needs = group_needs(without_conversations(analyses), as_of=date(2026, 9, 21))
    assert needs.n_conversations == 5 and needs.grouping.topics
