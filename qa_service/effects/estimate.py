"""The adjusted risk difference: cross-fitted, doubly robust, clustered by agent, with exposure read with errors.

For exposure that is certain the score is that of AIPW (Chernozhukov et al. 2018). For exposure known as a probability
the rate is linear in it, and the weight that makes the score doubly robust is its deviation from the propensity over
its variance (the Riesz representer of the difference; Chernozhukov, Newey, Singh 2022); both agree where all
probabilities are 0 or 1.

Standard errors are clustered by agent; there is one row a customer, so clusters by agent and customer (Cameron,
Gelbach, Miller 2011) are those by agent. Clusters differ in size: as many are counted as equal ones would be worth
(Bell and McCaffrey 2002 for a mean), in the small-sample factor as in the degrees of freedom.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from qa_service.domain.insight import EffectBounds
from qa_service.effects.confounders import Design
from qa_service.effects.contacts import Floats, Ints
from qa_service.effects.exposure import Exposure, exposure
from qa_service.effects.nuisance import Logit, cross_fitted

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """The difference in the outcome's rate with a 95% interval; None where it cannot be estimated."""

    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n_trimmed: int
    error: float | None = None


@dataclass(frozen=True)
class Comparison:
    """The rows of one risk set: exposed as read, with which probability, outcome (0 or 1), confounders and fold."""

    exposed: NDArray[np.bool_]
    readings: Floats
    outcome: Floats
    design: Design
    folds: Ints


@dataclass(frozen=True)
class Fitted:
    """What is known of each row kept: its doubly robust score; the outcome predicted without exposure, what exposure
    adds, what is left unexplained; its exposure, its agent, and its place among the rows.
    """

    scores: Floats
    base: Floats
    gain: Floats
    left: Floats
    exposure: Exposure
    agents: Ints
    rows: Ints


def doubly_robust(rows: Comparison, bounds: EffectBounds) -> tuple[Estimate, Fitted | None]:
    """Estimate an effect; too few exposed, unexposed or agents before or after trimming give no estimate."""
    everyone = np.ones(len(rows.outcome), dtype=bool)
    if not _estimable(rows, everyone, bounds):
        return Estimate(None, None, None, None, 0), None
    exposed = exposure(rows.design, rows.readings, rows.folds, bounds.ridge)
    kept = (exposed.propensity >= bounds.propensity_low) & (exposed.propensity <= bounds.propensity_high)
    trimmed = int(len(kept) - kept.sum())
    if not _estimable(rows, kept, bounds):
        return Estimate(None, None, None, None, trimmed), None
    fitted = _scores(rows, exposed, kept, bounds.ridge)
    floor = _floor(rows, kept, bounds)
    return _estimate(fitted, floor, trimmed), fitted


def _estimate(fitted: Fitted, floor: float, trimmed: int) -> Estimate:
    effect = float(fitted.scores.mean())
    error, freedom = clustered_error(fitted.scores - effect, fitted.agents)
    return estimate_of(effect, max(error, floor), freedom, n_trimmed=trimmed)


def estimate_of(effect: float, error: float, freedom: float, *, n_trimmed: int = 0) -> Estimate:
    """An effect with its interval and p-value from its standard error and degrees of freedom."""
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    return Estimate(effect, effect - half, effect + half, two_sided(effect, error, freedom), n_trimmed, error)


def two_sided(value: float, error: float, freedom: float) -> float | None:
    """How often chance gives a value as far from nothing; None where the error is not known."""
    return float(2 * stats.t.sf(abs(value) / error, freedom)) if error > 0 else None


def clustered_error(residuals: Floats, names: Ints) -> tuple[float, float]:
    """Standard error of a mean whose residuals go together within clusters, and its degrees of freedom."""
    _, clusters = np.unique(names, return_inverse=True)
    sizes = np.bincount(clusters)
    worth = len(residuals) ** 2 / float((sizes.astype(float) ** 2).sum())
    factor = worth / max(worth - 1, 0.5)
    sums = np.bincount(clusters, weights=residuals)
    # Never below that of independent rows: clusters cannot make a mean surer.
    variance = max(float((sums**2).sum()), float((residuals**2).sum())) * factor
    return float(np.sqrt(variance)) / len(residuals), max(worth - 1, 1.0)


def _estimable(rows: Comparison, kept: NDArray[np.bool_], bounds: EffectBounds) -> bool:
    exposed = int((rows.exposed & kept).sum())
    smaller = min(exposed, int(kept.sum()) - exposed)
    return smaller >= bounds.estimable_group and len(np.unique(rows.design.agents[kept])) >= bounds.estimable_agents


def _scores(rows: Comparison, exposed: Exposure, kept: NDArray[np.bool_], ridge: float) -> Fitted:
    """The doubly robust score of each row that is kept; their mean is the effect."""
    found = cross_fitted(Logit(rows.design, ridge, exposed.chance), rows.outcome, rows.folds)
    mine = np.flatnonzero(kept)
    overlap = Exposure(exposed.propensity[mine], exposed.chance[mine])
    base = found.share[mine]
    gain = found.share_with[mine] - base
    weights = (overlap.chance - overlap.propensity) / overlap.spread()
    left = rows.outcome[mine] - base - gain * overlap.chance
    return Fitted(gain + weights * left, base, gain, left, overlap, rows.design.agents[mine], mine)


def _floor(rows: Comparison, kept: NDArray[np.bool_], bounds: EffectBounds) -> float:
    """In small groups a rate of 0 looks certain; the error is then at least that of two equal rates."""
    exposed = int((rows.exposed & kept).sum())
    others = int(kept.sum()) - exposed
    if min(exposed, others) >= bounds.fewest_group:
        return 0.0
    share = (rows.outcome[kept].sum() + 1) / (kept.sum() + 2)
    return float(np.sqrt(share * (1 - share) * (1 / exposed + 1 / others)))
