"""Two releases on the same conversations: every figure of both, and their difference with its paired interval."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa_service.aggregate.evaluation.bootstrap import Measurement, draws_of_conversations, interval, measurement
from qa_service.aggregate.evaluation.comparison import Comparison
from qa_service.aggregate.evaluation.metrics import Values, count_metrics, ratio

STEP_LOSS = "step_log_loss"
FIGURES = (
    *("missed_f1", "step_kappa", "step_turn_f1", "order_f1", "obl_f1"),
    *("red_precision", "red_f1", "score_mae", "pass_agreement"),
)
LOWER_IS_BETTER = {STEP_LOSS, "score_mae"}
# P(done) is written with four digits; a verdict that was certain and wrong costs 9.2.
CERTAIN = 1e-4


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of one release and of another; `low` and `high` bound `after` − `before`."""

    before: Measurement
    after: Measurement
    low: float
    high: float

    @property
    def name(self) -> str:
        """What is measured."""
        return self.before.name

    @property
    def difference(self) -> float:
        """How much it rose."""
        return self.after.value - self.before.value

    @property
    def better(self) -> bool:
        """Better by more than its interval."""
        return self.high < 0 if self.name in LOWER_IS_BETTER else self.low > 0

    @property
    def worse(self) -> bool:
        """Worse by more than its interval."""
        return self.low > 0 if self.name in LOWER_IS_BETTER else self.high < 0


def differences(before: Sequence[Comparison], after: Sequence[Comparison]) -> list[Difference]:
    """The log loss of the steps and the figures of `FIGURES`, over comparisons of the same conversations in order."""
    weights = draws_of_conversations(len(before))
    one, other = (_figures(comparisons, weights) for comparisons in (before, after))
    return [_difference(name, one[name], other[name]) for name in (STEP_LOSS, *FIGURES)]


def summed(comparisons: Sequence[Comparison]) -> Comparison:
    """Several comparisons of one conversation as one, so that resampling keeps them together."""
    total = Comparison()
    for one in comparisons:
        for name, count in one.counts.items():
            total.counts[name] += count
        total.step_probabilities += one.step_probabilities
    return total


def _figures(comparisons: Sequence[Comparison], weights: Values) -> Mapping[str, tuple[Values, int]]:
    """Name -> the value of each draw, and n."""
    counts = [_with_loss(comparison) for comparison in comparisons]
    names = sorted({name for one in counts for name in one})
    table = np.array([[one.get(name, 0.0) for name in names] for one in counts])
    totals = dict(zip(names, (weights @ table).T, strict=True))
    found = {name: (values, int(n[0])) for name, values, n in count_metrics(totals)}
    asked = totals["asked"]
    return found | {STEP_LOSS: (np.where(asked > 0, ratio(totals["loss"], asked), np.nan), int(asked[0]))}


def _with_loss(comparison: Comparison) -> Mapping[str, float]:
    counts = defaultdict(float, comparison.counts)
    for _, p_done, done in comparison.step_probabilities:
        right = p_done if done else 1 - p_done
        counts["loss"] -= float(np.log(min(1 - CERTAIN, max(CERTAIN, right))))
        counts["asked"] += 1
    return {"loss": 0.0, "asked": 0.0, **counts}


def _difference(name: str, before: tuple[Values, int], after: tuple[Values, int]) -> Difference:
    return Difference(measurement(name, *before), measurement(name, *after), *interval(after[0] - before[0]))
