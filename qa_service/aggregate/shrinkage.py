"""Shares and means of single agents pulled towards those of all, as far as agents do not differ by more than chance.

Shares: beta-binomial, with the strength of the common share integrated out over a grid instead of estimated, since a
plugged-in estimate makes intervals too narrow (Morris 1983; Gelman et al., Bayesian Data Analysis, 5.3). Means:
DerSimonian and Laird 1986. An agent with few conversations is then shown near the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from scipy import stats

from qa_service.aggregate.means import error_of
from qa_service.domain.change import Change, Direction
from qa_service.domain.coaching import Estimate, Mean
from qa_service.domain.metrics import Z95, Rate, rate

# How many conversations the common share may weigh, from hardly anything to agents who are all alike.
STRENGTHS = np.geomspace(1.0, 2000.0, 34)


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of an agent before looking: the share of all, and how likely it weighs how many conversations."""

    mean: float
    weights: tuple[float, ...]
    # The variance of the common share itself, for each strength.
    variances: tuple[float, ...]

    @property
    def strength(self) -> float:
        """How many conversations the common share weighs, on the logarithmic average."""
        return float(np.exp(np.dot(self.weights, np.log(STRENGTHS))))


def prior_of(rates: Sequence[Rate]) -> Prior:
    """The common share of agents and how far they spread around it."""
    known = [rate for rate in rates if rate.n]
    n = sum(rate.n for rate in known)
    # One half done and one half not keep it off the ends, where nothing could be said of anybody.
    mean = (sum(rate.k for rate in known) + 0.5) / (n + 1)
    likely = np.zeros(len(STRENGTHS))
    spread = np.zeros(len(STRENGTHS))
    for one in known:
        k = round(one.k)
        likely += stats.betabinom.logpmf(k, one.n, mean * STRENGTHS, (1 - mean) * STRENGTHS)
        spread += one.n * (1 + (one.n - 1) / (STRENGTHS + 1))
    # Before looking, every variance between agents is as likely: the choice whose intervals hold what they promise
    # (Morris and Tang 2011); on a scale of logarithms that weighs a strength by its inverse.
    likely -= np.log(STRENGTHS)
    weights = np.exp(likely - likely.max())
    variances = mean * (1 - mean) * spread / max(n, 1) ** 2
    return Prior(mean, tuple(map(float, weights / weights.sum())), tuple(map(float, variances)))


def shrunken(own: Rate, prior: Prior) -> Estimate:
    """An agent's share given the prior, with its 95% credible interval (a beta of the same mean and variance)."""
    whole = STRENGTHS + own.n
    means = (prior.mean * STRENGTHS + own.k) / whole
    inner = means * (1 - means) / (whole + 1) + (STRENGTHS / whole) ** 2 * np.asarray(prior.variances)
    mean = float(np.dot(prior.weights, means))
    variance = float(np.dot(prior.weights, inner + means**2)) - mean**2
    size = max(mean * (1 - mean) / max(variance, 1e-12) - 1, 1e-3)
    low, high = (float(stats.beta.ppf(part, mean * size, (1 - mean) * size)) for part in (0.025, 0.975))
    return Estimate(mean, low, high)


def gap_to(own: Estimate, others: Rate) -> Estimate:
    """What an agent's share lies above (or below) that of these colleagues together."""
    if not others.n:
        return Estimate(0.0, -1.0, 1.0)
    mean = others.k / others.n
    error = sqrt(((own.high - own.low) / (2 * Z95)) ** 2 + mean * (1 - mean) / others.n)
    value = own.value - mean
    return Estimate(value, value - Z95 * error, value + Z95 * error)


def told(change: Change, gap: Estimate) -> Change:
    """A difference counts only where the share pulled towards that of all differs still."""
    clear = gap.high < 0 or gap.low > 0
    if clear or change.direction not in (Direction.HIGHER, Direction.LOWER):
        return change
    return replace(change, direction=Direction.NO_CLEAR_CHANGE)


def as_rate(share: Estimate) -> Rate:
    """The share that so many plain occasions would tell as surely, to be compared with another."""
    error = max((share.high - share.low) / (2 * Z95), 1e-6)
    n = max(1, round(share.value * (1 - share.value) / error**2))
    return rate(share.value * n, n)


def product(first: Estimate, second: Estimate) -> Estimate:
    """The product of two independent estimates (delta method with the second-order term; Goodman 1960)."""
    errors = [(one.high - one.low) / (2 * Z95) for one in (first, second)]
    variance = (first.value * errors[1]) ** 2 + (second.value * errors[0]) ** 2 + (errors[0] * errors[1]) ** 2
    value = first.value * second.value
    return Estimate(value, value - Z95 * sqrt(variance), value + Z95 * sqrt(variance))


def shrunken_means(means: Sequence[Mean]) -> list[Estimate | None]:
    """Agents' means pulled towards the common one; None where an agent has fewer than two values."""
    known = [mean for mean in means if mean.low is not None]
    if not known:
        return [None] * len(means)
    errors = [_variance(mean) for mean in known]
    weights = [1 / error for error in errors]
    total = sum(weights)
    common = sum(w * float(m.value or 0) for w, m in zip(weights, known, strict=True)) / total
    excess = sum(w * (float(m.value or 0) - common) ** 2 for w, m in zip(weights, known, strict=True))
    room = total - sum(w * w for w in weights) / total
    between = max(0.0, (excess - (len(known) - 1)) / room) if room > 0 else 0.0
    return [_pulled(mean, common, between, total) for mean in means]


def _pulled(mean: Mean, common: float, between: float, total: float) -> Estimate | None:
    if mean.low is None or mean.value is None:
        return None
    own = _variance(mean)
    trust = between / (between + own)
    value = trust * mean.value + (1 - trust) * common
    half = Z95 * sqrt(trust * own + (1 - trust) ** 2 / total)
    return Estimate(value, max(0.0, value - half), min(100.0, value + half))


def _variance(mean: Mean) -> float:
    """Of the mean itself, from its interval; scores that are all alike still vary by a little."""
    return max(error_of(mean) ** 2, 1.0 / mean.n)
