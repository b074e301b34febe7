"""Two shares set side by side: difference, interval, p-value, and control of false discoveries.

The intervals take conversations as independent; conversations of one agent are somewhat alike, so they are
a little too narrow where few agents hold many conversations, unless `spread` says by how much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, sqrt
from statistics import NormalDist

from qa_service.domain.metrics import Rate

# Below so many expected occurrences the score test trusts chance too much.
FEWEST_EXPECTED = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """`now` minus `before`, with a 95% interval and a two-sided p-value; nothing known without data on both sides."""

    now: Rate
    before: Rate
    value: float | None
    low: float
    high: float
    p_value: float | None


def difference(now: Rate, before: Rate, *, spread: float = 1.0) -> Difference:
    """Compare two independent shares (interval: Newcombe 1998, method 10; p: score test, exact for few).

    `spread`: so many times the variance of independent conversations.
    """
    if now.value is None or before.value is None:
        return Difference(now, before, None, -1.0, 1.0, None)
    gap = now.value - before.value
    wider = sqrt(spread)
    low = gap - wider * sqrt((now.value - now.low) ** 2 + (before.high - before.value) ** 2)
    high = gap + wider * sqrt((now.high - now.value) ** 2 + (before.value - before.low) ** 2)
    expected = min(now.n, before.n) * min(now.k + before.k, now.n + before.n - now.k - before.k) / (now.n + before.n)
    p_value = _score_p(now, before, gap) if expected >= FEWEST_EXPECTED else _exact_p(now, before)
    return Difference(now, before, gap, max(-1.0, low), min(1.0, high), _wider_p(p_value, wider))


def _wider_p(p_value: float, wider: float) -> float:
    if wider == 1.0 or not 0 < p_value < 1:
        return p_value
    return erfc(-NormalDist().inv_cdf(p_value / 2) / wider / sqrt(2))


def _exact_p(now: Rate, before: Rate) -> float:
    """Fisher's exact test, two-sided, with half of the probability of what was seen (mid-p)."""
    k, total = round(now.k + before.k), now.n + before.n
    weights = {
        seen: log_choose(now.n, seen) + log_choose(before.n, k - seen) - log_choose(total, k)
        for seen in range(max(0, k - before.n), min(k, now.n) + 1)
    }
    here = weights[round(now.k)]
    rarer = sum(exp(weight) for weight in weights.values() if weight < here - 1e-9)
    equal = sum(exp(weight) for weight in weights.values() if abs(weight - here) <= 1e-9)
    return min(1.0, rarer + equal / 2)


def log_choose(n: int, k: int) -> float:
    """Logarithm of the number of ways to choose k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _score_p(now: Rate, before: Rate, gap: float) -> float:
    pooled = (now.k + before.k) / (now.n + before.n)
    variance = pooled * (1 - pooled) * (1 / now.n + 1 / before.n)
    return erfc(abs(gap) / sqrt(2 * variance)) if variance > 0 else 1.0


def false_discovery(p_values: Sequence[float | None]) -> list[float | None]:
    """The q-value of each p-value within its family (Benjamini and Hochberg 1995); None stays None."""
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    q_values: list[float | None] = [None] * len(p_values)
    lowest = 1.0
    for rank in range(len(known), 0, -1):
        p, index = known[rank - 1]
        lowest = min(lowest, p * len(known) / rank)
        q_values[index] = lowest
    return q_values
