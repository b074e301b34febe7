"""The models adapted to one SOP: the general ones, with what people's labels taught added to their log-odds.

Only what was taught is changed: an act is known by its SOP and its wording, so an act of another wording, and every
other SOP, is judged by the general models to the bit.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from models.act_matcher import BoostedActMatcher
from models.linear import logit, sigmoid
from models.ngrams import NgramSpace
from models.protocols import ActMatcher, ActText, Judge, Matrix, TurnClassifier, TurnText

BUILT_IN = "built_in_red_line"
ACT_KINDS = ("step", "trigger", "response", "red_line")
"""Kinds of acts of the matcher; `BUILT_IN` are the red lines of the codebook, which the turn classifier decides."""
TASK = "red_lines"
# Log-odds are kept within ±13.8, so that a correction can still move a turn the general models are certain of.
CERTAIN = 1e-6


class TurnSpace(Protocol):
    """What a turn is described by when an act is corrected."""

    def rows(self, turns: Sequence[TurnText]) -> "csr_matrix[Any]":
        """One row a turn of one conversation: (turns, size)."""
        ...


@dataclass(frozen=True, slots=True)
class NgramTurns:
    """The n-grams of the release. Vectors of its encoder beside them brought nothing (docs/benchmarks.md#adapting)."""

    ngrams: NgramSpace

    def rows(self, turns: Sequence[TurnText]) -> "csr_matrix[Any]":
        """TF-IDF rows of the turns' own words."""
        return self.ngrams.rows([turn.text for turn in turns])


def turn_space(judge: Judge) -> TurnSpace:
    """The space in which the acts of a release are corrected; raises TypeError for models that have none."""
    if not isinstance(judge.acts, BoostedActMatcher):
        raise TypeError(f"{type(judge.acts).__name__} has no n-grams to adapt")
    return NgramTurns(judge.acts.space.ngrams)


@dataclass(frozen=True, slots=True)
class Correction:
    """What is added to the log-odds of some acts: weights (K, acts) of K columns of the turn's row, and a bias."""

    columns: NDArray[np.int32]
    weights: Matrix
    bias: Matrix

    def added(self, rows: "csr_matrix[Any]") -> Matrix:
        """What each row adds to each act: (rows, acts), each from its row alone."""
        added: Matrix = rows[:, self.columns] @ self.weights
        return added + self.bias


@dataclass(frozen=True, slots=True)
class Part:
    """The corrected acts of one kind; `keys` tell their wording, `ids` are the SOP's names for them."""

    kind: str
    ids: tuple[str, ...]
    keys: tuple[str, ...]
    correction: Correction


@dataclass(frozen=True, slots=True)
class Adaptation:
    """All that was learnt for one SOP on top of one release (`base` is its version).

    `scale` and `shift` recalibrate P(done): 1 and 0 leave it as it is.
    """

    sop: str
    base: str
    parts: tuple[Part, ...]
    scale: float = 1.0
    shift: float = 0.0

    def part(self, kind: str) -> Part | None:
        """The corrected acts of a kind, None when there are none."""
        return next((part for part in self.parts if part.kind == kind), None)


@lru_cache(maxsize=4096)
def act_key(act: ActText) -> str:
    """Sixteen hexadecimal digits of what an act is called and how it is worded; its place does not matter."""
    wording = (act.kind, act.speaker, act.rivals, act.title, act.description)
    texts = (*wording, act.examples, act.counter_examples, act.keywords)
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def log_odds(probabilities: Matrix) -> Matrix:
    """Log-odds of the general models, as they enter a correction."""
    return logit(probabilities, nearest=CERTAIN)


def recalibrated(done: Matrix, scale: float, shift: float) -> Matrix:
    """P(done) after Platt scaling; untouched bits where there is nothing to change."""
    return done if (scale, shift) == (1.0, 0.0) else sigmoid(scale * log_odds(done) + shift)


@dataclass(frozen=True, slots=True)
class AdaptedMatcher:
    """`ActMatcher` that corrects the acts of an adaptation and leaves all others to the general matcher."""

    general: ActMatcher
    space: TurnSpace
    adaptation: Adaptation
    _places: Mapping[str, tuple[int, int]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        places = {
            key: (number, place)
            for number, part in enumerate(self.adaptation.parts)
            if part.kind in ACT_KINDS
            for place, key in enumerate(part.keys)
        }
        object.__setattr__(self, "_places", places)

    def match(self, turns: Sequence[TurnText], acts: Sequence[ActText]) -> Matrix:
        """Probability that a turn performs an act: (turns, acts)."""
        found = self.general.match(turns, acts)
        known = [
            (column, self._places[key]) for column, act in enumerate(acts) if (key := act_key(act)) in self._places
        ]
        if not known:
            return found
        found, rows = found.copy(), self.space.rows(turns)
        added = {number: self.adaptation.parts[number].correction.added(rows) for number in {n for _, (n, _) in known}}
        for column, (number, place) in known:
            general = found[:, column]
            corrected = sigmoid(log_odds(general) + added[number][:, place])
            found[:, column] = np.where(general > 0.0, corrected, 0.0)
        return found

    def done(self, probabilities: Matrix) -> Matrix:
        """Calibrated probability that an act is performed anywhere in the conversation: (acts,)."""
        return recalibrated(self.general.done(probabilities), self.adaptation.scale, self.adaptation.shift)


@dataclass(frozen=True, slots=True)
class AdaptedTurns:
    """`TurnClassifier` that corrects some built-in red lines."""

    general: TurnClassifier
    space: TurnSpace
    part: Part

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """The labels of each task, in the order of the columns."""
        return self.general.labels

    def classify(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        """Probability of each label of a task: (texts, labels)."""
        found = self.general.classify(task, texts, before)
        if task != TASK or not texts:
            return found
        columns = [self.labels[task].index(name) for name in self.part.ids]
        found, rows = found.copy(), self.space.rows([TurnText("agent", text) for text in texts])
        found[:, columns] = sigmoid(log_odds(found[:, columns]) + self.part.correction.added(rows))
        return found

    def calibrate(self, task: str, best: Matrix) -> Matrix:
        """Calibrated probability that a label holds anywhere: (labels,)."""
        return self.general.calibrate(task, best)


@dataclass(frozen=True, slots=True)
class AdaptedJudge:
    """The models to judge one SOP with, and what was learnt for it."""

    judge: Judge
    adaptation: Adaptation


def adapted_judge(general: Judge, space: TurnSpace, adaptation: Adaptation, *, version: str) -> AdaptedJudge:
    """The general models with an adaptation on top."""
    built_in = adaptation.part(BUILT_IN)
    judge = Judge(
        version=version,
        acts=AdaptedMatcher(general.acts, space, adaptation),
        turns=AdaptedTurns(general.turns, space, built_in) if built_in else general.turns,
        handled=general.handled,
        sureness=general.sureness,
    )
    return AdaptedJudge(judge, adaptation)
