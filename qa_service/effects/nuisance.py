"""Ridge logistic regression on columns of levels, fitted once on all rows and corrected for each left-out fold.

The columns are never spread into a matrix: sums over levels and over pairs of levels are all that Newton's method
asks for, and the agents, whose block is diagonal, are solved for first (Schur complement), so that thousands of them
cost little. The correction for a fold takes Newton steps with the curvature of the full fit: its coefficients are
close to those of all rows, so few cheap steps reach them. That is why it is written here: no library offers it, and
refitting from nothing takes ten times as long.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.special import expit

from qa_service.effects.confounders import Design
from qa_service.effects.contacts import Floats, Ints

NEWTON_STEPS, FOLD_STEPS = 40, 30
# Steps of the coefficients below these are far within their sampling error.
TOLERANCE, FOLD_TOLERANCE, LARGEST_STEP = 1e-5, 1e-3, 4.0
# From so small a change on, the curvature is kept: it changes no more.
CURVATURE_KEPT = 0.05
Solve = Callable[[Floats], Floats]
# What the fit aims at, given its own prediction (a share): the outcome itself, or what a reading makes of it.
Aim = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Prediction:
    """The linear predictor of each row by the fit that did not see it, and its slope on the extra column (else 0)."""

    linear: Floats
    slope: Floats

    @property
    def share(self) -> Floats:
        """The predicted probability with the extra column at 0."""
        return np.asarray(expit(self.linear))

    @property
    def share_with(self) -> Floats:
        """The predicted probability with the extra column at 1."""
        return np.asarray(expit(self.linear + self.slope))


@dataclass(frozen=True)
class Logit:
    """A logistic regression on the levels of a design and, if given, one column of numbers that bears no ridge."""

    design: Design
    ridge: float
    extra: Floats | None = None

    @property
    def width(self) -> int:
        """How many coefficients: all levels, the constant, and the extra column."""
        return sum(self.design.widths) + 1 + (self.extra is not None)

    def linear(self, beta: Floats) -> Floats:
        """The linear predictor of each row."""
        at, total = 0, np.full(len(self.design.agents), beta[sum(self.design.widths)])
        for codes, width in zip(self.design.codes, self.design.widths, strict=True):
            total += beta[at : at + width][codes]
            at += width
        return total if self.extra is None else total + self.extra * beta[-1]

    def sums(self, values: Floats) -> Floats:
        """The sum of `values` over the rows of each level, over all, and weighted by the extra column."""
        pairs = zip(self.design.codes, self.design.widths, strict=True)
        parts = [np.bincount(codes, weights=values, minlength=width) for codes, width in pairs]
        parts.append(np.array([values.sum()]))
        if self.extra is not None:
            parts.append(np.array([values @ self.extra]))
        return np.concatenate(parts)

    def penalty(self) -> Floats:
        """The ridge on each coefficient; the constant bears a trace, so that there is always one solution."""
        penalty = np.full(self.width, self.ridge)
        penalty[sum(self.design.widths) :] = 1e-6
        return penalty

    def solver(self, weights: Floats) -> Solve:
        """Solves against the curvature at the given weights of the rows."""
        first = self.design.widths[0]
        penalty = self.penalty()
        diagonal = np.bincount(self.design.codes[0], weights=weights, minlength=first) + penalty[:first]
        border = self._border(weights)
        inner = self._inner(weights) + np.diag(penalty[first:]) - border.T @ (border / diagonal[:, None])
        factor = linalg.cho_factor(inner, check_finite=False)

        def solve(right: Floats) -> Floats:
            head = right[:first] / diagonal
            tail = np.asarray(linalg.cho_solve(factor, right[first:] - border.T @ head, check_finite=False))
            return np.concatenate([head - (border @ tail) / diagonal, tail])

        return solve

    def _border(self, weights: Floats) -> Floats:
        """The curvature between the first column's levels and everything else."""
        codes, widths = self.design.codes, self.design.widths
        parts = [_table(codes[0], codes[k], weights, (widths[0], widths[k])) for k in range(1, len(codes))]
        rest = [weights] if self.extra is None else [weights, weights * self.extra]
        parts += [_table(codes[0], np.zeros_like(codes[0]), column, (widths[0], 1)) for column in rest]
        return np.hstack(parts)

    def _inner(self, weights: Floats) -> Floats:
        """The curvature among everything else."""
        codes, widths = self.design.codes, self.design.widths
        offsets = np.cumsum([0, *widths[1:]])
        size = self.width - widths[0]
        inner = np.zeros((size, size))
        for j in range(1, len(codes)):
            for k in range(1, j + 1):
                block = _table(codes[j], codes[k], weights, (widths[j], widths[k]))
                rows, columns = slice(offsets[j - 1], offsets[j]), slice(offsets[k - 1], offsets[k])
                inner[rows, columns] = block
                inner[columns, rows] = block.T
        rest = [weights] if self.extra is None else [weights, weights * self.extra]
        for at, column in enumerate(rest, int(offsets[-1])):
            sums = self.sums(column)[widths[0] :]
            inner[: len(sums), at] = inner[at, : len(sums)] = sums
        if self.extra is not None:
            inner[-1, -1] = weights @ self.extra**2
        return inner


def cross_fitted(model: Logit, aim: Floats | Aim, folds: Ints) -> Prediction:
    """Each row predicted by the coefficients fitted on all rows outside its fold.

    `aim` is the outcome (0 to 1), or tells it from the shares predicted so far (an EM step, see `exposure.py`).
    """
    target: Aim = aim if callable(aim) else lambda _share: aim
    pooled = _newton(model, target)
    share = expit(model.linear(pooled))
    count = int(folds.max()) + 1
    solve = model.solver(share * (1 - share) * (count - 1) / count)
    linear, slope = np.empty(len(folds)), np.zeros(len(folds))
    for fold in range(count):
        mine = folds == fold
        beta = _corrected(model, pooled, target, (~mine).astype(float), solve)
        linear[mine] = Logit(model.design.take(mine), model.ridge).linear(beta if model.extra is None else beta[:-1])
        if model.extra is not None:
            slope[mine] = beta[-1]
    return Prediction(linear, slope)


def _newton(model: Logit, target: Aim) -> Floats:
    """Coefficients on all rows."""
    beta = np.zeros(model.width)
    penalty, solve, change = model.penalty(), None, np.inf
    for _ in range(NEWTON_STEPS):
        share = expit(model.linear(beta))
        if solve is None or change > CURVATURE_KEPT:
            solve = model.solver(share * (1 - share))
        step = solve(model.sums(target(share) - share) - penalty * beta)
        # Far from the solution a full step may overshoot; the size of a sane one is bounded.
        step *= min(1.0, LARGEST_STEP / max(np.abs(step).max(), LARGEST_STEP))
        beta, change = beta + step, float(np.abs(step).max())
        if change < TOLERANCE:
            break
    return beta


def _corrected(model: Logit, start: Floats, target: Aim, training: Floats, solve: Solve) -> Floats:
    beta, penalty = start, model.penalty()
    for _ in range(FOLD_STEPS):
        share = expit(model.linear(beta))
        step = solve(model.sums(training * (target(share) - share)) - penalty * beta)
        beta = beta + step
        if np.abs(step).max() < FOLD_TOLERANCE:
            break
    return beta


def _table(first: Ints, second: Ints, weights: Floats, shape: tuple[int, int]) -> Floats:
    """The sum of the weights for each pair of levels."""
    joint = np.bincount(first * shape[1] + second, weights=weights, minlength=shape[0] * shape[1])
    return np.asarray(joint.reshape(shape))
