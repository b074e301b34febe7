"""Learn from conversations in which order steps follow each other, and what that is worth beside the turn's words."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.alignment import FAR, Alignment, course_log_odds
from models.linear import logit, sigmoid
from models.protocols import Matrix

FOLDS = 5


def fit_alignment(own: Sequence[Matrix], done: Sequence[Matrix]) -> Alignment:
    """From log-odds and truth of whole conversations, each (turns, steps)."""
    course = _course(done)
    shown = [np.stack([odds.ravel(), course_log_odds(odds, course).ravel()], axis=1) for odds in own]
    holds = np.concatenate([truth.ravel() for truth in done]) > 0
    fitted = LogisticRegression(C=1.0).fit(np.concatenate(shown), holds)
    return Alignment(course, np.append(fitted.coef_[0], fitted.intercept_[0]))


def align_held_out(probabilities: Sequence[Matrix], done: Sequence[Matrix], groups: Sequence[str]) -> list[Matrix]:
    """Probabilities after alignment, each by an alignment that never saw the group."""
    own = [logit(part) for part in probabilities]
    aligned: list[Matrix] = list(probabilities)
    folds = min(FOLDS, len(set(groups)))
    if folds < 2:
        return aligned
    for train, test in GroupKFold(folds).split(own_index := np.arange(len(own)), groups=groups):
        fitted = fit_alignment([own[i] for i in train], [done[i] for i in train])
        for index in own_index[test]:
            aligned[index] = sigmoid(fitted.log_odds(own[index]))
    return aligned


def _course(done: Sequence[Matrix]) -> Matrix:
    """Log of how often the next step is so many places on, against any step of the SOP being as likely."""
    seen, expected = np.ones(2 * FAR + 1), np.ones(2 * FAR + 1)
    for truth in done:
        last = None
        for row in truth > 0:
            steps = np.flatnonzero(row)
            if last is not None:
                for step in steps:
                    np.add.at(expected, np.clip(np.arange(len(row)) - last, -FAR, FAR) + FAR, 1.0 / len(row))
                    seen[int(np.clip(step - last, -FAR, FAR)) + FAR] += 1.0
            last = int(steps.max()) if len(steps) else last
    course: Matrix = np.log(seen / expected)
    return course
