"""Evidence that stays valid under looking: its size, its interval, and families of figures."""

from math import inf, isinf

import numpy as np
import pytest

from qa_service.effects.before_after.always_valid import discoveries, evidence, half_width


@pytest.mark.parametrize("degrees", [6.0, 40.0, 1e6])
def test_the_interval_ends_where_the_evidence_reaches_its_limit(degrees: float) -> None:
    half = half_width(0.01, degrees, 0.05, 0.05)
    assert evidence(half, 0.01, degrees, 0.05) == pytest.approx(20, rel=1e-6)
    assert evidence(half * 1.01, 0.01, degrees, 0.05) > 20


def test_few_clusters_cost_width_and_none_tell_nothing() -> None:
    halves = [half_width(0.01, degrees, 0.05, 0.05) for degrees in (4, 10, 40, 1000)]
    assert halves == sorted(halves, reverse=True)
    assert isinf(half_width(0.05, 3, 0.05, 0.05)) and half_width(0.0, 10, 0.05, 0.05) == inf
    assert evidence(0.1, 0.0, 10, 0.05) == 0


def test_looking_after_each_of_a_thousand_seldom_crosses_by_chance() -> None:
    rng = np.random.default_rng(7)
    crossed = 0
    for _ in range(300):
        n = np.arange(10, 1001)
        means = np.cumsum(rng.normal(0, 1, 1000))[9:] / n
        crossed += any(evidence(m, 1 / k**0.5, 1e6, 0.1) > 20 for m, k in zip(means, n, strict=True))
    assert crossed <= 20


def test_a_family_asks_for_more_the_more_is_looked_at() -> None:
    assert discoveries([25, None], 0.05) == [True, False]
    assert discoveries([25, 1, 1, 1], 0.05) == [False] * 4
    assert discoveries([90, 1, 45, 1], 0.05) == [True, False, True, False]
    assert discoveries([None], 0.05) == [False]
