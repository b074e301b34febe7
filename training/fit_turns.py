"""Fit the linear turn classifiers, calibrated on predictions for groups held out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.linear import CONTEXT_WEIGHT, LinearTask, logit, sigmoid
from models.ngrams import NgramSpace
from models.protocols import Matrix
from models.tasks import Task
from training.calibration import platt_per_label
from training.data import Row

FOLDS = 3
# Inverse strength of the L2 penalty; 3, 10 and 30 differed by less than the interval on held-out groups.
C = 10.0


@dataclass(frozen=True)
class FittedTask:
    """A task with its out-of-fold probabilities on turns of conversations, where labels are as rare as in life.

    Without any conversation they are of the single turns.
    """

    task: LinearTask
    held_out: Matrix
    holds: NDArray[np.bool_]


def fit_task(rows: Sequence[Row], task: Task, space: NgramSpace) -> FittedTask:
    """Fit one task; Platt scaling of turns is folded into the weights, that of conversations is kept apart."""
    features = _features(rows, space)
    holds = np.array([[label in row.labels for label in task.labels] for row in rows])
    held_out = _held_out_log_odds(features, holds, [row.group for row in rows])
    natural = np.array([row.conversation is not None for row in rows])
    # Single turns are chosen to be telling; only whole conversations show how rare a label really is.
    calibrated_on = natural if natural.any() else ~natural
    scale, shift = platt_per_label(held_out[calibrated_on], holds[calibrated_on])
    weights, bias = _fit(features, holds)
    weights, bias = weights * scale, bias * scale + shift
    probabilities = sigmoid(held_out * scale + shift)
    conversation_scale, conversation_shift = conversation_calibration(rows, probabilities, holds)
    fitted = LinearTask(
        weights=weights[: space.size],
        context=weights[space.size :],
        bias=bias,
        scale=conversation_scale,
        shift=conversation_shift,
    )
    return FittedTask(fitted, probabilities[calibrated_on], holds[calibrated_on])


def _features(rows: Sequence[Row], space: NgramSpace) -> "csr_matrix[Any]":
    own = space.rows([row.text for row in rows])
    return hstack([own, CONTEXT_WEIGHT * space.rows([row.before for row in rows])]).tocsr()


def _held_out_log_odds(features: "csr_matrix[Any]", holds: NDArray[np.bool_], groups: Sequence[str]) -> Matrix:
    log_odds = np.zeros(holds.shape)
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=0).split(features, groups=groups):
        weights, bias = _fit(features[train], holds[train])
        log_odds[test] = features[test] @ weights + bias
    return log_odds


def _fit(features: "csr_matrix[Any]", holds: NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
    """One logistic regression a label; a label that never holds gets a bias that never fires."""
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
