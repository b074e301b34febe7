"""Words that tell who speaks, and at which stage of business two sides meet: weighed, few, and readable as they stand.

The weights stand in the rulebook (`doubts.yaml`) and are learnt by `training.fit_doubts`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

AGENT, CUSTOMER = "agent", "customer"


@dataclass(frozen=True, slots=True)
class RoleCues:
    """How agents speak and customers do not; a weight below zero belongs to agents."""

    patterns: tuple[re.Pattern[str], ...]
    weights: tuple[float, ...]
    smoothing: float

    def features(self, agent: Sequence[str], customer: Sequence[str]) -> list[float]:
        """For each cue the share of the agent's turns that hold it, less that of the customer's; -1 to 1."""
        return [_share(p, agent, self.smoothing) - _share(p, customer, self.smoothing) for p in self.patterns]

    def p_swapped(self, agent: Sequence[str], customer: Sequence[str]) -> float:
        """Probability that what is given as the agent's turns is the customer's, and the other way round."""
        return _sigmoid(_dot(self.weights, self.features(agent, customer)))


@dataclass(frozen=True, slots=True)
class StageCues:
    """What is said before a purchase, after it, and when it is to be renewed."""

    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    weights: Mapping[str, tuple[float, ...]]
    bias: Mapping[str, float]
    smoothing: float

    def features(self, agent: Sequence[str], customer: Sequence[str]) -> list[float]:
        """For each cue the share of its speaker's turns that hold it; 0 to 1."""
        turns = {AGENT: agent, CUSTOMER: customer}
        return [_share(pattern, turns[speaker], self.smoothing) for speaker, pattern in self.patterns]

    def probabilities(self, agent: Sequence[str], customer: Sequence[str]) -> dict[str, float]:
        """Probability of each stage; they sum to 1."""
        features = self.features(agent, customer)
        scores = {stage: self.bias[stage] + _dot(weights, features) for stage, weights in self.weights.items()}
        highest = max(scores.values())
        shares = {stage: math.exp(score - highest) for stage, score in scores.items()}
        total = sum(shares.values())
        return {stage: share / total for stage, share in shares.items()}


def role_cues(document: Mapping[str, Any]) -> RoleCues:
    """The part `swapped_roles` of `doubts.yaml`."""
    cues = document["cues"]
    return RoleCues(
        patterns=tuple(re.compile(cue["says"]) for cue in cues),
        weights=tuple(float(cue["weight"]) for cue in cues),
        smoothing=float(document["smoothing"]),
    )


def stage_cues(document: Mapping[str, Any]) -> StageCues:
    """The part `stage` of `doubts.yaml`."""
    cues, stages = document["cues"], tuple(document["bias"])
    return StageCues(
        patterns=tuple((cue["speaker"], re.compile(cue["says"])) for cue in cues),
        weights={stage: tuple(float(cue["weights"][stage]) for cue in cues) for stage in stages},
        bias={stage: float(document["bias"][stage]) for stage in stages},
        smoothing=float(document["smoothing"]),
    )


def _share(pattern: re.Pattern[str], texts: Sequence[str], smoothing: float) -> float:
    """Few turns tell little: `smoothing` turns without the cue are counted in."""
    return sum(1 for text in texts if pattern.search(text)) / (len(texts) + smoothing)


def _dot(weights: Sequence[float], features: Sequence[float]) -> float:
    return math.fsum(weight * feature for weight, feature in zip(weights, features, strict=True))


def _sigmoid(score: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-500.0, min(500.0, score))))
