"""Weigh the linear model and the encoder against each other, on conversations that neither has seen."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.linear import logit, sigmoid
from models.matching import Matching
from models.protocols import Matrix
from models.stacked import ASK_FROM, StackedTask
from models.tasks import Task
from training.calibration import ENOUGH
from training.data import Row
from training.fit_turns import FittedTask, conversation_calibration

Readers = Callable[[set[str]], Matching | None]


def fit_stack(rows: Sequence[Row], task: Task, fitted: FittedTask, readers: Readers) -> tuple[StackedTask, Matrix]:
    """The stack of a task, and its probabilities of the rows of conversations (`fitted.held_out` are the linear's)."""
    natural = [row for row in rows if row.conversation is not None]
    linear = logit(fitted.held_out)
    asked = np.flatnonzero(linear.max(axis=1) >= ASK_FROM)
    read = _read([natural[i] for i in asked], task, readers)
    weights = _weights(linear[asked], read, fitted.holds[asked])
    stacked = linear.copy()
    stacked[asked] = weights[0] * linear[asked] + weights[1] * read + weights[2]
    probabilities = sigmoid(stacked)
    scale, shift = conversation_calibration(natural, probabilities, fitted.holds)
    return StackedTask(weights[0], weights[1], weights[2], scale, shift), probabilities


def _read(rows: Sequence[Row], task: Task, readers: Readers) -> Matrix:
    """What encoders that never saw a row's SOP say of it (rows, labels)."""
    found = np.zeros((len(rows), len(task.labels)))
    for sop in sorted({row.group for row in rows}):
        mine = [index for index, row in enumerate(rows) if row.group == sop]
        reader = readers({sop})
        if reader is not None:
            found[mine] = reader.label(task.name, [rows[i].text for i in mine], [rows[i].before for i in mine])
    return found


def _weights(linear: Matrix, read: Matrix, holds: NDArray[np.bool_]) -> Matrix:
    """Linear weight, encoder weight and bias a label (3, labels); rare labels share theirs."""
    weights = np.zeros((3, linear.shape[1]))
    rare = np.flatnonzero(holds.sum(axis=0) < ENOUGH)
    for column in range(linear.shape[1]):
        if column not in rare:
            weights[:, column] = _fit(linear[:, [column]], read[:, [column]], holds[:, [column]])
    if len(rare):
        weights[:, rare] = _fit(linear[:, rare], read[:, rare], holds[:, rare])[:, None]
    return weights


def _fit(linear: Matrix, read: Matrix, holds: NDArray[np.bool_]) -> Matrix:
    pairs = np.stack([linear.ravel(), read.ravel()], axis=1)
    if holds.all() or not holds.any():
        return np.array([1.0, 0.0, 0.0])
    fitted = LogisticRegression(C=1.0).fit(pairs, holds.ravel())
    found: Matrix = np.append(fitted.coef_[0], fitted.intercept_[0])
    return found
