"""Shares and means pulled towards the whole: honest where data are few."""

import random

import numpy as np
import pytest

from qa_service.aggregate.means import Moments
from qa_service.aggregate.shrinkage import as_rate, gap_to, prior_of, product, shrunken, shrunken_means
from qa_service.domain.coaching import Estimate
from qa_service.domain.metrics import rate


def test_an_agent_with_few_occasions_stands_near_the_whole() -> None:
    rates = [rate(40, 50), rate(38, 50), rate(42, 50), rate(41, 50), rate(39, 50), rate(0, 2)]
    few = shrunken(rates[-1], prior_of(rates))
    assert few.value > 0.6 and few.low < 0.78 < few.high


def test_agents_who_really_differ_are_left_apart() -> None:
    rates = [rate(k, 200) for k in (20, 60, 100, 140, 180, 40)]
    prior = prior_of(rates)
    assert prior.strength < 12
    assert shrunken(rates[0], prior).value == pytest.approx(0.1, abs=0.02)


def test_agents_who_do_not_differ_are_not_told_apart() -> None:
    dice = random.Random(5)
    rates = [rate(sum(dice.random() < 0.5 for _ in range(20)), 20) for _ in range(30)]
    prior = prior_of(rates)
    lowest = min(rates, key=lambda one: one.k)
    assert gap_to(shrunken(lowest, prior), rate(300, 600)).high > 0


@pytest.mark.parametrize("agents", [5, 20])
def test_intervals_of_shrunken_shares_cover_the_truth(agents: int) -> None:
    """Agents' shares are drawn; nineteen in twenty intervals hold them."""
    dice = np.random.default_rng(3)
    held = total = 0
    for _ in range(4000 // agents):
        truths, sizes = dice.beta(8, 4, agents), dice.integers(4, 60, agents)
        rates = [rate(int(k), int(n)) for k, n in zip(dice.binomial(sizes, truths), sizes, strict=True)]
        prior = prior_of(rates)
        estimates = [shrunken(one, prior) for one in rates]
        held += sum(one.low <= truth <= one.high for one, truth in zip(estimates, truths, strict=True))
        total += agents
    assert held / total >= 0.93


def test_a_share_told_as_occasions_says_as_much() -> None:
    pulled = shrunken(rate(30, 100), prior_of([rate(30, 100), rate(35, 100)]))
    same = as_rate(pulled)
    assert same.value == pytest.approx(pulled.value, abs=1e-9)
    assert same.high - same.low == pytest.approx(pulled.high - pulled.low, rel=0.1)


def test_a_product_is_no_surer_than_its_parts() -> None:
    made = product(Estimate(0.3, 0.2, 0.4), Estimate(0.06, 0.02, 0.10))
    assert made.value == pytest.approx(0.018)
    assert 0 < made.low < made.value < made.high


def test_means_of_few_scores_are_pulled_and_single_ones_say_nothing() -> None:
    def mean(*values: float):
        moments = Moments()
        for value in values:
            moments.add(value)
        return moments.mean()

    many = [mean(*([80 + n, 78 + n, 82 + n] * 20)) for n in range(4)]
    few, one = shrunken_means([*many, mean(40.0, 90.0), mean(10.0)])[-2:]
    assert few is not None and abs(few.value - 81.5) < abs(65 - 81.5)
    assert one is None
