"""How surely an effect is too small to matter, in view of the effects of the other steps of the SOP.

Adaptive shrinkage (Stephens 2017): the true effects are taken to come from a mixture of normal distributions around
nothing, from no width to a large one, whose shares are estimated from all steps together (EM). Where most steps of an
SOP make no difference, a small estimate is likelier to be one more of those; where many matter, it is not. Each width
keeps a share, as if one step had been seen of it, so that few steps never make the mixture certain.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

WIDTHS = (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16)
ROUNDS = 200
Estimate = tuple[float, float]


def within(bound: float, estimate: Estimate, all_estimates: Sequence[Estimate]) -> float:
    """The probability that an effect lies within plus and minus `bound`; estimates are pairs of value and error."""
    value, error = estimate
    shares = _shares(all_estimates)
    weights = [share * _density(estimate, width) for share, width in zip(shares, WIDTHS, strict=True)]
    inside = [_inside(bound, value, error, width) for width in WIDTHS]
    return sum(w * p for w, p in zip(weights, inside, strict=True)) / sum(weights)


def _shares(estimates: Sequence[Estimate]) -> list[float]:
    count = len(WIDTHS)
    shares = [1 / count] * count
    densities = [[_density(one, width) for width in WIDTHS] for one in estimates]
    for _ in range(ROUNDS):
        totals = [1.0] * count
        for row in densities:
            weights = [share * density for share, density in zip(shares, row, strict=True)]
            whole = sum(weights)
            totals = [total + weight / whole for total, weight in zip(totals, weights, strict=True)]
        shares = [total / (len(estimates) + count) for total in totals]
    return shares


def _density(estimate: Estimate, width: float) -> float:
    """How likely an estimate is where true effects have that width; never quite impossible."""
    value, error = estimate
    return NormalDist(0, sqrt(width**2 + error**2)).pdf(value) + 1e-12


def _inside(bound: float, value: float, error: float, width: float) -> float:
    if width == 0:
        return 1.0
    spread = width**2 + error**2
    after = NormalDist(value * width**2 / spread, width * error / sqrt(spread))
    return after.cdf(bound) - after.cdf(-bound)
