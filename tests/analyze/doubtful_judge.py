"""A judge with doubts: sure of `[title]` and `<label>`, unsure of `[title?]` and `<label?>`, sure of what is absent."""

from collections.abc import Mapping, Sequence

import numpy as np

from models.protocols import ActText, Judge, Matrix, TurnText
from models.tasks import TASKS
from tests.analyze.fixed_judge import FixedHandled


class DoubtfulActs:
    def match(self, turns: Sequence[TurnText], acts: Sequence[ActText]) -> Matrix:
        found = [[_act(turn, act) for act in acts] for turn in turns]
        return np.array(found, dtype=np.float64).reshape(len(turns), len(acts))

    def done(self, probabilities: Matrix) -> Matrix:
        best = probabilities.max(axis=0, initial=0.0)
        return np.select([best >= 0.9, best >= 0.5, best >= 0.3], [0.95, 0.6, 0.4], 0.05)


class DoubtfulTurns:
    labels: Mapping[str, tuple[str, ...]] = {task.name: task.labels for task in TASKS}

    def classify(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        found = [[_label(text, label) for label in self.labels[task]] for text in texts]
        return np.array(found).reshape(len(texts), len(self.labels[task]))

    def calibrate(self, task: str, best: Matrix) -> Matrix:
        return best


def _act(turn: TurnText, act: ActText) -> float:
    if turn.speaker != act.speaker:
        return 0.0
    marks = {f"[{act.title}]": 0.95, f"[{act.title}?]": 0.55, f"[{act.title}??]": 0.35}
    return next((probability for mark, probability in marks.items() if mark in turn.text), 0.0)


def _label(text: str, label: str) -> float:
    return 0.95 if f"<{label}>" in text else 0.55 if f"<{label}?>" in text else 0.01


JUDGE = Judge("doubtful-1", DoubtfulActs(), DoubtfulTurns(), FixedHandled())
