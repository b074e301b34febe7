"""A simulator with planted truth: agents of different skill, leads of different quality, known effects.

Better agents do every step more often and sell more; so do better leads. The naive difference is therefore
biased upwards, and an effect of 0 looks like a helpful step.
"""

from dataclasses import dataclass

import numpy as np

from qa_service.domain.effect import Target, TargetKind
from qa_service.effects.contacts import MISSED, Contacts


@dataclass(frozen=True)
class World:
    """How many contacts and agents, the planted effect of each step, and how often a step is read wrongly."""

    contacts: int = 6000
    agents: int = 40
    effects: tuple[float, ...] = (0.0, 0.06)
    misread: float = 0.0
    base_rate: float = 0.2


def simulate(world: World, seed: int) -> Contacts:
    """One draw of the world; step k has the planted effect `world.effects[k]` on `converted`."""
    rng = np.random.default_rng(seed)
    n = world.contacts
    agents = rng.integers(0, world.agents, n)
    skill = rng.normal(0, 1, world.agents)[agents]
    lead = rng.integers(0, 4, n)
    quality = np.array([-1.0, -0.3, 0.3, 1.0])[lead]
    week = rng.integers(0, 8, n)
    propensity = 1 / (1 + np.exp(-(0.7 * skill + 0.5 * quality)))
    done = rng.random((len(world.effects), n)) < propensity
    rate = world.base_rate + 0.06 * skill + 0.05 * quality + 0.01 * (week - 3.5) / 3.5
    rate = rate + (np.array(world.effects)[:, None] * (done - 0.5)).sum(axis=0)
    converted = rng.random(n) < np.clip(rate, 0.01, 0.95)
    read = done ^ (rng.random(done.shape) < world.misread)
    steps = {f"step{k:02d}": np.where(read[k], 2 * k, MISSED) for k in range(len(world.effects))}
    return Contacts(
        sop="planted",
        agents=agents,
        agents_known=1.0,
        customers=rng.permutation(n),
        started=np.arange(n, dtype=float),
        order_key=rng.permutation(n),
        last_customer_turn=np.full(n, 99),
        confounders={"tags.lead_source": lead, "week": week, "team": agents % 5, "stage": np.zeros(n, dtype=np.int64)},
        targets={Target(TargetKind.STEP, name): values for name, values in steps.items()},
        outcomes={"converted": converted.astype(np.int64)},
    )
