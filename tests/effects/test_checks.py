from dataclasses import replace

import numpy as np
import pytest

from qa_service.domain.effect import EffectChecks, Grade
from qa_service.effects import effects_of
from qa_service.effects.checks import e_value, graded, shrunk
from qa_service.effects.sample_size import customers_needed, sample_size
from qa_service.workflows.load_insight import load_insight
from tests.effects.planted import World, contacts_of, draw, simulate
from tests.effects.test_verdicts import effect

BOUNDS = load_insight().effects


def test_an_e_value_says_how_strong_the_unknown_must_be() -> None:
    # VanderWeele and Ding 2017: a ratio of 3.9 needs 7.26.
    assert e_value(0.1, 0.29) == pytest.approx(7.26, abs=0.01)
    assert e_value(0.39, -0.29) == pytest.approx(7.26, abs=0.01)
    assert e_value(0.2, 0.0) == 1.0
    assert e_value(0.2, -0.2) is None


def test_a_real_effect_passes_its_placebo_and_its_negative_control() -> None:
    (found,) = effects_of(simulate(World(effects=(0.08,)), 1), "converted", BOUNDS)
    checks = found.checks
    assert checks.placebo_share == pytest.approx(1 / (BOUNDS.placebo_draws + 1))
    assert checks.negative_control_p > 0.05 and abs(checks.negative_control) < 0.04
    assert checks.e_value > checks.e_value_limit > 1
    assert found.grade is Grade.ADJUSTED


def test_agents_whose_habits_and_sales_change_together_fail_the_negative_control() -> None:
    drawn = draw(World(contacts=8000, agents=20, effects=(0.0,)), 3)
    rng = np.random.default_rng(3)
    # Each agent has good and bad spells, which the weeks do not know: 20 contacts long.
    good = rng.random((20, 8000)) < 0.5
    place = np.zeros(8000, dtype=int)
    for agent in range(20):
        mine = np.flatnonzero(drawn.agents == agent)
        place[mine] = np.arange(len(mine)) // 20
    spell = good[drawn.agents, place]
    target = next(iter(drawn.planted))
    done = rng.random(8000) < np.where(spell, 0.75, 0.25)
    converted = rng.random(8000) < np.where(spell, 0.35, 0.1)
    contacts = contacts_of(replace(drawn, converted=converted, readings={target: done.astype(float)}), 3)
    (found,) = effects_of(contacts, "converted", BOUNDS)
    assert found.checks.negative_control_p < 0.001
    assert found.grade is Grade.ASSOCIATION


def test_an_effect_that_chance_gives_as_often_is_an_association() -> None:
    lucky = effect(checks=EffectChecks(std_error=0.02, placebo_share=0.2))
    sound = effect(checks=EffectChecks(std_error=0.02, placebo_share=0.01))
    assert [one.grade for one in graded([lucky, sound], BOUNDS)] == [Grade.ASSOCIATION, Grade.ADJUSTED]


def test_the_size_to_expect_is_smaller_than_the_largest_estimate() -> None:
    truths = np.array([0.0] * 15 + [0.06] * 5)
    rng = np.random.default_rng(0)
    estimates = truths + rng.normal(0, 0.02, 20)
    family = [effect(effect=value, checks=EffectChecks(std_error=0.02)) for value in estimates]
    sizes = np.array([one.checks.shrunk_effect for one in shrunk(family, BOUNDS)])
    assert (np.abs(sizes) < np.abs(estimates)).all()
    assert np.mean((sizes - truths) ** 2) < np.mean((estimates - truths) ** 2)


def test_of_few_effects_no_size_is_told() -> None:
    (alone,) = shrunk([effect(checks=EffectChecks(std_error=0.02))], BOUNDS)
    assert alone.checks.shrunk_effect is None


def test_customers_needed_are_those_of_the_textbook() -> None:
    # 10% against 11%, 80% power, two-sided 5%: about 14,700 in each arm.
    assert customers_needed(0.105, 0.01) / 2 == pytest.approx(14_750, rel=0.01)
    size = sample_size(simulate(World(contacts=500), 1), "converted", BOUNDS)
    assert size.n == 500 and [difference for difference, _ in size.needed] == list(BOUNDS.asked_differences)


def test_fewer_customers_are_needed_for_larger_differences() -> None:
    numbers = [n for _, n in sample_size(simulate(World(contacts=500), 1), "converted", BOUNDS).needed]
    assert numbers == sorted(numbers, reverse=True)
