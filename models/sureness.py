"""How likely a reported item is right: a logistic regression over a few signals (Platt 1999, with several inputs).

The signals of an item are computed by `models.findings`, for the service and for training alike.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

Signals = Mapping[str, float]
# The probability the item was reported with: what its confidence is where nothing better was learnt.
PROBABILITY = "probability"
BIAS = "bias"


@dataclass(frozen=True, slots=True)
class Sureness:
    """Weights of each signal by kind of item; `bias` counts always, signals without a weight do not."""

    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, kind: str, signals: Signals) -> float:
        """P(the item is right); for a kind without weights the probability it was reported with."""
        weights = self.weights.get(kind)
        if weights is None:
            return signals[PROBABILITY]
        total = sum(weight * (1.0 if name == BIAS else signals.get(name, 0.0)) for name, weight in weights.items())
        return 1.0 / (1.0 + math.exp(-min(40.0, max(-40.0, total))))


PLAIN = Sureness()
