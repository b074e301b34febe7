"""Difference in differences where teams begin at different times: the agents' own change, beside that of the others.

What would have been is foretold from conversations without the change alone: who (an agent in a team), the week, the
mix. Nobody who has changed already serves as a comparison, which is what makes the usual two-way regression wrong when
the beginning is staggered (Goodman-Bacon 2021; Callaway and Sant'Anna, Journal of Econometrics 2021). This is the
imputation estimator of Borusyak, Jaravel and Spiess, "Revisiting event-study designs" (Review of Economic Studies 2024)
and Gardner (2022); each agent weighs as much as is known of the time before as well as of the time after.
Standard errors leave out one agent after the other (jackknife, CR3: MacKinnon, Nielsen and Webb, "Fast and reliable
jackknife and bootstrap methods for cluster-robust inference", 2023), with the degrees of freedom of Welch; to them
comes what whole teams have in common in a week (two-way clusters: Cameron, Gelbach and Miller, "Robust inference with
multiway clustering", 2011). Where enough teams change and enough do not, whole teams are left out too, and the larger
error counts.
"""

from dataclasses import dataclass

import numpy as np

from qa_service.effects.before_after.panel import Cells, Flags, Floats, Ints

# Keeps a week that only the one left out worked in from blowing up; far below what any week tells.
RIDGE = 1e-6
# More clusters than this are left out in groups (delete-a-group jackknife, Kott 2001).
MOST_GROUPS = 240


@dataclass(frozen=True)
class Contrast:
    """A difference with its standard error and degrees of freedom; `n_used`: conversations that were compared."""

    value: float
    error: float
    degrees: float
    n_used: int


@dataclass(frozen=True)
class _Sums:
    """What each cluster adds: the normal equations of the comparison, and what is foretold for those changed."""

    matrix: Floats
    right: Floats
    weight: Floats
    changed: Floats
    foretold: Floats

    def value(self) -> float:
        """The estimate of all clusters together."""
        return float(_solved(_Sums(*(column.sum(0, keepdims=True) for column in vars(self).values())))[0])

    def without_each(self) -> Floats:
        """The estimate without each cluster in turn."""
        return _solved(_Sums(*(column.sum(0, keepdims=True) - column for column in vars(self).values())))


def _solved(sums: _Sums) -> Floats:
    """One estimate for each row of sums."""
    effects = np.linalg.solve(_padded(sums.matrix), sums.right[..., None])[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((sums.changed - (sums.foretold * effects).sum(-1)) / sums.weight)


def _padded(matrix: Floats) -> Floats:
    width = matrix.shape[-1]
    ridge = RIDGE * np.trace(matrix, axis1=-2, axis2=-1) / width + RIDGE
    return np.asarray(matrix + ridge[..., None, None] * np.eye(width))


@dataclass(frozen=True)
class _Seats:
    """Of each seat, before and after: conversations, the sum of their values, conversations in each column."""

    before: Flags
    after: Flags
    n_before: Floats
    total_before: Floats
    columns_before: Floats
    n_after: Floats
    total_after: Floats
    columns_after: Floats

    @property
    def safe(self) -> Floats:
        """Conversations before, to divide by."""
        return np.asarray(np.maximum(self.n_before, 1.0))

    @property
    def weight(self) -> Floats:
        """How much each seat counts: as much as is known of its time before as well as of its time after."""
        n_before, n_after = self.n_before, self.n_after
        return np.where(n_after > 0, n_before / np.maximum(n_before + n_after, 1.0), 0.0)


def comparable(cells: Cells) -> Flags:
    """Which cells can be used: those before, and those under the change whose agent and week are known without it.

    A week is known where somebody worked in it who changed later or never: the days before the change in the week of
    the change are no comparison for the days after it.
    """
    seats, weeks = cells.seats, cells.columns[:, 0]
    first = np.full(int(seats.max()) + 1, cells.width)
    np.minimum.at(first, seats[cells.under], weeks[cells.under])
    known_seats = np.bincount(seats, ~cells.under, minlength=len(first)) > 0
    known_weeks = np.bincount(weeks, ~cells.under & (weeks < first[seats]), minlength=cells.width) > 0
    return np.asarray(~cells.under | (known_seats[seats] & known_weeks[weeks]))


def contrast(cells: Cells, adopts: Flags, *, fewest_teams: int) -> Contrast | None:
    """The difference, None where nobody can be compared; `adopts` tells of each agent code whether he changes."""
    usable = comparable(cells)
    n_used = int(cells.count[usable & cells.under].sum())
    if not n_used:
        return None
    changes = adopts[cells.agents]
    seats, groups = _seats(cells, usable), _groups(cells.agents)
    agents = _sums(cells, seats, groups)
    value = agents.value()
    own, own_degrees = _jackknife(agents, value, changes, groups)
    shared, shared_degrees = _shared_by_teams(cells, seats, agents, value)
    variance = own + shared
    degrees = variance**2 / (own**2 / own_degrees + shared**2 / shared_degrees) if own_degrees else 0.0
    sides = [len(np.unique(cells.teams[usable & (changes == side)])) for side in (True, False)]
    if min(sides) >= fewest_teams:
        groups = _groups(cells.teams)
        variance = max(variance, _jackknife(_sums(cells, seats, groups), value, changes, groups)[0])
    return Contrast(value, float(np.sqrt(variance)), degrees, n_used) if np.isfinite(value) else None


def _groups(clusters: Ints) -> Ints:
    return np.unique(clusters, return_inverse=True)[1].ravel() % MOST_GROUPS


def _jackknife(sums: _Sums, value: float, changes: Flags, groups: Ints) -> tuple[float, float]:
    """The variance and its degrees of freedom, from leaving out each group in turn."""
    left = sums.without_each()
    known = np.isfinite(left)
    sides = np.zeros(len(left), dtype=bool)
    sides[groups[changes]] = True
    count = int(known.sum())
    if count < 2 or not np.isfinite(value):
        return np.inf, 0.0
    squares = np.where(known, (left - value) ** 2, 0.0) * (count - 1) / count
    return float(squares.sum()), _degrees(squares, sides, known)


def _shared_by_teams(cells: Cells, seats: _Seats, sums: _Sums, value: float) -> tuple[float, float]:
    """The variance from what teams have in common in a week beyond their agents' own, and its degrees of freedom.

    A few weeks weigh most at first: as many clusters count as their shares make up (Carter, Schnepel and Steigerwald
    2017).
    """
    shares, residuals = _shares_and_residuals(cells, seats, sums, value)
    weighed = shares * residuals
    weeks = cells.columns[:, 0]
    team_weeks = np.unique(cells.teams * cells.width + weeks, return_inverse=True)[1].ravel()
    agent_weeks = np.unique(cells.seats * cells.width + weeks, return_inverse=True)[1].ravel()
    squares = np.bincount(team_weeks, weighed) ** 2
    own = float((np.bincount(agent_weeks, weighed) ** 2).sum())
    parts = np.bincount(team_weeks, np.where(cells.under, shares * cells.count, 0.0)) ** 2
    clusters = max(2.0, float(parts.sum() ** 2 / (parts**2).sum()))
    return max(0.0, float(squares.sum()) * clusters / (clusters - 1) - own), clusters - 1


def _shares_and_residuals(cells: Cells, seats: _Seats, sums: _Sums, value: float) -> tuple[Floats, Floats]:
    """How each cell enters the estimate, per conversation, and what is left of its sum once all is foretold."""
    safe, weight = seats.safe, seats.weight
    matrix = _padded(sums.matrix.sum(0))
    effects = np.linalg.solve(matrix, sums.right.sum(0))
    pull = np.linalg.solve(matrix, sums.foretold.sum(0))
    level = seats.total_before / safe - seats.columns_before @ effects / safe
    pulled = seats.columns_before @ pull / safe
    foretold = level[cells.seats] + effects[cells.columns].sum(1)
    residuals = cells.total - cells.count * (foretold + np.where(seats.after, value, 0.0))
    own = (weight * seats.n_after / safe)[cells.seats]
    shares = np.where(seats.after, weight[cells.seats], -own - pull[cells.columns].sum(1) + pulled[cells.seats])
    return np.where(seats.before | seats.after, shares / sums.weight.sum(), 0.0), residuals


def _degrees(squares: Floats, changes: Flags, known: Flags) -> float:
    """Welch: each side counts with its own spread and number; a side of one alone tells no spread."""
    total, below = squares.sum(), 0.0
    for side in (changes & known, ~changes & known):
        if side.any():
            below += squares[side].sum() ** 2 / max(1.0, side.sum() - 1.0)
    return float(total**2 / below) if below > 0 else 0.0


def _seats(cells: Cells, usable: Flags) -> _Seats:
    n_seats = int(cells.seats.max()) + 1
    before, after = usable & ~cells.under, usable & cells.under
    return _Seats(before, after, *_by_seat(cells, before, n_seats), *_by_seat(cells, after, n_seats))


def _sums(cells: Cells, seats: _Seats, groups: Ints) -> _Sums:
    """The sums of each group of clusters, once each agent's own level is taken out."""
    n_seats, n_groups, width = len(seats.n_before), groups.max() + 1, cells.width
    group_of = np.zeros(n_seats, dtype=np.int64)
    group_of[cells.seats] = groups
    safe, weight = seats.safe, seats.weight
    matrix, right = _normal_equations(cells, seats.before, groups, (n_groups, width))
    member = np.zeros((n_groups, n_seats))
    member[group_of, np.arange(n_seats)] = 1.0
    for group in range(n_groups):
        own = member[group] > 0
        levels = seats.columns_before[own]
        matrix[group] -= (levels / safe[own, None]).T @ levels
        right[group] -= (levels / safe[own, None]).T @ seats.total_before[own]
    changed = weight * (seats.total_after - seats.n_after * seats.total_before / safe)
    foretold = weight[:, None] * (seats.columns_after - (seats.n_after / safe)[:, None] * seats.columns_before)
    return _Sums(matrix, right, member @ (weight * seats.n_after), member @ changed, member @ foretold)


def _by_seat(cells: Cells, chosen: Flags, n_seats: int) -> tuple[Floats, Floats, Floats]:
    """Per seat: conversations, sum of values, conversations in each column."""
    seats, count = cells.seats[chosen], cells.count[chosen]
    columns = np.zeros(n_seats * cells.width)
    for index in range(cells.columns.shape[1]):
        columns += np.bincount(
            seats * cells.width + cells.columns[chosen, index], count, minlength=n_seats * cells.width
        )
    n = np.bincount(seats, count, minlength=n_seats).astype(float)
    total = np.bincount(seats, cells.total[chosen], minlength=n_seats).astype(float)
    return n, total, columns.reshape(n_seats, cells.width)


def _normal_equations(cells: Cells, chosen: Flags, groups: Ints, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    n_groups, width = shape
    own, columns, count = groups[chosen], cells.columns[chosen], cells.count[chosen]
    matrix = np.zeros(n_groups * width * width)
    right = np.zeros(n_groups * width)
    for first in range(columns.shape[1]):
        right += np.bincount(own * width + columns[:, first], cells.total[chosen], minlength=len(right))
        for second in range(columns.shape[1]):
            flat = (own * width + columns[:, first]) * width + columns[:, second]
            matrix += np.bincount(flat, count, minlength=len(matrix))
    return matrix.reshape(n_groups, width, width), right.reshape(n_groups, width)
