"""Fit the linear turn classifiers, calibrated on predictions for groups held out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.linear import CONTEXT_WEIGHT, LinearTask, TextSpace, logit, sigmoid
from models.protocols import Matrix
from models.tasks import Task
from training.calibration import platt_per_label
from training.data import Row

FOLDS = 3
# Inverse strength of the L2 penalty; 3, 10 and 30 differed by less than the interval on held-out groups.
C = 10.0


@dataclass(frozen=True)
class Fold:
    """A model that never saw these groups."""

    groups: frozenset[str]
    task: LinearTask


@dataclass(frozen=True)
class FittedTask:
    """A task with its out-of-fold probabilities on turns of conversations, where labels are as rare as in life.

    Without any conversation they are of the single turns. `folds` are the models that made them.
    """

    task: LinearTask
    held_out: Matrix
    holds: NDArray[np.bool_]
    folds: tuple[Fold, ...]


@dataclass(frozen=True)
class _Rows:
    features: "csr_matrix[Any]"
    holds: NDArray[np.bool_]
    groups: NDArray[np.str_]

    def of(self, groups: frozenset[str], *, without: bool) -> "_Rows":
        kept = np.isin(self.groups, sorted(groups), invert=without)
        return _Rows(self.features[kept], self.holds[kept], self.groups[kept])


def fit_task(rows: Sequence[Row], task: Task, space: TextSpace, *, beside: Sequence[Row] = ()) -> FittedTask:
    """Fit one task; Platt scaling of turns is folded into the weights, that of conversations is kept apart.

    Rows `beside` are only learnt from: they are never held out, and no probability is calibrated on them.
    """
    seen, more = _rows(rows, task, space), _rows(beside, task, space)
    parts = [
        (frozenset(seen.groups[test].tolist()), test)
        for _, test in GroupKFold(FOLDS, shuffle=True, random_state=0).split(seen.features, groups=seen.groups)
    ]
    fits = [_fit(seen.of(groups, without=True), more.of(groups, without=True)) for groups, _ in parts]
    log_odds = np.zeros(seen.holds.shape)
    for (weights, bias), (_, test) in zip(fits, parts, strict=True):
        log_odds[test] = seen.features[test] @ weights + bias
    natural = np.array([row.conversation is not None for row in rows])
    # Single turns are chosen to be telling; only whole conversations show how rare a label really is.
    calibrated_on = natural if natural.any() else ~natural
    scale, shift = platt_per_label(log_odds[calibrated_on], seen.holds[calibrated_on])
    probabilities = sigmoid(log_odds * scale + shift)
    conversations = conversation_calibration(rows, probabilities, seen.holds)

    def exported(fit: tuple[Matrix, Matrix]) -> LinearTask:
        weights, bias = fit[0] * scale, fit[1] * scale + shift
        return LinearTask(weights[: space.size], weights[space.size :], bias, *conversations)

    folds = tuple(Fold(groups, exported(fit)) for (groups, _), fit in zip(parts, fits, strict=True))
    fitted = exported(_fit(seen, more))
    return FittedTask(fitted, probabilities[calibrated_on], seen.holds[calibrated_on], folds)


def _rows(rows: Sequence[Row], task: Task, space: TextSpace) -> _Rows:
    own, before = space.rows([row.text for row in rows]), space.rows([row.before for row in rows])
    holds = np.array([[label in row.labels for label in task.labels] for row in rows], dtype=bool)
    return _Rows(
        hstack([own, CONTEXT_WEIGHT * before]).tocsr(),
        holds.reshape(len(rows), len(task.labels)),
        np.array([row.group for row in rows], dtype=str),
    )


def _fit(seen: _Rows, more: _Rows) -> tuple[Matrix, Matrix]:
    """One logistic regression a label; a label that never holds gets a bias that never fires."""
    features = vstack([seen.features, more.features]).tocsr() if len(more.groups) else seen.features
    holds = np.concatenate([seen.holds, more.holds])
    weights, bias = np.zeros((features.shape[1], holds.shape[1])), np.full(holds.shape[1], -8.0)
    for column in range(holds.shape[1]):
        if holds[:, column].any():
            model = LogisticRegression(C=C, solver="liblinear", random_state=0).fit(features, holds[:, column])
            weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    return weights, bias


def conversation_calibration(
    rows: Sequence[Row], probabilities: Matrix, holds: NDArray[np.bool_]
) -> tuple[Matrix, Matrix]:
    """From the best turn of a conversation to the conversation."""
    members: Mapping[str, list[int]] = _by_conversation(rows)
    best = np.array([probabilities[index].max(axis=0) for index in members.values()])
    anywhere = np.array([holds[index].any(axis=0) for index in members.values()])
    return platt_per_label(logit(best), anywhere)


def _by_conversation(rows: Sequence[Row]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        if row.conversation is not None and row.whole:
            members.setdefault(row.conversation, []).append(index)
    return members or {"all": list(range(len(rows)))}
