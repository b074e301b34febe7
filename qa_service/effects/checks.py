"""What could still be wrong with an effect: placebo, negative control, what something unknown would have to be.

None of these needs another fit: they look at what the fits left unexplained.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
from scipy import stats

from qa_service.domain.comparison import false_discovery
from qa_service.domain.effect import Effect, EffectChecks, Grade
from qa_service.domain.insight import EffectBounds
from qa_service.effects.contacts import Floats
from qa_service.effects.estimate import Estimate, Fitted, clustered_error, two_sided

SEED = 20261124
# Contacts are like each other when their agent is the same and their propensity in the same fifth.
FIFTHS = 5
# Found four times in five at the 5% level, two-sided.
REACH = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))


def checks_of(estimate: Estimate, fitted: Fitted, started: Floats, bounds: EffectBounds) -> EffectChecks:
    """The checks of one effect; the placebo only where there might be a claim."""
    effect, low, high = estimate.effect, estimate.low, estimate.high
    if effect is None or low is None or high is None or estimate.error is None:
        return EffectChecks()
    control, control_p = negative_control(fitted, started)
    rate = float(np.clip(fitted.base.mean(), 0.0, 1.0))
    claimed = estimate.p_value is not None and estimate.p_value <= bounds.significant_q
    return EffectChecks(
        std_error=estimate.error,
        rate_unexposed=rate,
        detectable=REACH * estimate.error,
        placebo_share=placebo_share(fitted, effect, bounds.placebo_draws) if claimed else None,
        negative_control=control,
        negative_control_p=control_p,
        e_value=e_value(rate, effect),
        e_value_limit=1.0 if low <= 0 <= high else e_value(rate, low if effect > 0 else high),
    )


def placebo_share(fitted: Fitted, effect: float, draws: int) -> float:
    """How often exposure dealt anew among like contacts gives an effect at least as large (Fisher's test)."""
    exposure = fitted.exposure
    # What the outcome would be with exposure as likely as it is for such contacts.
    unexplained = fitted.left + fitted.gain * (exposure.chance - exposure.propensity)
    edges = np.quantile(exposure.propensity, np.arange(1, FIFTHS) / FIFTHS)
    strata = fitted.agents * FIFTHS + np.searchsorted(edges, exposure.propensity)
    scale = unexplained / exposure.spread() / len(unexplained)
    places = np.argsort(strata, kind="stable")
    ordered, rng = strata[places], np.random.default_rng(SEED)
    chance, centre = exposure.chance[places], float(scale @ exposure.propensity)
    scale = scale[places]
    larger = 0
    for _ in range(draws):
        # A stratum's number plus a random fraction sorts within strata by chance.
        dealt = chance[np.argsort(ordered + rng.random(len(ordered)))]
        larger += abs(float(scale @ dealt) - centre) >= abs(effect)
    return (larger + 1) / (draws + 1)


def negative_control(fitted: Fitted, started: Floats) -> tuple[float | None, float | None]:
    """The effect of what the agent did in the contact before, with another customer: it should be none.

    It is not where agents change over time in what they do and in what they sell, and the weeks do not say so.
    """
    ranked = np.lexsort((fitted.rows, started[fitted.rows], fitted.agents))
    same = fitted.agents[ranked][1:] == fitted.agents[ranked][:-1]
    now, before = ranked[1:][same], ranked[:-1][same]
    exposure = fitted.exposure
    moved = (exposure.chance - exposure.propensity)[before]
    variance = float((moved**2).mean()) if len(moved) else 0.0
    if variance == 0 or not np.isfinite(started[fitted.rows]).all():
        return None, None
    scores = moved * fitted.left[now] / variance
    value = float(scores.mean())
    error, freedom = clustered_error(scores - value, fitted.agents[now])
    return value, two_sided(value, error, freedom)


def e_value(rate: float, effect: float) -> float | None:
    """How strongly something unknown must go with exposure and outcome to explain an effect away.

    As a ratio of rates (VanderWeele and Ding 2017); None where a rate is 0.
    """
    with_it = rate + effect
    if min(rate, with_it) <= 0:
        return None
    ratio = max(rate / with_it, with_it / rate)
    return ratio + sqrt(ratio * (ratio - 1))


def graded(effects: Sequence[Effect], bounds: EffectBounds) -> list[Effect]:
    """Adjusted effects that fail their placebo or their negative control are associations only."""
    controls = false_discovery([effect.checks.negative_control_p for effect in effects])
    return [
        replace(effect, grade=Grade.ASSOCIATION) if _fails(effect, q, bounds) else effect
        for effect, q in zip(effects, controls, strict=True)
    ]


def _fails(effect: Effect, control_q: float | None, bounds: EffectBounds) -> bool:
    if effect.grade is not Grade.ADJUSTED:
        return False
    placebo = effect.checks.placebo_share
    chance = placebo is not None and placebo > bounds.placebo_share
    return chance or (control_q is not None and control_q <= bounds.control_q)


def shrunk(effects: Sequence[Effect], bounds: EffectBounds) -> list[Effect]:
    """Each effect with the size to expect: drawn to nothing as far as the family says that large ones are luck.

    Effects are taken to be normal around nothing, with the variance that the family shows beyond its sampling error
    (empirical Bayes; Morris 1983). The largest of many estimates is too large on average; its shrunken size is not.
    """
    known = [(e.effect, e.checks.std_error) for e in effects if e.effect is not None and e.checks.std_error]
    if len(known) < bounds.fewest_shrunk:
        return list(effects)
    variance = _between(np.array([value for value, _ in known]), np.array([error for _, error in known]))
    return [_drawn(effect, variance) for effect in effects]


def _drawn(effect: Effect, between: float) -> Effect:
    error = effect.checks.std_error
    if effect.effect is None or not error:
        return effect
    share = between / (between + error**2)
    half = float(stats.norm.ppf(0.975)) * sqrt(share) * error
    size = share * effect.effect
    return replace(
        effect,
        checks=replace(effect.checks, shrunk_effect=size, shrunk_low=size - half, shrunk_high=size + half),
    )


def _between(values: Floats, errors: Floats) -> float:
    """The variance of the true effects: what their spread around nothing has beyond the sampling error."""
    variance = max(float((values**2 - errors**2).mean()), 0.0)
    for _ in range(50):
        weights = 1 / (variance + errors**2) ** 2
        variance = max(float((weights * (values**2 - errors**2)).sum() / weights.sum()), 0.0)
    return variance
