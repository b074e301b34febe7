from math import comb

import pytest

from qa_service.aggregate.emergence import emerging_topics, evidence_of_growth, judge_emergence, swing
from qa_service.domain.emergence import Course, Emergence
from qa_service.domain.topic import TopicWeek
from qa_service.workflows.load_insight import load_insight
from tests.aggregate.planted_counts import alarms, found_by_second_week

BOUNDS = load_insight().voice.emergence
SIZES = (2000,) * 8


def judged(counts: tuple[int, ...], *, customers: int = 20, agents: int = 10, others: int = 20) -> Emergence:
    """One course among steady ones."""
    steady = Course((40,) * len(counts), SIZES[: len(counts)], 160, 20)
    return judge_emergence([Course(counts, SIZES[: len(counts)], customers, agents), *[steady] * others], BOUNDS)[0]


def test_what_nobody_said_before_is_emerging_and_since_when() -> None:
    found = judged((0, 0, 0, 0, 0, 0, 9, 11))
    assert (found.emerging, found.since) == (True, 2)


def test_what_was_always_said_is_not_emerging() -> None:
    assert not judged((40, 42, 38, 41, 40, 39, 44, 46)).emerging


def test_ordinary_growth_is_no_news() -> None:
    assert not judged((40, 40, 40, 40, 40, 40, 52, 56)).emerging


@pytest.mark.parametrize(("customers", "agents"), [(2, 10), (20, 1)])
def test_one_customer_or_one_agent_is_no_news(customers: int, agents: int) -> None:
    assert not judged((0, 0, 0, 0, 0, 0, 9, 11), customers=customers, agents=agents).emerging


def test_without_weeks_before_nobody_can_tell() -> None:
    assert not judged((12,)).emerging


def test_the_evidence_is_one_on_average_where_growth_is_ordinary() -> None:
    # All ways in which 12 statements can fall into the last of five weeks, at the fastest ordinary growth.
    growth, total = 1.5, 12
    share = growth / (growth + 4)
    mean = 0.0
    for last in range(total + 1):
        chance = comb(total, last) * share**last * (1 - share) ** (total - last)
        rest = [(total - last) // 4] * 3
        counts = [total - last - sum(rest), *rest, last]
        mean += chance * evidence_of_growth(counts, [100] * 5, growth=growth, recent_weeks=1)
    assert mean == pytest.approx(1.0)


def test_swings_beyond_chance_are_measured() -> None:
    steady = [Course((100, 104, 97, 99), SIZES[:4], 9, 9)] * 6
    swinging = [Course((60, 140, 70, 130), SIZES[:4], 9, 9)] * 6
    assert swing(steady) == 0.0
    assert swing(swinging) == pytest.approx(0.34, abs=0.05)


def test_topic_weeks_are_judged_as_courses() -> None:
    def week(topic: str | None, number: int, count: int) -> TopicWeek:
        return TopicWeek(topic, f"2026-W{number}", count, count, count, min(count, 9), 2000, 2000)

    weeks = [week("new", number, 10) for number in (16, 17)] + [week("old", number, 30) for number in range(10, 18)]
    found = emerging_topics([*weeks, week(None, 10, 5)], BOUNDS)
    assert {name: one.emerging for name, one in found.items()} == {"new": True, "old": False}


def test_a_planted_topic_is_found_by_the_end_of_its_second_week_and_false_alarms_are_rare() -> None:
    runs = range(60)
    assert sum(found_by_second_week(seed, before=4) for seed in runs) >= 0.9 * len(runs)
    assert sum(sum(alarms(seed, before=4)) <= 1 for seed in runs) >= 0.9 * len(runs)
