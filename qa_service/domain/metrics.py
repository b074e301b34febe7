"""Numbers that never travel without their n and their interval."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rate:
    """`k` of `n`, with a 95% Wilson interval; with n = 0 nothing is known (0 to 1)."""

    k: float
    n: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share, None when there is nothing to count."""
        return self.k / self.n if self.n else None


def rate(k: float, n: int) -> Rate:
    """The share k of n with its 95% interval (Wilson 1927)."""
    if n == 0:
        return Rate(k, n, 0.0, 1.0)
    share, z2 = k / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Rate(k, n, max(0.0, centre - half), min(1.0, centre + half))
