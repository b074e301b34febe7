"""95% intervals by resampling whole conversations, since the findings of one conversation hang together."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from qa_service.aggregate.evaluation.comparison import Comparison
from qa_service.aggregate.evaluation.metrics import (
    Values,
    brier_skill,
    calibration_error,
    count_metrics,
    kappa_of_pairs,
)

RESAMPLES = 1000
SEED = 20_240_601
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Measurement:
    """A metric with its 95% percentile interval and what it is counted over."""

    name: str
    value: float
    low: float
    high: float
    n: int


def measure(comparisons: Sequence[Comparison]) -> list[Measurement]:
    """All metrics of a set of comparisons."""
    weights = draws_of_conversations(len(comparisons))
    names = sorted({name for comparison in comparisons for name in comparison.counts})
    counts = np.array([[comparison.counts[name] for name in names] for comparison in comparisons], dtype=np.float64)
    totals = dict(zip(names, (weights @ counts).T, strict=True))
    found = [measurement(name, values, int(n[0])) for name, values, n in count_metrics(totals)]
    return found + list(_item_metrics(comparisons, weights))


def draws_of_conversations(n: int) -> Values:
    """How often each conversation is drawn: the first row once each, then the resamples."""
    draws = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return np.vstack([np.ones(n), draws])


def _item_metrics(comparisons: Sequence[Comparison], weights: Values) -> Iterator[Measurement]:
    def over(name: str, items: Sequence[Sequence[Item]], metric: Callable[[list[Item]], float]) -> Measurement:
        values = [
            metric([item for part, times in zip(items, row, strict=True) for item in part for _ in range(int(times))])
            for row in weights[: RESAMPLES // 4 + 1]
        ]
        return measurement(name, np.array(values), sum(map(len, items)))

    if any(comparison.handled for comparison in comparisons):
        yield over("handled_kappa", [c.handled for c in comparisons], kappa_of_pairs)
    if any(comparison.confidences for comparison in comparisons):
        yield over("step_ece", [c.confidences for c in comparisons], calibration_error)
        yield over("step_brier_skill", [c.step_probabilities for c in comparisons], brier_skill)


def measurement(name: str, values: Values, n: int) -> Measurement:
    """A metric from its value in each draw, the first being that of the conversations themselves."""
    return Measurement(name, float(values[0]), *interval(values), n)


def interval(values: Values) -> tuple[float, float]:
    """95% percentile interval of the resamples in which the metric is defined."""
    known = values[1:][np.isfinite(values[1:])]
    low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
    return float(low), float(high)
