"""A judge whose probabilities are written down, behind the same protocols as the trained one."""

from collections.abc import Mapping, Sequence

import numpy as np

from models.protocols import ActText, Judge, Matrix, TurnText
from models.tasks import TASKS


class FixedActs:
    """An act is performed where its title stands in the turn in square brackets, as in `[greeting]`."""

    def match(self, turns: Sequence[TurnText], acts: Sequence[ActText]) -> Matrix:
        found = [[0.9 * (t.speaker == a.speaker and f"[{a.title}]" in t.text) for a in acts] for t in turns]
        return np.array(found, dtype=np.float64).reshape(len(turns), len(acts))

    def done(self, probabilities: Matrix) -> Matrix:
        return np.where(probabilities.max(axis=0, initial=0.0) >= 0.5, 0.95, 0.05)


class FixedTurns:
    """A label holds where it stands in the text as `<label>`."""

    labels: Mapping[str, tuple[str, ...]] = {task.name: task.labels for task in TASKS}

    def classify(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        found = [[0.95 if f"<{label}>" in text else 0.01 for label in self.labels[task]] for text in texts]
        return np.array(found).reshape(len(texts), len(self.labels[task]))

    def calibrate(self, task: str, best: Matrix) -> Matrix:
        return best


class FixedHandled:
    """A response is an answer when it says `<answer>`."""

    def handled(self, need: str, response: str, following: str) -> Mapping[str, float]:
        answered = float("<answer>" in response)
        return {"answered": answered, "partly": 0.0, "evaded": 1.0 - answered}


JUDGE = Judge("fixed-1", FixedActs(), FixedTurns(), FixedHandled())
