"""From what confidence on a verdict may stand without a person: at most so many wrong, with a bound on the share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from models.protocols import Matrix

WRONG_AT_MOST, CERTAINTY = 0.05, 0.95
BOUNDS = np.round(np.arange(0.50, 0.995, 0.01), 2)


@dataclass(frozen=True)
class Decided:
    """The lowest bound that keeps its word: share of the items decided, share of them wrong and its upper bound."""

    bound: float
    share: float
    wrong: float
    wrong_at_most: float


def decided(confidence: Matrix, right: NDArray[np.bool_], *, wrong_at_most: float = WRONG_AT_MOST) -> Decided | None:
    """The lowest bound on confidence above which at most 5% are wrong, upper 95% bound (Clopper and Pearson 1934).

    None when no bound keeps that. Items of one conversation are taken as independent, which they are not quite.
    """
    for bound in BOUNDS:
        taken = confidence >= bound
        count, wrong = int(taken.sum()), int((taken & ~right).sum())
        upper = upper_share(wrong, count)
        if count and upper <= wrong_at_most:
            return Decided(float(bound), float(taken.mean()), wrong / count, upper)
    return None


def upper_share(wrong: int, count: int) -> float:
    """One-sided upper bound of a share."""
    return 1.0 if wrong >= count else float(beta.ppf(CERTAINTY, wrong + 1, count - wrong))


def of_verdicts(probability: Matrix, holds: NDArray[np.bool_]) -> Decided | None:
    """Yes-or-no verdicts: both answers may be decided."""
    return decided(np.maximum(probability, 1 - probability), (probability >= 0.5) == holds)


def of_findings(probability: Matrix, holds: NDArray[np.bool_], *, found_from: float) -> Decided | None:
    """Findings: only what is found is shown, and may be wrong."""
    found = probability >= found_from
    return decided(probability[found], holds[found])
