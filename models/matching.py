"""How near a turn, in its place in the conversation, is to an act's wording, learnt on top of an encoder.

Shapes: T turns, A acts, E examples, W width of the encoder.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from models.encoder import TextEncoder
from models.protocols import Matrix, TurnText
from models.tasks import COLUMNS

SHARPNESS = 0.1
LAYERS = ("around_in", "around_out", "turn", "description", "example", "labels")


@dataclass(frozen=True, slots=True)
class Layer:
    """A linear layer: weights (out, in) and bias (out)."""

    weights: Matrix
    bias: Matrix

    def __call__(self, rows: Matrix) -> Matrix:
        """Rows through the layer; einsum adds in one fixed order, which a BLAS product may not."""
        product: Matrix = np.einsum("ti,oi->to", rows, self.weights)
        return product + self.bias


@dataclass(frozen=True, slots=True)
class Matching:
    """The encoder and the layers of `training.encoder.matching`, in numpy."""

    encoder: TextEncoder
    around_in: Layer
    around_out: Layer
    turn: Layer
    description: Layer
    example: Layer
    weights: Matrix
    labels: Layer

    def turns(self, turns: Sequence[TurnText]) -> Matrix:
        """Unit vectors of a conversation's turns, each in its place (T, W)."""
        own = self._vectors([turn.text for turn in turns])
        before, after = _at(own, last_of_other_side(turns)), _at(own, next_of_other_side(turns))
        return unit_rows(self.turn(self._placed(own, before, after)))

    def descriptions(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors of acts' descriptions (A, W)."""
        return unit_rows(self.description(self._vectors(texts)))

    def examples(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors of example sentences (E, W)."""
        return unit_rows(self.example(self._vectors(texts)))

    def exemplified(self, likened: Matrix, owner: NDArray[np.int64], acts: int) -> Matrix:
        """Soft maximum over the examples of each act: (T, E) -> (T, A); −1 for an act without any."""
        found = np.full((len(likened), acts), -1.0)
        for act in range(acts):
            mine = likened[:, owner == act]
            if mine.shape[1]:
                found[:, act] = SHARPNESS * np.log(np.exp(mine / SHARPNESS).mean(axis=1))
        return found

    def label(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        """Log-odds of the labels of a task (texts, labels), given what the other side said last ("" for nothing)."""
        own = self._vectors(texts)
        said = np.array([bool(text) for text in before])
        earlier = np.zeros_like(own)
        if said.any():
            earlier[said] = self._vectors([text for text in before if text])
        columns = COLUMNS[task]
        part = Layer(self.labels.weights[columns], self.labels.bias[columns])
        return part(self._placed(own, earlier, np.zeros_like(own)))

    def _placed(self, own: Matrix, before: Matrix, after: Matrix) -> Matrix:
        return own + self.around_out(gelu(self.around_in(np.hstack([own, before, after]))))

    def _vectors(self, texts: Sequence[str]) -> Matrix:
        vectors: Matrix = self.encoder.vectors(texts).astype(np.float64)
        return vectors

    def log_odds(self, described: Matrix, exemplified: Matrix) -> Matrix:
        """Log-odds that a turn performs an act (T, A)."""
        odds: Matrix = self.weights[0] * described + self.weights[1] * exemplified + self.weights[2]
        return odds


def gelu(values: Matrix) -> Matrix:
    """Gaussian error linear unit (Hendrycks and Gimpel 2016)."""
    activated: Matrix = 0.5 * values * (1.0 + erf(values / np.sqrt(2.0)))
    return activated


def unit_rows(vectors: Matrix) -> Matrix:
    """Rows of unit length; a row of zeros (a text with nothing known) stays one."""
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return vectors / np.where(norms > 0, norms, 1.0)[:, None]


def last_of_other_side(turns: Sequence[TurnText]) -> NDArray[np.int64]:
    """For each turn the index of what the other side said last before it; −1 where nothing."""
    found, last = np.full(len(turns), -1), {"agent": -1, "customer": -1}
    for index, turn in enumerate(turns):
        found[index] = last["customer" if turn.speaker == "agent" else "agent"]
        last[turn.speaker] = index
    return found


def next_of_other_side(turns: Sequence[TurnText]) -> NDArray[np.int64]:
    """For each turn the index of what the other side says next; −1 where nothing."""
    backwards = last_of_other_side(turns[::-1])[::-1]
    return np.where(backwards >= 0, len(turns) - 1 - backwards, -1)


def _at(rows: Matrix, index: NDArray[np.int64]) -> Matrix:
    return np.where((index >= 0)[:, None], rows[np.maximum(index, 0)], 0.0)
