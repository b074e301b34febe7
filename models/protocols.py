"""What the service asks of its models, and the plain types that cross the border.

A better model is one more file behind one of these protocols.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.sureness import PLAIN, Sureness

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TurnText:
    """What a model sees of a turn: speaker (`agent`, `customer`, `system`) and cleaned text."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class ActText:
    """An act to be recognised from its wording alone: a step, a trigger, a response, an own red line.

    `kind` is `step`, `trigger`, `response` or `red_line`; acts of the same `rivals` compete for a turn; `place` is
    where an act is expected in the conversation, 0 (start) to 1 (end), or None when it may come anywhere.
    """

    kind: str
    speaker: str
    title: str
    description: str
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]
    keywords: tuple[str, ...]
    place: float | None = None
    rivals: str = ""


class ActMatcher(Protocol):
    """Recognises acts it has never seen, from their texts."""

    def match(self, turns: Sequence[TurnText], acts: Sequence[ActText]) -> Matrix:
        """Probability that a turn performs an act: (turns, acts), 0 where the speaker differs."""
        ...

    def done(self, probabilities: Matrix) -> Matrix:
        """Calibrated probability that an act is performed anywhere in the conversation: (acts,)."""
        ...


class TurnClassifier(Protocol):
    """Decides the tasks of `models.tasks` for pieces of turns."""

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """The labels of each task, in the order of the columns."""
        ...

    def classify(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        """Probability of each label of a task: (texts, labels); `before` is what the other side said last."""
        ...

    def calibrate(self, task: str, best: Matrix) -> Matrix:
        """Calibrated probability that a label holds anywhere, from the highest turn probability: (labels,)."""
        ...


class HandledClassifier(Protocol):
    """Decides whether a need was answered by the turn that follows."""

    def handled(self, need: str, response: str, following: str) -> Mapping[str, float]:
        """Probability of answered, partly, evaded; `following` is what the customer says next."""
        ...


@dataclass(frozen=True, slots=True)
class Judge:
    """All models of one release; `version` names the release and is written into every analysis.

    `sureness` tells how likely a reported item is right; without it, that is the probability it was reported with.
    """

    version: str
    acts: ActMatcher
    turns: TurnClassifier
    handled: HandledClassifier
    sureness: Sureness = PLAIN
