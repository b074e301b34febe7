"""What an effect is adjusted for, as a sparse matrix of ones; and the folds for cross-fitting."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from qa_service.effects.contacts import Contacts, Floats, Ints

MOST_LEVELS = 200
ORDER = ("team", "product", "channel", "week")


@dataclass(frozen=True)
class Design:
    """One row a contact; `names` of the confounders that vary here. The last column is the constant."""

    matrix: sparse.csr_array
    agents: Ints
    names: tuple[str, ...]


def design(contacts: Contacts, rows: Ints, rare_level: int) -> Design:
    """The confounders of the given rows; values seen too rarely are pooled, agents never."""
    agents, n_agents = _renumbered(contacts.agents[rows])
    named = _in_order({name: contacts.confounders[name][rows] for name in contacts.confounders})
    kept = [("agent", agents, n_agents)] if n_agents > 1 and contacts.agents_known > 0 else []
    for name, values in named:
        codes, count = _pooled(values, rare_level)
        if count > 1:
            kept.append((name, codes, count))
    offsets = np.cumsum([0, *(count for _, _, count in kept)])
    columns = [codes + offset for (_, codes, _), offset in zip(kept, offsets, strict=False)]
    matrix = _ones([*columns, np.full(len(rows), offsets[-1])], int(offsets[-1]) + 1)
    return Design(matrix, agents, tuple(name for name, _, _ in kept))


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


def _ones(columns: list[Ints], width: int) -> sparse.csr_array:
    indices = np.stack(columns, axis=1)
    n, filled = indices.shape
    ones: Floats = np.ones(n * filled)
    return sparse.csr_array((ones, indices.ravel(), np.arange(0, n * filled + 1, filled)), shape=(n, width))
