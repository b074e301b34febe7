"""How a change is tried, and how surely an effect is too small to matter."""

import pytest

from qa_service.suggest.equivalence import within
from qa_service.suggest.plan import Aim, sample_size
from qa_service.workflows.load_insight import load_insight

BOUNDS = load_insight().suggest
NULL = [(0.004, 0.008), (-0.006, 0.008), (0.001, 0.009), (-0.003, 0.008), (0.008, 0.008), (0.002, 0.01)]


@pytest.mark.parametrize(("base", "expected", "about"), [(0.10, 0.01, 14_700), (0.05, -0.01, 6_700)])
def test_a_trial_is_as_large_as_the_literature_says(base: float, expected: float, about: int) -> None:
    assert sample_size(base, Aim("converted", expected), BOUNDS) == pytest.approx(about, rel=0.02)


def test_to_show_that_nothing_changes_takes_more_conversations_than_to_show_a_change() -> None:
    different = sample_size(0.2, Aim("converted", 0.02), BOUNDS)
    assert sample_size(0.2, Aim("converted", 0.02, equal=True), BOUNDS) > different


def test_among_steps_without_effect_a_small_estimate_is_one_more_of_them() -> None:
    assert within(0.02, (0.013, 0.008), [*NULL, (0.013, 0.008)]) > 0.9


def test_a_large_effect_is_never_taken_for_none() -> None:
    assert within(0.02, (0.06, 0.012), [*NULL, (0.06, 0.012)]) < 0.05


def test_among_steps_that_matter_a_small_estimate_tells_less() -> None:
    matter = [(0.05, 0.008), (-0.06, 0.008), (0.07, 0.008), (0.045, 0.009), (-0.05, 0.008)]
    assert within(0.02, (0.013, 0.008), [*matter, (0.013, 0.008)]) < within(
        0.02, (0.013, 0.008), [*NULL, (0.013, 0.008)]
    )


def test_an_estimate_that_tells_nothing_shows_nothing() -> None:
    assert within(0.02, (0.0, 0.2), [(0.0, 0.2)]) < 0.9
