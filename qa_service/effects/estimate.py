"""The adjusted risk difference: cross-fitted, doubly robust (AIPW; Chernozhukov et al. 2018), clustered by agent."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.special import expit

from qa_service.domain.insight import EffectBounds
from qa_service.effects.contacts import Floats, Ints
from qa_service.effects.nuisance import cross_fitted


@dataclass(frozen=True, slots=True)
class Estimate:
    """The difference in the outcome's rate with a 95% interval; None where it cannot be estimated."""

    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n_trimmed: int


@dataclass(frozen=True)
class Comparison:
    """The rows of one risk set: exposure, outcome (0 or 1), confounders, agent and fold of each."""

    exposed: NDArray[np.bool_]
    outcome: Floats
    matrix: sparse.csr_array
    agents: Ints
    folds: Ints


def doubly_robust(rows: Comparison, bounds: EffectBounds) -> Estimate:
    """Estimate an effect; too few exposed, unexposed or agents before or after trimming give no estimate."""
    everyone = np.ones(len(rows.outcome), dtype=bool)
    if not _estimable(rows, everyone, bounds):
        return Estimate(None, None, None, None, 0)
    propensity = _propensity(rows, bounds.ridge)
    kept = (propensity >= bounds.propensity_low) & (propensity <= bounds.propensity_high)
    trimmed = int(len(kept) - kept.sum())
    if not _estimable(rows, kept, bounds):
        return Estimate(None, None, None, None, trimmed)
    scores = _scores(rows, propensity, bounds.ridge)[kept]
    effect = float(scores.mean())
    _, clusters = np.unique(rows.agents[kept], return_inverse=True)
    count = int(clusters.max()) + 1
    error = max(_clustered_error(scores - effect, clusters, count), _floor(rows, kept, bounds))
    half = float(stats.t.ppf(0.975, count - 1)) * error
    p_value = float(2 * stats.t.sf(abs(effect) / error, count - 1)) if error > 0 else None
    return Estimate(effect, effect - half, effect + half, p_value, trimmed)


def _estimable(rows: Comparison, kept: NDArray[np.bool_], bounds: EffectBounds) -> bool:
    exposed = int((rows.exposed & kept).sum())
    smaller = min(exposed, int(kept.sum()) - exposed)
    return smaller >= bounds.estimable_group and len(np.unique(rows.agents[kept])) >= bounds.estimable_agents


def _propensity(rows: Comparison, ridge: float) -> Floats:
    """The probability of exposure, each row predicted by a fit that did not see it."""
    fits = cross_fitted(rows.matrix, rows.exposed.astype(float), rows.folds, _penalty(rows.matrix.shape[1], 1, ridge))
    return np.asarray(expit(_own_fold(rows.matrix, fits, rows.folds)))


def _scores(rows: Comparison, propensity: Floats, ridge: float) -> Floats:
    """The doubly robust score of each row; its mean is the effect."""
    exposure = sparse.csr_array(rows.exposed.astype(float)[:, None])
    with_exposure = sparse.csr_array(sparse.hstack([rows.matrix, exposure]))
    fits = cross_fitted(with_exposure, rows.outcome, rows.folds, _penalty(with_exposure.shape[1], 2, ridge))
    base = _own_fold(rows.matrix, fits[:, :-1], rows.folds)
    if_not, if_exposed = expit(base), expit(base + fits[rows.folds, -1])
    weight = np.where(rows.exposed, 1 / propensity, -1 / (1 - propensity))
    fitted = np.where(rows.exposed, if_exposed, if_not)
    return np.asarray(if_exposed - if_not + weight * (rows.outcome - fitted))


def _penalty(width: int, free: int, ridge: float) -> Floats:
    """Ridge on the confounders; the constant (and the exposure behind it) are free."""
    penalty = np.full(width, ridge)
    penalty[-free:] = 0.0
    return penalty


def _own_fold(matrix: sparse.csr_array, fits: Floats, folds: Ints) -> Floats:
    linear = np.empty(matrix.shape[0])
    for fold, beta in enumerate(fits):
        mine = folds == fold
        linear[mine] = matrix[mine] @ beta
    return linear


def _clustered_error(residuals: Floats, clusters: Ints, count: int) -> float:
    """Standard error of a mean whose residuals go together within clusters (with the factor for few of them)."""
    sums = np.bincount(clusters, weights=residuals, minlength=count)
    clustered = float((sums**2).sum()) * count / (count - 1)
    return float(np.sqrt(max(clustered, float((residuals**2).sum()))) / len(residuals))


def _floor(rows: Comparison, kept: NDArray[np.bool_], bounds: EffectBounds) -> float:
    """In small groups a rate of 0 looks certain; the error is then at least that of two equal rates."""
    exposed = int((rows.exposed & kept).sum())
    others = int(kept.sum()) - exposed
    if min(exposed, others) >= bounds.fewest_group:
        return 0.0
    share = (rows.outcome[kept].sum() + 1) / (kept.sum() + 2)
    return float(np.sqrt(share * (1 - share) * (1 / exposed + 1 / others)))
