"""What a declared rollout says: outcomes compared by assignment, whatever was done then.

The difference between the arms is regressed on assignment and on what was known before (Freedman 2008, Lin 2013: under
randomisation this costs no consistency), clustered by the unit that was assigned. Where the two versions differ in one
thing alone, that thing's effect is the difference in the outcome over the difference in how often it was done
(assignment as instrument; Angrist, Imbens, Rubin 1996): nobody's own choice to do it enters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qa_service.domain.declared_rollout import DeclaredRollout, Mechanism, RolloutUnit
from qa_service.domain.effect import Grade, RolloutComparison, Target
from qa_service.domain.insight import EffectBounds
from qa_service.effects.assigned import OUTSIDE, Assigned
from qa_service.effects.balance import balance
from qa_service.effects.confounders import Design, design, folds_within_agents
from qa_service.effects.contacts import Contacts, Floats, Ints
from qa_service.effects.estimate import Estimate, estimate_of
from qa_service.effects.exposure import exposure
from qa_service.effects.nuisance import Logit
from qa_service.effects.readings import ABSENT, SAID
from qa_service.effects.targets import was_done

# Of an agent or team as a whole: where those are assigned they say no more than the assignment.
OF_AGENTS = frozenset({"agent", "team", "tenure", "shift"})
OF_UNIT = {
    RolloutUnit.AGENT: OF_AGENTS,
    RolloutUnit.TEAM: OF_AGENTS,
    RolloutUnit.SHIFT: frozenset({"shift"}),
    RolloutUnit.WEEK: frozenset({"week"}),
}
# A regression on levels is held together by a trace of ridge.
TRACE = 1e-3
FEWEST_UNITS = 6
# Below this share of one arm a target was not looked for there.
MEASURED = 0.05


@dataclass(frozen=True)
class Trial:
    """The contacts of a rollout for one outcome: arm and outcome of each, less what was known before."""

    contacts: Contacts
    rows: Ints
    design: Design
    folds: Ints
    arm: Floats
    left_arm: Floats
    left_outcome: Floats
    units: Ints
    comparison: RolloutComparison
    grade: Grade


@dataclass(frozen=True, slots=True)
class Answer:
    """The effect of the one thing that a rollout changed."""

    target: Target
    estimate: Estimate
    trial: Trial
    comparison: RolloutComparison
    method: str


def trial_of(contacts: Contacts, assigned: Assigned, outcome: str, bounds: EffectBounds) -> Trial | None:
    """The contacts of a rollout, and what it says by itself; None with too few units in an arm."""
    rows = contacts.first_of_customers(outcome, among=assigned.arms != OUTSIDE)
    arm, units = assigned.arms[rows].astype(float), assigned.units[rows]
    if min(len(np.unique(units[arm == side])) for side in (0, 1)) < FEWEST_UNITS // 2:
        return None
    rollout = assigned.rollout
    known = design(contacts, rows, bounds.rare_level, without=OF_UNIT.get(rollout.unit, frozenset()))
    happened = contacts.outcomes[outcome][rows].astype(float)
    left_arm, left_outcome = _left(known, arm), _left(known, happened)
    estimate = _ratio(left_arm, left_arm, left_outcome, units)
    if estimate is None or estimate.effect is None or estimate.low is None or estimate.high is None:
        return None
    share = balance(known, units, arm, bounds.balance_draws)
    comparison = RolloutComparison(
        sop=rollout.sop,
        outcome=outcome,
        from_version=rollout.from_version,
        to_version=rollout.to_version,
        unit=rollout.unit.value,
        mechanism=rollout.mechanism.value,
        n_units_from=len(np.unique(units[arm == 0])),
        n_units_to=len(np.unique(units[arm == 1])),
        n_from=int((arm == 0).sum()),
        n_to=int((arm == 1).sum()),
        difference=estimate.effect,
        ci_low=estimate.low,
        ci_high=estimate.high,
        p_value=1.0 if estimate.p_value is None else estimate.p_value,
        balance_p=share,
    )
    folds = folds_within_agents(contacts.agents[rows], contacts.customers[rows], bounds.folds)
    grade = _grade(rollout, share, bounds)
    return Trial(contacts, rows, known, folds, arm, left_arm, left_outcome, units, comparison, grade)


def effect_of_change(trial: Trial, changed: frozenset[Target] | None, bounds: EffectBounds) -> Answer | None:
    """The effect of the one thing that differs between the versions; None where that is not one thing.

    `changed` is what the two SOPs say; where they are not at hand, what was clearly done more or less often.
    """
    if trial.grade is Grade.ADJUSTED:
        return None
    candidates = sorted(trial.contacts.targets) if changed is None else sorted(changed)
    moved = [found for target in candidates if (found := _moved(trial, target, len(candidates), bounds)) is not None]
    if len(moved) != 1 or (changed is not None and len(changed) != 1):
        return None
    target, done, uptake = moved[0]
    prefix = "randomised" if trial.grade is Grade.RANDOMISED else "rota"
    if done is None:
        told = Estimate(
            trial.comparison.difference, trial.comparison.ci_low, trial.comparison.ci_high, trial.comparison.p_value, 0
        )
        return Answer(target, told, trial, trial.comparison, f"{prefix}_assignment")
    estimate = _ratio(trial.left_arm, done, trial.left_outcome, trial.units)
    if estimate is None:
        return None
    return Answer(target, estimate, trial, replace(trial.comparison, uptake=uptake), f"{prefix}_instrument")


def _grade(rollout: DeclaredRollout, share: float | None, bounds: EffectBounds) -> Grade:
    """What assignment is worth: as declared, if units look as chance (or the rota) would have dealt them."""
    even = 1.0 if share is None else share
    if rollout.mechanism is Mechanism.RANDOMISED and even >= bounds.balance_randomised:
        return Grade.RANDOMISED
    if rollout.mechanism is Mechanism.ROTA and even >= bounds.balance_rota:
        return Grade.AS_IF_RANDOM
    return Grade.ADJUSTED


def _moved(
    trial: Trial, target: Target, tried: int, bounds: EffectBounds
) -> tuple[Target, Floats | None, float | None] | None:
    """A target that is done more or less often in the new arm: how often, less what was known before.

    One that was looked for in one arm only is new there, or gone; by how much more it was done is not known.
    """
    values = trial.contacts.targets.get(target)
    if values is None:
        return None
    mine = values[trial.rows]
    owed = mine != ABSENT
    shares = [float(owed[trial.arm == side].mean()) for side in (0, 1)]
    if target.kind.value not in SAID and min(shares) < MEASURED < max(shares):
        return target, None, None
    done = _done(trial, target, mine)
    left = _left(trial.design, done)
    uptake = _ratio(trial.left_arm, trial.left_arm, left, trial.units)
    if uptake is None or uptake.effect is None or uptake.p_value is None:
        return None
    clear = abs(uptake.effect) >= bounds.fewest_uptake and uptake.p_value <= bounds.uptake_p / tried
    return (target, left, uptake.effect) if clear else None


def _done(trial: Trial, target: Target, values: Ints) -> Floats:
    """How likely it is that the target was done in each contact; what was not owed was not done."""
    owed = values != ABSENT
    if target not in trial.contacts.readings:
        return was_done(target, values).astype(float)
    readings = trial.contacts.readings[target][trial.rows][owed]
    arm = trial.arm[owed].astype(np.int64)
    known = trial.design.take(owed)
    with_arm = Design((*known.codes, arm), (*known.widths, 2), known.agents, (*known.names, "version"))
    done = np.zeros(len(values))
    done[owed] = exposure(with_arm, readings, trial.folds[owed], TRACE).chance
    return done


def _left(known: Design, column: Floats) -> Floats:
    """What the confounders do not explain of a column (least squares)."""
    model = Logit(known, TRACE)
    beta = model.solver(np.ones(len(column)))(model.sums(column))
    return np.asarray(column - model.linear(beta))


def _ratio(instrument: Floats, exposed: Floats, outcome: Floats, units: Ints) -> Estimate | None:
    """The outcome's difference over the exposure's, by the instrument (all residuals), clustered by unit."""
    moved = float(instrument @ exposed)
    if moved == 0:
        return None
    effect = float(instrument @ outcome) / moved
    _, clusters = np.unique(units, return_inverse=True)
    sums = np.bincount(clusters, weights=instrument * (outcome - effect * exposed))
    weights = np.bincount(clusters, weights=instrument**2)
    # Two arms are compared, so two units' worth of freedom is spent.
    freedom = float(weights.sum()) ** 2 / float((weights**2).sum()) - 2
    if freedom < 1:
        return None
    error = float(np.sqrt((sums**2).sum() * (freedom + 2) / freedom)) / abs(moved)
    return estimate_of(effect, error, freedom)


def trials_of(contacts: Contacts, outcome: str, bounds: EffectBounds) -> Sequence[Trial]:
    """The rollouts of an SOP that can be compared."""
    found = (trial_of(contacts, assigned, outcome, bounds) for assigned in contacts.assigned)
    return [trial for trial in found if trial is not None]
