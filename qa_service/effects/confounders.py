"""What an effect is adjusted for: one column of level numbers for each confounder; and the folds for cross-fitting."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_service.effects.contacts import Contacts, Ints

MOST_LEVELS = 200
ORDER = ("team", "product", "channel", "week")
Rows = Ints | NDArray[np.bool_]


@dataclass(frozen=True)
class Design:
    """One row a contact: `codes` holds the level of each confounder, the agent's first; `widths` how many there are.

    `names` are those of the confounders that vary here; where who spoke is not known, the first column is constant
    and has no name.
    """

    codes: tuple[Ints, ...]
    widths: tuple[int, ...]
    agents: Ints
    names: tuple[str, ...]

    def take(self, rows: Rows) -> "Design":
        """The same confounders of some of the rows."""
        return Design(tuple(column[rows] for column in self.codes), self.widths, self.agents[rows], self.names)


def design(contacts: Contacts, rows: Ints, rare_level: int, *, without: frozenset[str] = frozenset()) -> Design:
    """The confounders of the given rows; values seen too rarely are pooled, agents never.

    `without` names confounders to leave out.
    """
    agents, n_agents = _renumbered(contacts.agents[rows])
    known = n_agents > 1 and contacts.agents_known > 0 and "agent" not in without
    first = ("agent", agents, n_agents) if known else ("", np.zeros(len(rows), dtype=np.int64), 1)
    kept = [first]
    named = {name: values for name, values in contacts.confounders.items() if name not in without}
    for name, values in _in_order({name: values[rows] for name, values in named.items()}):
        codes, count = _pooled(values, rare_level)
        if count > 1:
            kept.append((name, codes, count))
    return Design(
        tuple(codes for _, codes, _ in kept),
        tuple(count for _, _, count in kept),
        agents,
        tuple(name for name, _, _ in kept if name),
    )


def folds_within_agents(agents: Ints, customers: Ints, folds: int) -> Ints:
    """Deal each agent's customers into folds by their hash, so that every agent is in every training part.

    Holding whole agents out would leave their skill unadjusted.
    """
    ranked = np.lexsort((customers, agents))
    starts = np.r_[True, agents[ranked][1:] != agents[ranked][:-1]] if len(ranked) else np.empty(0, bool)
    positions = np.arange(len(ranked))
    begin = np.maximum.accumulate(np.where(starts, positions, 0))
    # Agents begin at different folds, else those with few customers would all fill the first ones.
    dealt = np.empty(len(ranked), dtype=np.int64)
    dealt[ranked] = (positions - begin + agents[ranked]) % folds
    return dealt


def _in_order(named: dict[str, Ints]) -> list[tuple[str, Ints]]:
    first = [name for name in ORDER if name in named]
    return [(name, named[name]) for name in [*first, *sorted(set(named) - set(first))]]


def _renumbered(values: Ints) -> tuple[Ints, int]:
    names, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64), len(names)


def _pooled(values: Ints, rare_level: int) -> tuple[Ints, int]:
    """Codes from 0; the rare values (and all beyond the most frequent ones) share one code."""
    codes, count = _renumbered(values)
    sizes = np.bincount(codes, minlength=count)
    common = np.argsort(-sizes, kind="stable")[:MOST_LEVELS]
    common = common[sizes[common] >= rare_level]
    renamed = np.zeros(count, dtype=np.int64)
    renamed[common] = np.arange(1, len(common) + 1)
    return _renumbered(renamed[codes])
