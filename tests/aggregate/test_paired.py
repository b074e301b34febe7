import math

import pytest

from qa_service.aggregate.evaluation import Comparison, differences, summed
from qa_service.aggregate.evaluation.paired import STEP_LOSS


def comparison(found: float, *, p_done: float = 0.5, steps: int = 10, error: float = 0.0) -> Comparison:
    """Ten steps, five of them missed; of these so many were found."""
    one = Comparison()
    one.counts |= {"steps": steps, "missed.tp": found, "missed.fn": 5 - found, "score.n": 1, "score.error": error}
    one.step_probabilities = [("sop/a", p_done, True), ("sop/b", 1 - p_done, False)]
    return one


def test_a_release_beside_itself_shows_no_difference() -> None:
    same = [comparison(found) for found in (1, 3, 5, 2)]
    for one in differences(same, same):
        assert (one.difference, one.low, one.high) == (0, 0, 0)
        assert not one.better and not one.worse


def test_what_rises_everywhere_is_better_though_conversations_differ_much() -> None:
    before, after = [comparison(n) for n in (0, 1, 3, 4)], [comparison(n + 1) for n in (0, 1, 3, 4)]
    found = {one.name: one for one in differences(before, after)}
    assert found["missed_f1"].better and not found["missed_f1"].worse
    assert found["missed_f1"].before.high > found["missed_f1"].after.low, (
        "the intervals overlap, the paired one is clear"
    )
    back = {one.name: one for one in differences(after, before)}
    assert back["missed_f1"].worse


def test_losses_and_errors_are_better_when_they_fall() -> None:
    before, after = [comparison(2, p_done=0.5, error=9)] * 4, [comparison(2, p_done=0.8, error=4)] * 4
    found = {one.name: one for one in differences(before, after)}
    assert found[STEP_LOSS].before.value == pytest.approx(math.log(2))
    assert found[STEP_LOSS].after.value == pytest.approx(-math.log(0.8))
    assert found[STEP_LOSS].after.n == 8
    assert found[STEP_LOSS].better and found["score_mae"].better
    assert {one.name for one in differences(after, before) if one.worse} == {STEP_LOSS, "score_mae"}


def test_certain_and_wrong_costs_much_but_not_everything() -> None:
    (loss, *_) = differences([comparison(2, p_done=0.0)] * 2, [comparison(2, p_done=1.0)] * 2)
    assert loss.before.value == pytest.approx(-math.log(1e-4))


def test_what_cannot_be_measured_decides_nothing() -> None:
    empty = [Comparison(), Comparison()]
    for one in empty:
        one.counts["steps"] = 0
    assert not [one for one in differences(empty, empty) if one.better or one.worse]


def test_draws_of_one_conversation_count_as_one() -> None:
    total = summed([comparison(1), comparison(3)])
    assert total.counts["missed.tp"] == 4
    assert len(total.step_probabilities) == 4
