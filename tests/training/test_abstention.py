"""From what confidence on verdicts stand without a person."""

import numpy as np
import pytest

from training.abstention import decided, of_findings, of_verdicts, upper_share


def test_the_bound_keeps_what_it_promises() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1.0, 4000)
    right = random.random(4000) < confidence
    bound = decided(confidence, right)
    assert bound is not None
    assert bound.wrong <= bound.wrong_at_most <= 0.05
    assert 0.85 <= bound.bound <= 0.95
    below = confidence >= bound.bound - 0.02
    assert upper_share(int((below & ~right).sum()), int(below.sum())) > 0.05


def test_no_bound_is_an_answer_when_even_the_surest_are_often_wrong() -> None:
    confidence = np.linspace(0.5, 1.0, 200)
    assert decided(confidence, np.arange(200) % 4 > 0) is None


def test_a_handful_of_right_verdicts_proves_nothing() -> None:
    assert decided(np.full(20, 0.99), np.full(20, True)) is None
    assert upper_share(0, 59) == pytest.approx(0.0495, abs=0.001)


def test_a_sure_no_is_a_decision_but_not_a_finding() -> None:
    probability, holds = np.array([0.01] * 300 + [0.9] * 10), np.array([False] * 310)
    assert of_verdicts(probability[:300], holds[:300]) is not None
    assert of_findings(probability, holds, found_from=0.4) is None
