"""Linear turn classifiers over character n-grams, one weight matrix a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_matrix

from models.protocols import Matrix

# What the other side said last helps, but must not drown the turn's own words.
CONTEXT_WEIGHT = 0.4


def sigmoid(log_odds: Matrix) -> Matrix:
    """Probability of log-odds, without overflow."""
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -40.0, 40.0)))


def logit(probability: Matrix, *, nearest: float = 1e-9) -> Matrix:
    """Log-odds of a probability, kept at least `nearest` from 0 and 1 so that they are finite."""
    inside = np.clip(probability, nearest, 1 - nearest)
    log_odds: Matrix = np.log(inside / (1 - inside))
    return log_odds


class TextSpace(Protocol):
    """What texts are described by."""

    @property
    def size(self) -> int:
        """How many columns a row has."""
        ...

    def rows(self, texts: Sequence[str]) -> "csr_matrix[Any]":
        """One row a text, whatever its neighbours: (texts, size)."""
        ...


@dataclass(frozen=True, slots=True)
class LinearTask:
    """Weights of one task: own words (size, labels), words before (size, labels), bias, Platt scale and shift."""

    weights: Matrix
    context: Matrix
    bias: Matrix
    scale: Matrix
    shift: Matrix


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """`TurnClassifier` of logistic regressions."""

    space: TextSpace
    labels: Mapping[str, tuple[str, ...]]
    tasks: Mapping[str, LinearTask]

    def classify(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        """Probability of each label: (texts, labels)."""
        return sigmoid(self.log_odds(task, texts, before))

    def log_odds(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        """Calibrated log-odds of each label: (texts, labels)."""
        weights = self.tasks[task]
        log_odds: Matrix = self.space.rows(texts) @ weights.weights
        # The clauses of a turn share what was said before it: once is enough, and gives the same numbers.
        once = {text: place for place, text in enumerate(dict.fromkeys(before))}
        context: Matrix = self.space.rows(list(once)) @ weights.context
        log_odds = log_odds + CONTEXT_WEIGHT * context[[once[text] for text in before]]
        return log_odds + weights.bias

    def calibrate(self, task: str, best: Matrix) -> Matrix:
        """Probability that a label holds anywhere in the conversation, from its best turn (Platt 1999)."""
        weights = self.tasks[task]
        return sigmoid(weights.scale * logit(best) + weights.shift)
