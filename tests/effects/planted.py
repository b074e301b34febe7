"""A simulator with planted truth: agents of different skill, leads of different quality, customers who leave early,
steps read with errors, and known effects, some of them zero.

Better agents do every step more often and sell more; so do better leads. Customers who are not interested leave
early and buy less, and late steps are never reached with them. The naive difference is therefore biased upwards, and
an effect of 0 looks like a helpful step. `simulate` gives the numbers an effect is computed from; `planted_files.py`
writes the same world as files of the contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from qa_service.domain.declared_rollout import Assignment, DeclaredRollout, Mechanism, RolloutUnit
from qa_service.domain.effect import Target, TargetKind
from qa_service.effects.assigned import Assigned
from qa_service.effects.contacts import Contacts
from qa_service.effects.readings import ABSENT, MISSED

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# A step whose turn was never reached is read as missed, all but surely.
UNREACHED = 0.005
LEAD_QUALITY = np.array([-1.0, -0.3, 0.3, 1.0])
LATE_BY = 4


@dataclass(frozen=True)
class World:
    """How many contacts and agents, the planted effects, and how steps are read.

    `sensitivity` is also the specificity; readings are `scores` (continuous), or `labels` (two values), each with a
    calibrated probability; 1 reads all rightly. `skill` and `leads` are the points of the outcome's rate that one
    standard deviation of either is worth; `leaving` is the share of customers who leave at a turn.
    `rollout` names the unit (agent or customer) of which half was drawn for a new version, under which the first step
    is done by `lift` more often; `hidden` is how much agents rather do that step with customers who are interested,
    which nothing tells.
    """

    contacts: int = 6000
    agents: int = 40
    effects: tuple[float, ...] = (0.0, 0.06)
    obligations: tuple[float, ...] = ()
    red_lines: tuple[float, ...] = ()
    sensitivity: float = 1.0
    readings: str = "scores"
    base_rate: float = 0.2
    exposures: tuple[float, float] = (0.5, 0.5)
    skill: float = 0.06
    leads: float = 0.05
    interest: float = 0.05
    leaving: float = 0.0
    rollout: str = ""
    lift: float = 0.0
    hidden: float = 0.0


@dataclass(frozen=True)
class Drawn:
    """One draw of a world: who spoke to whom, what was truly done (by target), what was read, what came of it."""

    agents: Ints
    leads: Ints
    weeks: Ints
    last_turn: Ints
    turns: Mapping[Target, Ints]
    owed: Mapping[Target, Flags]
    done: Mapping[Target, Flags]
    readings: Mapping[Target, Floats]
    planted: Mapping[Target, float]
    rate: Floats
    converted: Flags
    arms: Ints
    unit: str

    def truth(self, target: Target, rows: Flags) -> float:
        """The effect of a target among some rows: what it would change there, rates being held within bounds."""
        effect = self.planted[target]
        without = self.rate[rows] - effect * self.done[target][rows]
        return float((bounded(without + effect) - bounded(without)).mean())


def bounded(rate: Floats) -> Floats:
    """Rates of an outcome within what a rate can be."""
    return np.asarray(np.clip(rate, 0.01, 0.97))


def draw(world: World, seed: int) -> Drawn:
    """One draw of the world."""
    rng = np.random.default_rng(seed)
    n = world.contacts
    agents = rng.integers(0, world.agents, n)
    skill = rng.normal(0, 1, world.agents)[agents]
    leads = rng.integers(0, len(LEAD_QUALITY), n)
    quality = LEAD_QUALITY[leads]
    weeks = rng.integers(0, 8, n)
    interest = rng.normal(0, 1, n)
    hazard = world.leaving * np.exp(-0.5 * interest)
    stayed = rng.exponential(1, n) / np.maximum(hazard, 1e-9)
    planted = _planted(world)
    longest = 2 * len(world.effects) + LATE_BY + 8
    last = np.minimum(stayed, longest).astype(np.int64) // 2 * 2 + 1
    arms = _arms(world, agents, np.random.default_rng([seed, 2]))
    owed, done, readings, turns = {}, {}, {}, {}
    rate = world.base_rate + world.skill * skill + world.leads * quality + 0.01 * (weeks - 3.5) / 3.5
    rate = rate + world.interest * interest
    for place, (target, effect) in enumerate(planted.items()):
        due = 2 * place + 2 * rng.integers(0, LATE_BY // 2, n) if target.kind is TargetKind.STEP else np.zeros(n, int)
        common = rng.uniform(*world.exposures) if target.kind is not TargetKind.RED_LINE else 0.2
        likely = expit(logit(common) + 0.7 * skill + 0.5 * quality + (0 if place else world.hidden * interest))
        if not place and world.lift:
            likely = np.clip(likely + world.lift * (arms - 0.5), 0.02, 0.98)
        owed[target] = (rng.random(n) < 0.6) if target.kind is TargetKind.OBLIGATION else np.ones(n, bool)
        reached = due < last
        did = (rng.random(n) < likely) & reached & owed[target]
        # The rate is that without any rollout, plus what was done: a lift shows in the outcome.
        rate = rate + effect * (did - (likely if place or not world.lift else 0.5))
        turns[target], done[target] = due.astype(np.int64), did
        readings[target] = np.where(reached, _read(did, world, rng), UNREACHED if world.sensitivity < 1 else 0.0)
    converted = rng.random(n) < bounded(rate)
    return Drawn(agents, leads, weeks, last, turns, owed, done, readings, planted, rate, converted, arms, world.rollout)


def simulate(world: World, seed: int) -> Contacts:
    """The numbers of one draw; step k has the planted effect `world.effects[k]` on `converted`."""
    return contacts_of(draw(world, seed), seed)


def contacts_of(drawn: Drawn, seed: int) -> Contacts:
    """What the effects are computed from."""
    n = len(drawn.agents)
    rng = np.random.default_rng([seed, 1])
    return Contacts(
        sop="planted",
        agents=drawn.agents,
        agents_known=1.0,
        customers=rng.permutation(n),
        started=np.arange(n, dtype=float),
        order_key=rng.permutation(n),
        last_customer_turn=drawn.last_turn,
        confounders={
            "tags.lead_source": drawn.leads,
            "week": drawn.weeks,
            "team": drawn.agents % 5,
            "stage": np.zeros(n, dtype=np.int64),
        },
        targets={target: values_of(drawn, target) for target in drawn.planted},
        outcomes={"converted": drawn.converted.astype(np.int64)},
        readings=dict(drawn.readings),
        assigned=_assigned(drawn),
    )


def declared(drawn: Drawn) -> DeclaredRollout:
    """The rollout as its owner declares it."""
    names = drawn.agents if drawn.unit == "agent" else np.arange(len(drawn.agents))
    _, first = np.unique(names, return_index=True)
    assigned = tuple(Assignment(name_of(drawn.unit, int(names[at])), None, bool(drawn.arms[at])) for at in first)
    return DeclaredRollout("planted", 1, 2, RolloutUnit(drawn.unit), Mechanism.RANDOMISED, assigned)


def name_of(unit: str, number: int) -> str:
    """What an agent or a customer is called."""
    return f"{unit[0].upper()}{number:05d}"


def _assigned(drawn: Drawn) -> tuple[Assigned, ...]:
    if not drawn.unit:
        return ()
    units = drawn.agents if drawn.unit == "agent" else np.arange(len(drawn.agents))
    return (Assigned(declared(drawn), drawn.arms, units),)


def _arms(world: World, agents: Ints, rng: np.random.Generator) -> Ints:
    if world.rollout == "agent":
        return (rng.permutation(world.agents) % 2)[agents].astype(np.int64)
    return rng.integers(0, 2, len(agents))


def values_of(drawn: Drawn, target: Target) -> Ints:
    """The value of a target as it is read: a step's first turn, else yes or no."""
    read = drawn.readings[target] >= 0.5
    if target.kind is TargetKind.STEP:
        return np.where(read, drawn.turns[target], MISSED)
    return np.where(drawn.owed[target], read.astype(np.int64), ABSENT)


def _planted(world: World) -> dict[Target, float]:
    kinds = {
        TargetKind.STEP: world.effects,
        TargetKind.OBLIGATION: world.obligations,
        TargetKind.RED_LINE: world.red_lines,
    }
    return {
        Target(kind, f"{kind.value}{place:02d}"): effect
        for kind, effects in kinds.items()
        for place, effect in enumerate(effects)
    }


def _read(done: Flags, world: World, rng: np.random.Generator) -> Floats:
    """The calibrated probability that something was done, from a reading that is right with `sensitivity`."""
    if world.sensitivity >= 1:
        return done.astype(float)
    share = np.clip(done.mean(), 0.01, 0.99)
    if world.readings == "labels":
        right = rng.random(len(done)) < world.sensitivity
        apart = np.where(done == right, 1, -1) * logit(world.sensitivity)
    else:
        distance = 2 * norm.ppf(world.sensitivity)
        apart = distance * (rng.normal(0, 1, len(done)) + distance * (done - 0.5))
    return np.asarray(expit(logit(share) + apart))
