"""Turn classifiers that ask the encoder where the linear ones see a chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.linear import LinearClassifier, logit, sigmoid
from models.matching import Matching
from models.protocols import Matrix

# Log-odds of 4%: below it for every label of a task the linear model is right often enough to be left alone.
ASK_FROM = -3.2


@dataclass(frozen=True, slots=True)
class StackedTask:
    """Weights of one task (labels,): of the linear log-odds, of the encoder's, and the bias; then Platt's."""

    linear: Matrix
    read: Matrix
    bias: Matrix
    scale: Matrix
    shift: Matrix

    def log_odds(self, linear: Matrix, read: Matrix) -> Matrix:
        """Log-odds of both together (rows, labels)."""
        return self.linear * linear + self.read * read + self.bias


@dataclass(frozen=True, slots=True)
class StackedClassifier:
    """`TurnClassifier` of the linear models and, for the rows that need it, the encoder."""

    linear: LinearClassifier
    matching: Matching
    tasks: Mapping[str, StackedTask]

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """The labels of each task."""
        return self.linear.labels

    def classify(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        """Probability of each label: (texts, labels)."""
        log_odds = self.linear.log_odds(task, texts, before)
        asked = np.flatnonzero(log_odds.max(axis=1, initial=-np.inf) >= ASK_FROM).tolist()
        if task in self.tasks and asked:
            read = self.matching.label(task, [texts[i] for i in asked], [before[i] for i in asked])
            log_odds[asked] = self.tasks[task].log_odds(log_odds[asked], read)
        return sigmoid(log_odds)

    def calibrate(self, task: str, best: Matrix) -> Matrix:
        """Probability that a label holds anywhere in the conversation, from its best turn (Platt 1999)."""
        if task not in self.tasks:
            return self.linear.calibrate(task, best)
        weights = self.tasks[task]
        return sigmoid(weights.scale * logit(best) + weights.shift)
