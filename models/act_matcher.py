"""Recognise acts that were never seen in training, from their description and examples alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.act_features import ActSpace, PreparedActs, pair_features, prepare
from models.alignment import Alignment
from models.linear import logit, sigmoid
from models.protocols import ActText, Matrix, TurnText
from models.trees import Trees

# SOPs change monthly and number in the tens; encoding one takes about a millisecond.
PREPARED_AT_MOST = 256


@dataclass(frozen=True, slots=True)
class BoostedActMatcher:
    """`ActMatcher` of boosted trees, then aligned; `calibration` maps a conversation's peaks to P(done)."""

    space: ActSpace
    trees: Trees
    alignment: Alignment
    calibration: Matrix
    _prepared: dict[tuple[ActText, ...], PreparedActs] = field(default_factory=dict, compare=False, repr=False)

    def match(self, turns: Sequence[TurnText], acts: Sequence[ActText]) -> Matrix:
        """Probability that a turn performs an act: (turns, acts)."""
        chosen = np.array([[turn.speaker == act.speaker for act in acts] for turn in turns], dtype=bool)
        probabilities = np.zeros((len(turns), len(acts)))
        if not chosen.any():
            return probabilities
        features = pair_features(turns, self._prepare(tuple(acts)), self.space)
        log_odds = np.full(chosen.shape, -np.inf)
        log_odds[chosen] = self.trees.log_odds(features[chosen])
        for course in courses(acts):
            rows = np.flatnonzero(chosen[:, course[0]])
            here = np.ix_(rows, np.array(course))
            log_odds[here] = self.alignment.log_odds(log_odds[here])
        probabilities[chosen] = sigmoid(log_odds[chosen])
        return probabilities

    def done(self, probabilities: Matrix) -> Matrix:
        """Calibrated probability that each act is performed somewhere: (acts,)."""
        return sigmoid(peaks(probabilities) @ self.calibration[:-1] + self.calibration[-1])

    def _prepare(self, acts: tuple[ActText, ...]) -> PreparedActs:
        prepared = self._prepared.get(acts)
        if prepared is None:
            prepared = prepare(acts, self.space)
            if len(self._prepared) >= PREPARED_AT_MOST:
                self._prepared.clear()
            self._prepared[acts] = prepared
        return prepared


def courses(acts: Sequence[ActText]) -> list[list[int]]:
    """The acts that follow each other: rival steps, each with its own place in the conversation."""
    found: dict[str, list[int]] = {}
    for index, act in enumerate(acts):
        if act.kind == "step" and act.place is not None:
            found.setdefault(act.rivals, []).append(index)
    return [course for course in found.values() if len({acts[i].place for i in course}) == len(course) > 1]


def peaks(probabilities: Matrix) -> Matrix:
    """What P(done) is made of: log-odds of the best turn, of the second best, and of any turn: (acts, 3)."""
    padded = np.sort(np.pad(probabilities, ((2, 0), (0, 0))), axis=0)
    none = np.prod(1.0 - probabilities, axis=0)
    return logit(np.stack([padded[-1], padded[-2], 1.0 - none], axis=1), nearest=1e-4)
