"""Whether units under two versions look as if chance had dealt them: a permutation test over whole units."""

import numpy as np

from qa_service.effects.confounders import Design
from qa_service.effects.contacts import Floats, Ints

SEED = 20261124
# Who spoke and when is no property that assignment could have been chosen by.
NOT_COMPARED = frozenset({"agent", "week"})
DEALT_AT_ONCE = 64


def balance(known: Design, units: Ints, arm: Floats, draws: int) -> float | None:
    """The share of dealings of arms to units that leave them at least as uneven; None with nothing to compare."""
    columns = _levels(known)
    if not columns:
        return None
    _, clusters = np.unique(units, return_inverse=True)
    count = int(clusters.max()) + 1
    sums: Floats = np.column_stack([np.bincount(clusters, weights=column, minlength=count) for column in columns])
    sizes = np.bincount(clusters, minlength=count).astype(float)
    dealt = np.bincount(clusters, weights=arm, minlength=count) / sizes
    scale: Floats = np.maximum(sums.sum(axis=0) / sizes.sum(), 1e-9)
    seen = _unevenness(dealt[None, :], sums, sizes, scale)[0]
    rng = np.random.default_rng(SEED)
    worse = 0
    for start in range(0, draws, DEALT_AT_ONCE):
        shuffled = np.array([rng.permutation(dealt) for _ in range(min(DEALT_AT_ONCE, draws - start))])
        worse += int((_unevenness(shuffled, sums, sizes, scale) >= seen - 1e-12).sum())
    return (worse + 1) / (draws + 1)


def _levels(known: Design) -> list[Floats]:
    names = known.names if known.widths[0] > 1 else ("", *known.names)
    found: list[Floats] = []
    for name, codes, width in zip(names, known.codes, known.widths, strict=True):
        if name and name not in NOT_COMPARED:
            found += [(codes == level).astype(float) for level in range(width)]
    return found


def _unevenness(dealt: Floats, sums: Floats, sizes: Floats, scale: Floats) -> Floats:
    """For each dealing (rows), how far the shares of all levels are apart between the arms."""
    new, old = dealt @ sums, (1 - dealt) @ sums
    apart = new / (dealt @ sizes)[:, None] - old / ((1 - dealt) @ sizes)[:, None]
    return np.asarray((apart**2 / scale).sum(axis=1))
