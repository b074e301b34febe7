"""Steps as a course through a conversation."""

import numpy as np

from models.alignment import FAR, Alignment, course_log_odds
from training.fit_alignment import align_held_out, fit_alignment

ONE_ON = np.where(np.arange(-FAR, FAR + 1) == 1, 1.5, -1.0)
DOUBT, SURE, NOT = 0.0, 5.0, -5.0


def test_a_doubtful_step_is_likelier_where_the_course_expects_it() -> None:
    in_order = np.array([[SURE, NOT, NOT], [NOT, DOUBT, NOT], [NOT, NOT, SURE]])
    out_of_order = in_order[[1, 0, 2]]
    there = course_log_odds(in_order, ONE_ON)[1, 1]
    elsewhere = course_log_odds(out_of_order, ONE_ON)[0, 1]
    assert there > elsewhere + 1.0


def test_a_turn_is_not_its_own_evidence() -> None:
    own = np.array([[SURE, NOT, NOT], [NOT, DOUBT, NOT], [NOT, NOT, SURE]])
    changed = own.copy()
    changed[1] = [NOT, SURE, NOT]
    assert np.allclose(course_log_odds(own, ONE_ON)[1], course_log_odds(changed, ONE_ON)[1])


def test_a_step_takes_nothing_from_a_turn_that_does_two() -> None:
    both = np.array([[SURE, SURE, NOT], [NOT, NOT, SURE]])
    aligned = Alignment(ONE_ON, np.array([1.0, 0.5, 0.0])).log_odds(both)
    assert (aligned[0, :2] > 2.0).all()


def test_long_conversations_and_certain_turns_stay_finite() -> None:
    own = np.random.default_rng(0).normal(scale=40.0, size=(3000, 12))
    assert np.isfinite(course_log_odds(own, ONE_ON)).all()


def test_the_course_is_learnt_from_what_follows_what() -> None:
    random = np.random.default_rng(0)
    truth = [np.eye(4) for _ in range(30)]
    own = [4.0 * (part - 0.5) + random.normal(scale=2.0, size=part.shape) for part in truth]
    fitted = fit_alignment(own, truth)
    assert fitted.course.argmax() == FAR + 1
    assert fitted.weights[1] > 0.1


def test_what_is_held_out_is_aligned_by_what_never_saw_it() -> None:
    truth = [np.eye(3) for _ in range(12)]
    given = [np.clip(part * 0.7 + 0.1, 0.05, 0.95) for part in truth]
    aligned = align_held_out(given, truth, [f"sop-{index % 3}" for index in range(12)])
    assert all(part.shape == (3, 3) for part in aligned)
    assert not np.allclose(aligned[0], given[0])
    assert align_held_out(given, truth, ["one"] * 12)[0] is given[0]
