"""Ridge logistic regression on sparse columns, fitted once on all rows and corrected for each left-out fold.

The correction takes Newton steps with the curvature of the full fit: the coefficients of a fold are close to
those of all rows, so few cheap steps reach them. That is why it is written here: no library offers it, and
refitting from nothing takes ten times as long.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import splu
from scipy.special import expit

from qa_service.effects.contacts import Floats, Ints

DENSE_UP_TO = 600
NEWTON_STEPS, FOLD_STEPS = 25, 60
TOLERANCE, LARGEST_STEP = 1e-6, 4.0
Solve = Callable[[Floats], Floats]


@dataclass(frozen=True)
class _Fit:
    """What is fitted: rows, outcome (0 or 1) and the ridge on each column."""

    matrix: sparse.csr_array
    transposed: sparse.csr_array
    outcome: Floats
    penalty: Floats

    def gradient(self, beta: Floats, weights: Floats | float = 1.0) -> Floats:
        residuals = weights * (self.outcome - expit(self.matrix @ beta))
        return np.asarray(self.transposed @ residuals - self.penalty * beta)

    def solver(self, weights: Floats) -> Solve:
        # The constant bears a trace of penalty, so that the matrix can always be inverted.
        ridge = sparse.diags_array(self.penalty + 1e-6)
        hessian = self.transposed @ (sparse.diags_array(weights) @ self.matrix) + ridge
        if self.matrix.shape[1] > DENSE_UP_TO:
            factor = splu(hessian.tocsc())
            return lambda right: np.asarray(factor.solve(right))
        dense = linalg.cho_factor(hessian.toarray(), check_finite=False)
        return lambda right: np.asarray(linalg.cho_solve(dense, right, check_finite=False))


def cross_fitted(matrix: sparse.csr_array, outcome: Floats, folds: Ints, penalty: Floats) -> Floats:
    """Coefficients for each fold, fitted on all rows outside it: an array (folds, columns).

    `penalty` is the ridge on each column; the constant, which the matrix must hold, bears none.
    """
    fit = _Fit(matrix, matrix.T.tocsr(), outcome, penalty)
    pooled = _newton(fit)
    count = int(folds.max()) + 1
    solve = fit.solver(_curvature(matrix @ pooled) * (count - 1) / count)
    return np.array([_corrected(fit, pooled, (folds != fold).astype(float), solve) for fold in range(count)])


def _newton(fit: _Fit) -> Floats:
    """Coefficients on all rows."""
    beta = np.zeros(fit.matrix.shape[1])
    for _ in range(NEWTON_STEPS):
        step = fit.solver(_curvature(fit.matrix @ beta))(fit.gradient(beta))
        # Far from the solution a full step may overshoot; the size of a sane one is bounded.
        beta = beta + step * min(1.0, LARGEST_STEP / max(np.abs(step).max(), LARGEST_STEP))
        if np.abs(step).max() < TOLERANCE:
            break
    return beta


def _corrected(fit: _Fit, start: Floats, training: Floats, solve: Solve) -> Floats:
    beta = start
    for _ in range(FOLD_STEPS):
        step = solve(fit.gradient(beta, training))
        beta = beta + step
        if np.abs(step).max() < TOLERANCE * 10:
            break
    return beta


def _curvature(linear: Floats) -> Floats:
    share = expit(linear)
    return np.asarray(share * (1 - share))
