"""The statistics against worlds whose truth is known. Longer runs of the same belong to `make validate`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qa_service.domain.effect import Effect, EffectVerdict
from qa_service.effects import effects_of
from qa_service.workflows.load_insight import load_insight
from tests.effects.planted import World, simulate

BOUNDS = load_insight().effects
RUNS = 30
TRUTHS = (0.0, 0.06, 0.0, 0.06)


@pytest.fixture(scope="module")
def runs() -> list[list[Effect]]:
    world = World(effects=TRUTHS)
    return [effects_of(simulate(world, seed), "converted", BOUNDS) for seed in range(RUNS)]


def test_intervals_hold_the_truth(runs: Sequence[Sequence[Effect]]) -> None:
    held = [e.ci_low <= truth <= e.ci_high for run in runs for e, truth in zip(run, TRUTHS, strict=True)]
    # 120 intervals: with true coverage of 95% fewer than 106 happens once in a thousand times.
    assert sum(held) >= 106


def test_the_naive_difference_misses_it(runs: Sequence[Sequence[Effect]]) -> None:
    bias = [e.raw_difference - truth for run in runs for e, truth in zip(run, TRUTHS, strict=True)]
    assert np.mean(bias) > 0.05
    adjusted = [e.effect - truth for run in runs for e, truth in zip(run, TRUTHS, strict=True)]
    assert abs(np.mean(adjusted)) < 0.005


def test_six_points_are_found_and_nothing_is_seldom_taken_for_something(runs: Sequence[Sequence[Effect]]) -> None:
    verdicts = [(e.verdict, truth) for run in runs for e, truth in zip(run, TRUTHS, strict=True)]
    found = [verdict is EffectVerdict.HELPS for verdict, truth in verdicts if truth]
    claimed = [truth for verdict, truth in verdicts if verdict in (EffectVerdict.HELPS, EffectVerdict.HURTS)]
    assert np.mean(found) >= 0.8
    assert sum(truth == 0 for truth in claimed) <= 0.2 * len(claimed)


def test_a_sure_zero_is_called_negligible() -> None:
    world = World(contacts=30_000, effects=(0.0,))
    (effect,) = effects_of(simulate(world, 2), "converted", BOUNDS)
    assert effect.verdict is EffectVerdict.NEGLIGIBLE


def test_the_same_world_gives_the_same_numbers_in_any_order() -> None:
    contacts = simulate(World(contacts=2000), 3)
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
