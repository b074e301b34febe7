"""Shares and means of single agents pulled towards those of all, as far as agents do not differ by more than chance.

Empirical Bayes: the spread between agents is estimated from all of them, by moments (shares: the beta-binomial of
Kleinman 1973; means: DerSimonian and Laird 1986); an agent with few conversations is then shown near the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy import stats

from qa_service.domain.coaching import Estimate, Mean
from qa_service.domain.metrics import Z95, Rate, rate

# With fewer agents their spread cannot be estimated: the prior then weighs as much as so many conversations.
FEWEST_AGENTS, USUAL_STRENGTH = 5, 10.0
# The weight of the whole, in conversations: never less than this, never so much that nothing can be seen.
WEAKEST, STRONGEST = 2.0, 1000.0


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of an agent before looking: the share of all, weighing as much as `strength` conversations."""

    mean: float
    strength: float


def prior_of(rates: Sequence[Rate]) -> Prior:
    """The spread of agents' shares around their common one."""
    known = [rate for rate in rates if rate.n]
    n = sum(rate.n for rate in known)
    mean = sum(rate.k for rate in known) / n if n else 0.5
    return Prior(mean, _strength(known, mean, n))


def _strength(rates: Sequence[Rate], mean: float, n: int) -> float:
    free = len(rates) - 1
    if len(rates) < FEWEST_AGENTS or not 0 < mean < 1:
        return USUAL_STRENGTH
    spread = sum(rate.n * (rate.k / rate.n - mean) ** 2 for rate in rates) / (mean * (1 - mean))
    repeated = n - sum(rate.n**2 for rate in rates) / n - free
    if repeated <= 0:
        return USUAL_STRENGTH
    alike = (spread - free) / repeated
    return STRONGEST if alike <= 0 else min(STRONGEST, max(WEAKEST, 1 / alike - 1))


def shrunken(own: Rate, prior: Prior) -> Estimate:
    """An agent's share given the prior, with its 95% credible interval."""
    # Half a conversation each way keeps the distribution proper where all or none did it.
    a = prior.mean * prior.strength + own.k + 0.5
    b = (1 - prior.mean) * prior.strength + own.n - own.k + 0.5
    low, high = (float(stats.beta.ppf(part, a, b)) for part in (0.025, 0.975))
    return Estimate(a / (a + b), low, high)


def gap_to(own: Estimate, others: Rate) -> Estimate:
    """What an agent's share lies above (or below) that of these colleagues together."""
    if not others.n:
        return Estimate(0.0, -1.0, 1.0)
    mean = others.k / others.n
    error = sqrt(((own.high - own.low) / (2 * Z95)) ** 2 + mean * (1 - mean) / others.n)
    value = own.value - mean
    return Estimate(value, value - Z95 * error, value + Z95 * error)


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
    half = (mean.high or 0.0) - (mean.value or 0.0)
    wide = max(half, (mean.value or 0.0) - (mean.low or 0.0)) / float(stats.t.ppf(0.975, mean.n - 1))
    return max(wide**2, 1.0 / mean.n)
