"""How an outcome goes with something said in few conversations, within agents: a linear regression with fixed effects.

What agents and confounders explain, of the outcome and of the saying, is taken out by fitting means in turn
(backfitting; Frisch, Waugh, Lovell); the rest is one slope. Unlike weighing by propensities this stays steady where
something is rare with everybody. Errors are clustered by agent, with the factor for few of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
ROUNDS = 8
FEWEST_CLUSTERS = 5
FEWEST_EXPOSED = 20


@dataclass(frozen=True, slots=True)
class Slope:
    """The adjusted difference in an outcome's rate with its 95% interval."""

    value: float
    low: float
    high: float
    p_value: float


def unexplained(values: Floats, columns: Iterable[Ints]) -> Floats:
    """What is left of values after the means of each column's levels are taken out in turn."""
    known = [_codes(column) for column in columns]
    left = values - values.mean() if len(values) else values
    for _ in range(ROUNDS if len(known) > 1 else 1):
        for codes, sizes in known:
            left = left - (np.bincount(codes, left) / sizes)[codes]
    return np.asarray(left)


def slope(left: Floats, said: Flags, columns: Sequence[Ints], clusters: Ints) -> Slope | None:
    """The difference that goes with saying something; None where too few said it, or did not, or too few agents spoke.

    `left` is what is unexplained of the outcome by the same columns.
    """
    exposed = said.astype(float)
    codes, sizes = _codes(clusters)
    if min(exposed.sum(), len(exposed) - exposed.sum()) < FEWEST_EXPOSED or len(sizes) < FEWEST_CLUSTERS:
        return None
    own = unexplained(exposed, columns)
    spread = float((own**2).sum())
    if spread <= 1e-9 * len(own):
        return None
    value = float((own * left).sum()) / spread
    scores = own * (left - value * own)
    by_cluster = float((np.bincount(codes, scores) ** 2).sum()) * len(sizes) / (len(sizes) - 1)
    error = np.sqrt(max(by_cluster, float((scores**2).sum()))) / spread
    if error <= 0:
        return None
    half = float(stats.t.ppf(0.975, len(sizes) - 1)) * error
    p_value = float(2 * stats.t.sf(abs(value) / error, len(sizes) - 1))
    return Slope(value, float(value - half), float(value + half), p_value)


def means(values: Floats, groups: Ints, count: int) -> Floats:
    """The mean of the values of each group; 0 for empty ones."""
    sizes = np.bincount(groups, minlength=count)
    return np.asarray(np.bincount(groups, values, minlength=count) / np.maximum(sizes, 1))


def rank_p(high: Sequence[float], low: Sequence[float]) -> float:
    """How surprising it is that the first values are larger (Mann-Whitney, one-sided); 1 where nothing can be said."""
    if not len(high) or not len(low) or np.ptp([*high, *low]) == 0:
        return 1.0
    return float(stats.mannwhitneyu(high, low, alternative="greater").pvalue)


def _codes(values: Ints) -> tuple[Ints, Ints]:
    names, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64), np.bincount(codes, minlength=len(names))
