"""Steps of an SOP as a course through a conversation, by dynamic programming over uncertain turns.

The hidden state is the step done last; forward and backward sums (Rabiner 1989) over it say how likely each step is
next at each turn, by all that is done before and after: conformance checking over events known only in probability
(Bogdanov et al. 2022). Shapes: T turns of the agent, S steps in the SOP's order.
"""

from dataclasses import dataclass

import numpy as np

from models.protocols import Matrix

# Steps further apart than this are all as far.
FAR = 6
# Beyond these log-odds a turn is as good as certain; no single turn may decide the whole course.
CERTAIN = 6.0
# Share of the turns that do some step: where the course goes on rather than waits.
GOES_ON = 0.6
BEHIND_START = 0.25


@dataclass(frozen=True, slots=True)
class Alignment:
    """What is learnt: `course`, log-odds of going that many steps on (−FAR … FAR) against any step; then the weights of
    a turn's own log-odds, of those of the course, and the bias (3).
    """

    course: Matrix
    weights: Matrix

    def log_odds(self, own: Matrix) -> Matrix:
        """Log-odds that turns do steps, the course of the conversation considered (T, S)."""
        aligned: Matrix = self.weights[0] * own + self.weights[1] * course_log_odds(own, self.course) + self.weights[2]
        return aligned


def course_log_odds(own: Matrix, course: Matrix) -> Matrix:
    """Log-odds of each step at each turn by all other turns (T, S)."""
    turns, steps = own.shape
    goes, evidence = _transitions(steps, course), np.exp(np.clip(own, -CERTAIN, CERTAIN))
    before, after = np.zeros((turns + 1, steps + 1)), np.ones((turns + 1, steps + 1))
    before[0, 0] = 1.0
    for turn in range(turns):
        before[turn + 1] = before[turn]
        before[turn + 1, 1:] += _through(before[turn], goes) * evidence[turn]
        before[turn + 1] /= before[turn + 1].sum()
    for turn in reversed(range(turns)):
        after[turn] = after[turn + 1] + _through(evidence[turn] * after[turn + 1, 1:], goes.T)
        after[turn] /= after[turn].mean()
    waits = np.einsum("tl,tl->t", before[:-1], after[1:])[:, None]
    odds = np.einsum("tl,ls->ts", before[:-1], goes) * after[1:, 1:] / waits
    seen: Matrix = np.log(np.clip(odds, 1e-4, 1e4))
    return seen


def _through(values: Matrix, goes: Matrix) -> Matrix:
    # einsum adds in one fixed order, whatever the number of threads.
    moved: Matrix = np.einsum("l,ls->s", values, goes)
    return moved


def _transitions(steps: int, course: Matrix) -> Matrix:
    """From the step done last (0: none yet) to the next (S + 1, S)."""
    place = np.arange(steps)
    ahead = np.clip(place[None, :] - place[:, None], -FAR, FAR) + FAR
    goes: Matrix = np.exp(np.vstack([-BEHIND_START * place, course[ahead]])) * GOES_ON / steps
    return goes
