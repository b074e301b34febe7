"""Conversations of one figure, gathered into cells: who, in which week, of which mix, before or under what is measured.

A cell keeps how many and their sum, so that a look at a year of conversations costs no more than its weeks and agents.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


LARGEST_KEY = 2**62


@dataclass(frozen=True)
class Panel:
    """One row a conversation (or a customer). `seats`: an agent in a team; `mix`: one column a confounder.

    `under`: what is measured was in force there and then; `adopts`: it is, sooner or later, in force there.
    """

    seats: Ints
    agents: Ints
    teams: Ints
    weeks: Ints
    mix: Ints
    under: Flags
    adopts: Flags
    values: Floats

    def chosen(self, rows: Flags) -> "Panel":
        """Some of the rows."""
        return Panel(**{name: column[rows] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Cells:
    """Rows gathered: `count` conversations with `total` as the sum of their values; `columns` are numbers of effects.

    Column 0 is the week, then one column a confounder; every number stands for one column of a design of `width`.
    """

    seats: Ints
    agents: Ints
    teams: Ints
    under: Flags
    columns: Ints
    width: int
    count: Floats
    total: Floats


def gather(panel: Panel, *, rare_level: int) -> Cells:
    """The cells of a panel; levels of a confounder seen in fewer rows than `rare_level` are taken together."""
    mix = [_pooled(panel.mix[:, index], rare_level) for index in range(panel.mix.shape[1])]
    columns, width = _numbered([panel.weeks, *(one for one in mix if np.ptp(one) > 0)])
    first, place = _distinct([panel.seats, panel.agents, panel.teams, panel.under.astype(np.int64), *columns.T])
    return Cells(
        seats=np.unique(panel.seats[first], return_inverse=True)[1].ravel(),
        agents=panel.agents[first],
        teams=panel.teams[first],
        under=panel.under[first],
        columns=columns[first],
        width=width,
        count=np.bincount(place).astype(float),
        total=np.bincount(place, panel.values).astype(float),
    )


def _distinct(columns: Sequence[Ints]) -> tuple[Ints, Ints]:
    """One row of each combination of values, and which combination each row has: sorted once where numbers allow."""
    key, size = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        low, levels = int(column.min()), int(np.ptp(column)) + 1
        if size * levels > LARGEST_KEY:
            key = np.unique(key, return_inverse=True)[1].ravel()
            size = int(key.max()) + 1
        key, size = key * levels + (column - low), size * levels
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    return first, place.ravel()


def _pooled(codes: Ints, fewest: int) -> Ints:
    """Codes from 0, the rare ones as one."""
    _, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
    place = place.ravel()
    return np.where(counts[place] < fewest, -1, place) if (counts < fewest).any() else place.astype(np.int64)


def _numbered(columns: Sequence[Ints]) -> tuple[Ints, int]:
    """Codes of several columns, numbered through."""
    numbered, width = [], 0
    for column in columns:
        levels, place = np.unique(column, return_inverse=True)
        numbered.append(place.ravel() + width)
        width += len(levels)
    return np.column_stack(numbered).astype(np.int64), width
