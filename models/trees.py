"""Gradient-boosted trees as plain arrays: no library is needed to evaluate them, and no pickle to load them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.protocols import Matrix


@dataclass(frozen=True, slots=True)
class Trees:
    """`(trees, nodes)` arrays; a leaf points to itself. The log-odds are `base` plus the leaves' sum."""

    feature: NDArray[np.int32]
    threshold: Matrix
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: Matrix
    base: float
    depth: int

    def log_odds(self, features: Matrix) -> Matrix:
        """Log-odds of each row of `features` (rows, features)."""
        trees = np.arange(len(self.feature))[None, :]
        node = np.zeros((len(features), len(self.feature)), dtype=np.int32)
        row = np.arange(len(features))[:, None]
        for _ in range(self.depth):
            goes_left = features[row, self.feature[trees, node]] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        leaves: Matrix = self.base + self.value[trees, node].sum(axis=1)
        return leaves
