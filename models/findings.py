"""From probabilities of turns and clauses to what is reported, with the signals that tell how sure that is.

An *item* is what a person would confirm or strike out: a red line of a turn, yes or no to a complaint or a refund of a
whole conversation, one of its reasons, a need, a promise. The service makes findings of the items; training compares
the items of conversations held out with their labels, so that both speak of the same things.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.protocols import Matrix
from models.sureness import PLAIN, PROBABILITY, Signals, Sureness
from models.tasks import DETECTED, Task

Bounds = Mapping[str, float]
"""From which probability on something is reported (`detect_at`); `red_line.rude` stands before `red_line`."""
Denies = Callable[[int, int], Sequence[bool]]
"""Whether each clause of a turn (its row) denies the red line of a column."""
NEAREST = 1e-4
RED_LINE = "red_line"


@dataclass(frozen=True, slots=True)
class Item:
    """Something reported: its kind for `Sureness`, its label, the row it stands in, its signals.

    `row` is a turn's for red lines, a clause's for needs and promises, -1 for what holds of the whole conversation;
    `proof` tells how far each clause of the turn proves a red line.
    """

    kind: str
    label: str
    row: int
    signals: Signals
    proof: tuple[float, ...] = ()

    @property
    def probability(self) -> float:
        """The probability it was reported with."""
        return self.signals[PROBABILITY]


@dataclass(frozen=True, slots=True)
class ClauseScores:
    """Probability of each label of a task in each clause (clauses, labels); the clauses' words and turns."""

    scores: Matrix
    texts: Sequence[str]
    turns: Sequence[int]
    labels: Sequence[str]


def bound(bounds: Bounds, kind: str, label: str) -> float:
    """The bound of a label, or that of its kind."""
    return bounds.get(f"{kind}.{label}", bounds[kind])


def red_line_items(
    whole: Matrix,
    parts: Sequence[Matrix],
    watched: Mapping[int, str],
    *,
    denies: Denies,
    bounds: Bounds,
    sureness: Sureness = PLAIN,
) -> Iterator[Item]:
    """Red lines of an agent's turns: `whole` (turns, labels), `parts` (clauses, labels) a turn, columns looked for.

    A turn nominates, or a strong clause in it, since harmless words beside it hide an offence from the turn as a whole;
    one whose only proof is a denial is none. What the turn, its clauses and the other red lines tell together decides,
    where the weights of that were learnt; else the probability.
    """
    weighed = RED_LINE in sureness.weights
    for row, clauses in enumerate(parts):
        for column, label in watched.items():
            at = bounds["red_line_nominated"] if weighed else bound(bounds, RED_LINE, label)
            one, strong = float(whole[row, column]), float(clauses[:, column].max(initial=0.0))
            if not len(clauses) or (one < at and strong < bounds["red_line_clause"]):
                continue
            denied = denies(row, column)
            proof = [0.0 if no else float(p) for p, no in zip(clauses[:, column], denied, strict=True)]
            best = max(proof)
            probability = best if any(denied) else max(one, best if one < at else 0.0)
            signals = _red_line_signals(whole[row], column, proof) | {PROBABILITY: probability} | _told(label)
            told = sureness.of(RED_LINE, signals)
            if probability >= at and (not weighed or told >= bound(bounds, "red_line_weighed", label)):
                yield Item(RED_LINE, label, row, signals, tuple(proof))


def _red_line_signals(whole: Matrix, column: int, proof: Sequence[float]) -> dict[str, float]:
    """Of this turn alone, so that they mean the same in a turn without a conversation."""
    return {
        "whole": log_odds(float(whole[column])),
        "clause": log_odds(max(proof)),
        "rival": log_odds(float(np.delete(whole, column).max(initial=0.0))),
        "clauses": math.log(len(proof)),
    }


def grievance_items(
    scores: Matrix, found: Matrix, task: Task, *, bounds: Bounds, sureness: Sureness = PLAIN
) -> list[Item]:
    """Yes or no to a complaint or refund, then its reasons: `scores` (turns, labels), `found` (labels,) anywhere.

    What the whole conversation tells decides, by the weights of that kind, where they were learnt; else the best turn.
    """
    kind, labels = task.name, task.labels
    signals = _grievance_signals(scores, found, labels.index(DETECTED))
    p = sureness.of(kind, signals)
    if p < bounds[f"{kind}_weighed" if kind in sureness.weights else kind]:
        return [Item(f"no_{kind}", DETECTED, -1, signals | {PROBABILITY: 1.0 - p})]
    reasons = [column for column, label in enumerate(labels) if label != DETECTED and found[column] >= bounds["reason"]]
    verdict = Item(kind, DETECTED, -1, signals | {PROBABILITY: p})
    return [verdict, *(_reason(f"{kind}_reason", scores, found, labels, column) for column in reasons)]


def _grievance_signals(scores: Matrix, found: Matrix, column: int) -> dict[str, float]:
    best = np.sort(scores[:, column])[::-1]
    return {
        "anywhere": log_odds(float(found[column])),
        "best": log_odds(float(best[0])),
        "second": log_odds(float(best[1]) if len(best) > 1 else 0.0),
        "told": math.log1p(float(best.sum())),
        "turns": math.log(len(best)),
        "others": log_odds(float(np.delete(found, column).max(initial=0.0))),
        PROBABILITY: float(found[column]),
    }


def _reason(kind: str, scores: Matrix, found: Matrix, labels: Sequence[str], column: int) -> Item:
    signals = _grievance_signals(scores, found, column)
    detected = labels.index(DETECTED)
    others = np.delete(found, [column, detected]).max(initial=0.0)
    where = int(scores[:, column].argmax())
    signals |= {
        "others": log_odds(float(others)),
        "detected": log_odds(float(found[detected])),
        "there": log_odds(float(scores[where, detected])),
    }
    return Item(kind, labels[column], -1, signals | _told(labels[column]))


def need_items(clauses: ClauseScores, *, bounds: Bounds) -> list[Item]:
    """Needs among a customer's clauses: each clause has its likeliest kind."""
    best = clauses.scores.argmax(axis=1).tolist() if len(clauses.scores) else ()
    found = [(row, column) for row, column in enumerate(best) if clauses.scores[row, column] >= bounds["need"]]
    return [_clause_item("need", clauses, row, column) for row, column in found]


def promise_items(clauses: ClauseScores, *, bounds: Bounds) -> list[Item]:
    """Promises among an agent's clauses, one for each kind and turn: the clause that says it best."""
    best: dict[tuple[int, int], int] = {}
    for row, column in np.argwhere(clauses.scores >= bounds["promise"]).tolist():
        place = clauses.turns[row], column
        if place not in best or clauses.scores[row, column] > clauses.scores[best[place], column]:
            best[place] = row
    return [_clause_item("promise", clauses, row, column) for (_, column), row in best.items()]


def _clause_item(kind: str, clauses: ClauseScores, row: int, column: int) -> Item:
    scores, turns, label = clauses.scores, clauses.turns, clauses.labels[column]
    probability = float(scores[row, column])
    beside = [float(scores[i].max()) for i in (row - 1, row + 1) if 0 <= i < len(scores) and turns[i] == turns[row]]
    signals = {
        PROBABILITY: probability,
        "said": log_odds(probability),
        "rival": log_odds(float(np.delete(scores[row], column).max(initial=0.0))),
        "beside": log_odds(max(beside, default=0.0)),
        "alone": float(not beside),
        "length": math.log1p(len(clauses.texts[row])),
    }
    return Item(kind, label, row, signals | _told(label))


def _told(label: str) -> dict[str, float]:
    """Labels differ in how often they are right."""
    return {f"is {label}": 1.0}


def log_odds(probability: float) -> float:
    """Log-odds within ±9.2: beyond that they tell a signal nothing."""
    inside = min(1.0 - NEAREST, max(NEAREST, probability))
    return math.log(inside / (1.0 - inside))
