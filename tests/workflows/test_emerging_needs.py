import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from qa_service.domain.judged import JudgedConversation
from qa_service.domain.stored_topic import Exemplar, Memory, StoredTopic
from qa_service.domain.topic import TopicEventKind, TopicWeek
from qa_service.errors import InvalidInput
from qa_service.store import Store
from qa_service.workflows.emerging_needs import (
    KeptWeeks,
    Listened,
    emerged,
    read_weeks,
    tell_emerging,
    write_weeks,
)
from qa_service.workflows.update_topics import update_topics
from tests.judged_cases import CHINA, Case, judged

MONDAY = date(2026, 6, 1)
OLD, NEW = "一年学费多少钱", "孩子戴牙套能上口语课吗"


def week_of(number: int, *, news: int = 0, size: int = 40) -> list[JudgedConversation]:
    day = MONDAY + timedelta(weeks=number)
    return [
        judged(
            Case(
                id=f"w{number}-{place:02d}",
                day=day + timedelta(days=place % 5),
                agent=f"A{place % 9}",
                customer=f"U{number}-{place}",
                needs=[(NEW if place < news else OLD, "question", None)],
            )
        )
        for place in range(size)
    ]


def topics_file(folder: Path, pairs: list[JudgedConversation]) -> Path:
    """Topics as the command writes them: t-new and t-old."""
    members: dict[str, list[dict[str, object]]] = {"t-new": [], "t-old": []}
    for pair in pairs:
        for need in pair.analysis.needs:
            members["t-new" if need.text == NEW else "t-old"].append({"conversation_id": pair.id, "turn": 0})
    path = folder / "topics.jsonl"
    lines = [json.dumps({"topic_id": topic, "members": mine}) for topic, mine in members.items()]
    path.write_text("\n".join(lines), "utf-8")
    return path


def run(kept: KeptWeeks, folder: Path, pairs: list[JudgedConversation], number: int) -> tuple[KeptWeeks, list[str]]:
    listened = Listened(MONDAY + timedelta(weeks=number, days=6), CHINA)
    assert list(listened.noting(pairs)) == pairs
    kept, events = emerged(kept, listened.weeks(topics_file(folder, pairs)), Memory(), at=listened.as_of)
    return kept, [event.topic_id for event in events]


def test_week_by_week_a_new_topic_is_told_once(tmp_path: Path) -> None:
    kept, told = KeptWeeks(), []
    for number in range(8):
        kept, events = run(kept, tmp_path, week_of(number, news=9 if number >= 5 else 0), number)
        write_weeks(tmp_path, kept)
        kept = read_weeks(tmp_path)
        told.append(events)
    assert [events for events in told if events] == [["t-new"]]
    assert told.index(["t-new"]) in (5, 6)


def test_all_weeks_in_one_run_give_the_same(tmp_path: Path) -> None:
    pairs = [pair for number in range(7) for pair in week_of(number, news=9 if number >= 5 else 0)]
    assert run(KeptWeeks(), tmp_path, pairs, 6)[1] == ["t-new"]


def test_a_week_heard_again_counts_once(tmp_path: Path) -> None:
    kept, _ = run(KeptWeeks(), tmp_path, week_of(0), 0)
    again, _ = run(kept, tmp_path, week_of(0), 0)
    assert again.weeks == kept.weeks
    assert {one.conversations_heard for one in again.weeks} == {40}


def test_weeks_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weeks.json").write_text('{"format": 1, "weeks": [{"week": 3}], "told": {}}', "utf-8")
    with pytest.raises(InvalidInput, match="move it away"):
        read_weeks(tmp_path)


def test_merged_topics_are_one_by_now() -> None:
    weeks = [TopicWeek(name, "2026-W30", 5, 5, 5, 3, 50, 50) for name in ("t-a", "t-b")]
    day = MONDAY.isoformat()
    topics = tuple(
        StoredTopic(name, name, (), (Exemplar(name),), day, day, into=into)
        for name, into in (("t-a", "t-b"), ("t-b", None))
    )
    kept, _ = emerged(KeptWeeks(tuple(weeks)), [], Memory(topics), at=MONDAY)
    assert [(one.topic_id, one.customers, one.customers_heard) for one in kept.weeks] == [("t-b", 10, 50)]


def test_stored_topics_that_emerge_become_events(store: Store) -> None:
    with store.unit_of_work() as work:
        for number in range(7):
            for pair in week_of(number, news=9 if number >= 5 else 0):
                work.conversations.add(pair.conversation)
                one = work.conversations.numbered(pair.id)
                work.analyses.add(pair.analysis, number=one.number, turns_digest=one.digest, sop_digest=None)
    at = MONDAY + timedelta(weeks=6, days=6)
    events = [event for event in update_topics(store, at=at) if event.kind is TopicEventKind.EMERGING]
    assert len(events) == 1
    with store.unit_of_work() as work:
        label = {topic.id: topic.exemplars[0].text for topic in work.topics.all()}[events[0].topic_id]
        assert label == NEW
        assert tell_emerging(work, at=at) == []
