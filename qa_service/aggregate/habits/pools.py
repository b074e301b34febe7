"""Habits that stand out and are alike, as one: variants of a thing said, each too seldom to be sure of by itself."""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import chain, zip_longest

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from qa_service.aggregate.habits.find import Usage
from qa_service.aggregate.habits.groups import Vectors, unit_grams
from qa_service.aggregate.habits.heard import NEVER, Heard, Ints
from qa_service.aggregate.needs.space import Floats, unit
from qa_service.domain.habit import POOLED, Habit
from qa_service.domain.insight import HabitBounds

# Heard in the same turns this often, a clause and the sentence around it are one.
TOGETHER = 0.4


def pooled(heard: Sequence[Heard], usage: Usage, bounds: HabitBounds, encode: Vectors | None) -> list[Heard]:
    """The groups of at least two of these habits that are alike or heard together, each as one habit."""
    ranked = sorted(heard, key=lambda one: one.habit.id)
    if len(ranked) < 2:
        return []
    near = bounds.pool_near if encode else bounds.written_near / 2
    similar = _similarity([_middle(one.habit, encode) for one in ranked])
    distances = []
    for first in range(len(ranked)):
        for second in range(first + 1, len(ranked)):
            together = _same_turns(ranked[first].first_turns, ranked[second].first_turns) >= TOGETHER
            distances.append(0.0 if together else 1 - similar[first, second])
    groups = fcluster(linkage(np.array(distances), method="average"), 1 - near, criterion="distance")
    found = []
    for group in np.unique(groups).tolist():
        members = [one for one, mine in zip(ranked, groups.tolist(), strict=True) if mine == group]
        if len(members) > 1:
            found.append(_one(members, usage))
    return found


def _same_turns(one: Ints, other: Ints) -> float:
    """Of the conversations that hold either, the share in which both are first heard in the same turn."""
    either = (one != NEVER) | (other != NEVER)
    return float(((one == other) & either).sum() / max(1, either.sum()))


def _middle(habit: Habit, encode: Vectors | None) -> Floats:
    texts = [quote.text for quote in habit.quotes]
    points = unit(encode(texts)) if encode else unit_grams(texts)
    return np.asarray(points.mean(axis=0))


def _similarity(middles: Sequence[Floats]) -> Floats:
    points = unit(np.stack(middles))
    return np.asarray(points @ points.T)


def _one(members: Sequence[Heard], usage: Usage) -> Heard:
    """The members as one habit: heard where any of them is."""
    largest = max(members, key=lambda one: (one.habit.n_conversations, one.habit.id))
    never = np.iinfo(np.int64).max
    firsts = np.stack([np.where(one.first_turns == NEVER, never, one.first_turns) for one in members]).min(axis=0)
    first_turns: Ints = np.where(firsts == never, NEVER, firsts)
    said = np.flatnonzero(first_turns != NEVER)
    rows = zip_longest(*(one.habit.quotes for one in members))
    quotes = {quote.text: quote for quote in chain.from_iterable(rows) if quote is not None}
    names = "/".join(one.habit.id for one in members)
    habit = Habit(
        id=POOLED + blake2b(names.encode(), digest_size=5).hexdigest(),
        label=largest.habit.label,
        quotes=tuple(quotes.values()),
        n_conversations=len(said),
        n_agents=len({usage.agents[place] for place in said.tolist()} - {""}),
        step=None,
        standard=any(one.habit.standard for one in members),
        crossed=max(one.habit.crossed for one in members),
        place=largest.habit.place,
    )
    return Heard(habit, first_turns, None)
