"""The statistics against worlds whose truth is known. The longer runs are `python -m tests.validate.effects`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qa_service.domain.effect import Effect, EffectVerdict
from qa_service.effects import effects_of, trials_of
from qa_service.workflows.load_insight import load_insight
from tests.effects.planted import World, contacts_of, draw, simulate
from tests.validate.effects import CLAIMS, WORLD, Claim, claims

BOUNDS = load_insight().effects
RUNS = 12
PLANTED = (0.06, 0.06, -0.06, 0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def runs() -> list[Claim]:
    world = replace(WORLD, effects=PLANTED)
    return [claim for seed in range(RUNS) for claim in claims(world, seed)]


def test_intervals_hold_the_truth_though_steps_are_read_with_errors(runs: Sequence[Claim]) -> None:
    # 96 intervals: with true coverage of 95% fewer than 84 happens once in a thousand times.
    assert sum(claim.low <= claim.truth <= claim.high for claim in runs) >= 84


def test_the_naive_difference_misses_it(runs: Sequence[Claim]) -> None:
    assert np.mean([claim.raw - claim.truth for claim in runs]) > 0.03
    assert abs(np.mean([claim.effect - claim.truth for claim in runs])) < 0.006
    assert np.mean([abs(claim.raw - claim.truth) <= claim.raw_half for claim in runs]) < 0.5


def test_six_points_are_found_and_nothing_is_seldom_taken_for_something(runs: Sequence[Claim]) -> None:
    assert np.mean([claim.verdict in CLAIMS for claim in runs if claim.planted]) >= 0.8
    claimed = [claim for claim in runs if claim.verdict in CLAIMS]
    assert sum(claim.planted == 0 for claim in claimed) <= 0.2 * len(claimed)


def test_errors_of_reading_do_not_shrink_an_effect() -> None:
    world = World(contacts=8000, effects=(0.1,), sensitivity=0.9)
    for readings in ("scores", "labels"):
        found = [
            effects_of(simulate(replace(world, readings=readings), seed), "converted", BOUNDS)[0] for seed in range(6)
        ]
        assert abs(np.mean([effect.effect for effect in found]) - 0.1) < 0.015
    hard = [contacts_of(draw(replace(world, readings="labels"), seed), seed) for seed in range(5)]
    blind = [effects_of(replace(contacts, readings={}), "converted", BOUNDS)[0].effect for contacts in hard]
    assert np.mean(blind) < 0.088


def test_a_sure_zero_is_called_negligible() -> None:
    (effect,) = effects_of(simulate(World(contacts=30_000, effects=(0.0,)), 2), "converted", BOUNDS)
    assert effect.verdict is EffectVerdict.NEGLIGIBLE


def test_the_same_world_gives_the_same_numbers_in_any_order() -> None:
    contacts = simulate(World(contacts=2000, sensitivity=0.9), 3)
    shuffled = np.random.default_rng(9).permutation(2000)
    turned = replace(
        contacts,
        agents=contacts.agents[shuffled],
        customers=contacts.customers[shuffled],
        started=contacts.started[shuffled],
        order_key=contacts.order_key[shuffled],
        last_customer_turn=contacts.last_customer_turn[shuffled],
        confounders={name: values[shuffled] for name, values in contacts.confounders.items()},
        targets={name: values[shuffled] for name, values in contacts.targets.items()},
        outcomes={name: values[shuffled] for name, values in contacts.outcomes.items()},
        readings={target: values[shuffled] for target, values in contacts.readings.items()},
    )
    assert effects_of(turned, "converted", BOUNDS) == effects_of(contacts, "converted", BOUNDS)


def test_confounders_that_do_not_vary_are_not_claimed() -> None:
    (effect,) = effects_of(simulate(World(contacts=2000, effects=(0.0,)), 5), "converted", BOUNDS)
    assert effect.adjusted_for == ("agent", "team", "week", "tags.lead_source")
    assert effect.grade == "C"


def test_without_agents_an_effect_is_an_association_only() -> None:
    contacts = simulate(World(contacts=2000, effects=(0.0,)), 5)
    nameless = replace(contacts, agents=np.arange(2000), agents_known=0.0)
    (effect,) = effects_of(nameless, "converted", BOUNDS)
    assert effect.grade == "D" and "agent" not in effect.adjusted_for


def test_small_worlds_are_told_to_be_small() -> None:
    verdicts = []
    for seed in range(20):
        world = World(contacts=150, agents=6, effects=(0.0,))
        verdicts += [effect.verdict for effect in effects_of(simulate(world, seed), "converted", BOUNDS)]
    assert verdicts.count(EffectVerdict.NOT_ENOUGH_DATA) >= 17


def test_thousands_of_agents_are_adjusted_for() -> None:
    world = World(contacts=8000, agents=2000, effects=(0.06,))
    found = [effects_of(simulate(world, seed), "converted", BOUNDS)[0] for seed in range(4)]
    errors = [effect.effect - 0.06 for effect in found]
    assert abs(np.mean(errors)) < 0.02 < np.mean([effect.raw_difference - 0.06 for effect in found])


ROLLOUT = World(contacts=4000, effects=(0.08, 0.0, 0.0), hidden=0.8, lift=0.6, rollout="customer")


@pytest.fixture(scope="module")
def rolled_out() -> list[list[Effect]]:
    return [effects_of(simulate(ROLLOUT, seed), "converted", BOUNDS) for seed in range(8)]


def test_a_randomised_rollout_tells_the_effect_of_what_it_changed(rolled_out: Sequence[Sequence[Effect]]) -> None:
    told = [run[0] for run in rolled_out if run[0].grade == "A"]
    assert len(told) >= 7 and {effect.method for effect in told} == {"randomised_instrument"}
    assert sum(effect.ci_low <= 0.08 <= effect.ci_high for effect in told) >= len(told) - 2
    assert all(effect.rollout.uptake == pytest.approx(0.6, abs=0.08) for effect in told)
    assert {effect.grade for run in rolled_out for effect in run[1:]} <= {"C", "D"}


def test_without_the_rollout_agents_who_choose_their_customers_look_too_good(
    rolled_out: Sequence[Sequence[Effect]],
) -> None:
    chosen = [
        effects_of(replace(simulate(ROLLOUT, seed), assigned=()), "converted", BOUNDS)[0].effect for seed in range(4)
    ]
    assert np.mean(chosen) > 0.1
    assert abs(np.mean([run[0].effect for run in rolled_out]) - 0.08) < 0.02


def test_a_rollout_of_the_same_version_twice_seldom_finds_a_difference() -> None:
    world = World(contacts=1500, agents=24, effects=(0.0,), rollout="agent")
    trials = [trials_of(simulate(world, seed), "converted", BOUNDS)[0] for seed in range(60)]
    found = [trial.comparison.p_value <= 0.05 for trial in trials]
    # Of 60 with a true rate of 5% more than 8 happens less than once in a hundred times.
    assert sum(found) <= 8
