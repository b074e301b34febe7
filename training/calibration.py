"""Probabilities that mean what they say, fitted on predictions for data held out (Platt 1999)."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.protocols import Matrix

# Fewer positives than this say nothing of their own about a scale; the scale of all labels together is used.
ENOUGH = 8


def platt(log_odds: Matrix, holds: NDArray[np.bool_]) -> tuple[float, float]:
    """Scale and shift that turn log-odds into calibrated log-odds; identity when only one class is there."""
    if holds.all() or not holds.any():
        return 1.0, 0.0
    fitted = LogisticRegression(C=10.0).fit(log_odds.reshape(-1, 1), holds)
    return max(0.05, float(fitted.coef_[0, 0])), float(fitted.intercept_[0])


def platt_per_label(log_odds: Matrix, holds: NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
    """Scale and shift of each column; rare labels share one scale and shift."""
    scale, shift = np.ones(log_odds.shape[1]), np.zeros(log_odds.shape[1])
    rare = np.flatnonzero(holds.sum(axis=0) < ENOUGH)
    for column in range(log_odds.shape[1]):
        if column not in rare:
            scale[column], shift[column] = platt(log_odds[:, column], holds[:, column])
    if len(rare):
        scale[rare], shift[rare] = platt(log_odds[:, rare].ravel(), holds[:, rare].ravel())
    return scale, shift
