"""Means and their intervals from running sums."""

from dataclasses import dataclass
from math import sqrt

from scipy import stats

from qa_service.domain.coaching import Mean


@dataclass
class Moments:
    """Count, sum and sum of squares of the values so far (scores of 0 to 100, so that squares stay exact enough)."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        """Take one value."""
        self.n, self.total, self.squares = self.n + 1, self.total + value, self.squares + value * value

    def merge(self, other: "Moments") -> None:
        """Take all values of another."""
        self.n, self.total, self.squares = self.n + other.n, self.total + other.total, self.squares + other.squares

    def mean(self) -> Mean:
        """The mean with Student's 95% interval."""
        if self.n < 2:
            return Mean(self.n, self.total if self.n else None, None, None)
        mean = self.total / self.n
        variance = max(0.0, (self.squares - self.n * mean * mean) / (self.n - 1))
        half = float(stats.t.ppf(0.975, self.n - 1)) * sqrt(variance / self.n)
        return Mean(self.n, mean, max(0.0, mean - half), min(100.0, mean + half))


def error_of(mean: Mean) -> float:
    """The standard error of a mean, from the longer side of its interval: that may end at 0 or 100 points."""
    value = mean.value or 0.0
    half = max((mean.high or 0.0) - value, value - (mean.low or 0.0))
    return half / float(stats.t.ppf(0.975, mean.n - 1))
