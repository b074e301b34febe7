"""Learn from labelled turns what to add to the general models for one SOP.

The log-odds of the general models enter as a fixed offset, and an L2 penalty pulls the correction to nothing: with no
labels the adapted models are the general ones. How strong the penalty is, is chosen by cross-validation over
conversations, "no correction" among the choices. One thread, one fixed order: the same labels give the same bytes.

Shapes: n turns, C acts of one kind.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack

from models.adapted import Adaptation, Correction, Part, log_odds
from models.linear import sigmoid
from models.protocols import ActMatcher, Matrix

# Penalties of a word's weight to choose from, strongest first. Over 15 SOPs left out of training, each adapted to from
# nine conversations, the optimum lies between 0.01 and 0.05, and is flat.
PENALTIES = (0.3, 0.1, 0.03, 0.01)
# Of the bias, which every turn shares; 0.5, 2 and 8 differed by less than the interval there.
BIAS_PENALTY = 2.0
# Penalties of the recalibration of P(done): a few hundred steps are needed before it pays.
RECALIBRATION_PENALTIES = (100.0, 30.0, 10.0)
FOLDS = 4
# An n-gram of a single turn tells nothing about others; without them a fit is twenty times faster, and as good.
TURNS_AT_LEAST = 2
# An example of the SOP counts as a tenth of a labelled turn: the general models know it already. More did harm.
EXAMPLE_WEIGHT = 0.1
EXAMPLE = -1


@dataclass(frozen=True, slots=True)
class Lessons:
    """Labelled turns of the acts of one kind.

    `rows` (n, size) describe the turns, `odds` (n, C) are the general log-odds, `holds` (n, C) is the truth, `weights`
    (n, C) how much it counts (0: nobody said), `owner` (n) the number of the conversation (`EXAMPLE`: a sentence of the
    SOP itself), `searched` (n, C) is 0 where an act cannot begin.
    """

    rows: "csr_matrix[Any]"
    odds: Matrix
    holds: Matrix
    weights: Matrix
    owner: NDArray[np.int64]
    searched: Matrix

    def of(self, owners: Collection[int]) -> "Lessons":
        """The lessons of some conversations, in order, and the SOP's own sentences."""
        return self._where(np.isin(self.owner, sorted({*owners, EXAMPLE})))

    def spoken(self) -> "Lessons":
        """The lessons without the SOP's own sentences."""
        return self._where(self.owner != EXAMPLE)

    def acts(self, chosen: NDArray[np.int64]) -> "Lessons":
        """The lessons about some of the acts."""
        parts = {name: getattr(self, name)[:, chosen] for name in ("odds", "holds", "weights", "searched")}
        return replace(self, **parts)

    def _where(self, mine: NDArray[np.bool_]) -> "Lessons":
        arrays = (getattr(self, name)[mine] for name in ("rows", "odds", "holds", "weights", "owner", "searched"))
        return Lessons(*arrays)


@dataclass(frozen=True, slots=True)
class Subject:
    """The acts of one kind by id and key, with the lessons about them.

    An act that fewer than `enough` turns perform is left to the general models.
    """

    kind: str
    ids: tuple[str, ...]
    keys: tuple[str, ...]
    lessons: Lessons
    enough: int = 1


def joined(blocks: Sequence[Lessons]) -> Lessons:
    """Lessons of several conversations as one."""
    names = ("odds", "holds", "weights", "owner", "searched")
    arrays = {name: np.concatenate([getattr(block, name) for block in blocks]) for name in names}
    return Lessons(rows=vstack([block.rows for block in blocks]).tocsr(), **arrays)


def adapt(sop: str, base: str, subjects: Sequence[Subject], owners: Collection[int], matcher: ActMatcher) -> Adaptation:
    """What the labels of some conversations teach about an SOP, on top of the release `base`."""
    parts = []
    scale, shift = 1.0, 0.0
    for subject in subjects:
        chosen = _teachable(subject, owners)
        if not len(chosen):
            continue
        lessons = subject.lessons.of(owners).acts(chosen)
        penalty, held_out = _choose_penalty(lessons)
        if penalty is not None:
            ids, keys = (tuple(names[i] for i in chosen) for names in (subject.ids, subject.keys))
            parts.append(Part(subject.kind, ids, keys, fit(lessons, penalty)))
        if subject.kind == "step":
            scale, shift = _recalibration(lessons.spoken(), held_out, matcher.done)
    return Adaptation(sop, base, tuple(parts), scale, shift)


def _teachable(subject: Subject, owners: Collection[int]) -> NDArray[np.int64]:
    """The acts that were seen performed often enough, and seen not performed."""
    lessons = subject.lessons.of(owners).spoken()
    counted = lessons.weights > 0
    performed = (counted & (lessons.holds > 0)).sum(axis=0)
    others = (counted & (lessons.holds == 0)).sum(axis=0)
    return np.flatnonzero((performed >= subject.enough) & (others > 0))


def fit(lessons: Lessons, penalty: float) -> Correction:
    """Logistic regressions of all acts at once, by L-BFGS; weights are rounded to single precision."""
    columns = np.flatnonzero(np.bincount(lessons.rows.indices, minlength=lessons.rows.shape[1]) >= TURNS_AT_LEAST)
    rows = lessons.rows[:, columns].tocsr()
    turned = rows.T.tocsr()
    words, acts = rows.shape[1], lessons.holds.shape[1]
    # As if every turn had one more word, of such a length that the one penalty means BIAS_PENALTY for it.
    length = (penalty / BIAS_PENALTY) ** 0.5

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        weights, bias = flat[: words * acts].reshape(words, acts), flat[words * acts :]
        odds = lessons.odds + rows @ weights + length * bias
        wrong = lessons.weights * (sigmoid(odds) - lessons.holds)
        total = float(_losses(odds, lessons).sum()) + penalty / 2 * float(flat @ flat)
        slope = np.concatenate([(turned @ wrong).ravel(), length * wrong.sum(axis=0)])
        return total, slope + penalty * flat

    found = _least(loss, (words + 1) * acts)
    weights, bias = found[: words * acts].reshape(words, acts), length * found[words * acts :]
    return Correction(columns.astype(np.int32), _single(weights), _single(bias))


def _least(loss: Callable[[Matrix], tuple[float, Matrix]], size: int) -> Matrix:
    """Where a smooth loss (value and slope) is least, beginning at 0."""
    options: Any = {"maxiter": 60, "ftol": 1e-6, "gtol": 1e-4}
    found: Matrix = minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", options=options).x
    return found


def _single(weights: Matrix) -> Matrix:
    return weights.astype(np.float32).astype(np.float64)


def _losses(odds: Matrix, lessons: Lessons) -> Matrix:
    losses: Matrix = lessons.weights * (np.logaddexp(0.0, odds) - lessons.holds * odds)
    return losses


def _choose_penalty(lessons: Lessons) -> tuple[float | None, Matrix]:
    """The penalty of the least loss on conversations held out, None for no correction; and its held-out log-odds."""
    spoken = lessons.spoken()
    best: tuple[float, float | None, Matrix] = (float(_losses(spoken.odds, spoken).sum()), None, spoken.odds)
    folds = _folds(spoken.owner)
    if len(folds) < 2:
        return None, spoken.odds
    for penalty in PENALTIES:
        odds = spoken.odds.copy()
        for held in folds:
            rest = set(spoken.owner.tolist()) - held
            mine = np.isin(spoken.owner, sorted(held))
            odds[mine] += fit(lessons.of(rest), penalty).added(spoken.rows[mine])
        loss = float(_losses(odds, spoken).sum())
        if loss < best[0]:
            best = (loss, penalty, odds)
    return best[1], best[2]


def _folds(owner: NDArray[np.int64]) -> list[set[int]]:
    """The conversations in at most FOLDS groups."""
    numbers = sorted(set(owner.tolist()))
    count = min(FOLDS, len(numbers))
    return [set(numbers[start::count]) for start in range(count)]


def _recalibration(spoken: Lessons, odds: Matrix, done: Callable[[Matrix], Matrix]) -> tuple[float, float]:
    """Scale and shift of P(done), learnt from log-odds held out; 1 and 0 where that is no better."""
    owner, given, truth = _steps_of_conversations(spoken, sigmoid(odds) * spoken.searched, done)
    best = (_platt_loss(given, truth, np.zeros(2)), 1.0, 0.0)
    folds = _folds(owner)
    for penalty in RECALIBRATION_PENALTIES if len(folds) > 1 else ():
        loss = 0.0
        for held in folds:
            mine = np.isin(owner, sorted(held))
            loss += _platt_loss(given[mine], truth[mine], _platt(given[~mine], truth[~mine], penalty))
        if loss < best[0]:
            steeper, shift = _platt(given, truth, penalty)
            best = (loss, 1.0 + float(steeper), float(shift))
    return best[1], best[2]


def _steps_of_conversations(
    spoken: Lessons, probabilities: Matrix, done: Callable[[Matrix], Matrix]
) -> tuple[NDArray[np.int64], Matrix, Matrix]:
    """Conversation, log-odds of P(done) and truth of every step that was labelled."""
    owners, given, truth = [], [], []
    for number in sorted(set(spoken.owner.tolist())):
        mine = spoken.owner == number
        asked = (spoken.weights[mine] > 0).any(axis=0)
        given.append(log_odds(done(probabilities[mine]))[asked])
        truth.append(spoken.holds[mine].any(axis=0)[asked].astype(np.float64))
        owners.append(np.full(int(asked.sum()), number))
    return np.concatenate(owners), np.concatenate(given), np.concatenate(truth)


def _platt(given: Matrix, truth: Matrix, penalty: float) -> Matrix:
    """Change of scale, and shift."""

    def loss(change: Matrix) -> tuple[float, Matrix]:
        wrong = sigmoid(given * (1 + change[0]) + change[1]) - truth
        slope = np.array([float(wrong @ given), float(wrong.sum())]) + penalty * change
        return _platt_loss(given, truth, change) + penalty / 2 * float(change @ change), slope

    return _least(loss, 2)


def _platt_loss(given: Matrix, truth: Matrix, change: Matrix) -> float:
    odds = given * (1 + change[0]) + change[1]
    return float((np.logaddexp(0.0, odds) - truth * odds).sum())
