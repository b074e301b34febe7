import pytest

from qa_service.domain.change import ChangeBounds, Direction, judge_changes
from qa_service.domain.comparison import difference, false_discovery
from qa_service.domain.metrics import rate

BOUNDS = ChangeBounds(fewest=15, significant_q=0.10, widest_half=0.10)


def test_the_interval_of_a_difference_is_newcombes() -> None:
    # Newcombe 1998, table II, example (a): 56/70 against 48/80.
    found = difference(rate(56, 70), rate(48, 80))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-4)


def test_few_occurrences_are_tested_exactly() -> None:
    # Fisher's test gives 0.0027 here, its mid-p version less; the score test would give 0.0003.
    assert difference(rate(6, 18), rate(3, 65)).p_value == pytest.approx(0.0014, abs=3e-4)


def test_nothing_is_known_of_an_empty_side() -> None:
    found = difference(rate(0, 0), rate(3, 9))
    assert (found.value, found.low, found.high, found.p_value) == (None, -1.0, 1.0, None)


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    assert false_discovery([0.01, 0.04, None, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, None, 0.16 / 3, 0.5])


@pytest.mark.parametrize(
    ("now", "before", "direction"),
    [
        ((40, 100), (10, 100), Direction.HIGHER),
        ((10, 100), (40, 100), Direction.LOWER),
        ((100, 1000), (101, 1000), Direction.NO_CLEAR_CHANGE),
        ((2, 18), (4, 65), Direction.NOT_ENOUGH_DATA),
        ((14, 14), (0, 100), Direction.NOT_ENOUGH_DATA),
    ],
)
def test_what_may_be_said_of_a_change(now: tuple[int, int], before: tuple[int, int], direction: Direction) -> None:
    assert judge_changes([(rate(*now), rate(*before))], BOUNDS)[0].direction is direction


def test_a_change_that_is_one_of_many_needs_more_evidence() -> None:
    alone, among = (rate(18, 100), rate(9, 100)), (rate(10, 100), rate(10, 100))
    assert judge_changes([alone], BOUNDS)[0].direction is Direction.HIGHER
    assert judge_changes([alone] + [among] * 30, BOUNDS)[0].direction is not Direction.HIGHER
