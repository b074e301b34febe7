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
        rows, width = features.shape
        # Flat indexes: one `take` is several times faster than indexing by row and column.
        first = (np.arange(len(self.feature)) * self.feature.shape[1])[None, :]
        row = (np.arange(rows) * width)[:, None]
        below, above = self.left + first.T, self.right + first.T
        node = np.repeat(first, rows, axis=0)
        for _ in range(self.depth):
            goes_left = features.take(row + self.feature.take(node)) <= self.threshold.take(node)
            node = np.where(goes_left, below.take(node), above.take(node))
        leaves: Matrix = self.base + self.value.take(node).sum(axis=1)
        return leaves
