"""Texts of one sense: by the vectors of an encoder where there is one, by shared characters where there is none.

The texts said most are grouped by average linkage; the others join the nearest group, or none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.feature_extraction.text import HashingVectorizer
from threadpoolctl import threadpool_limits

from qa_service.aggregate.needs.space import Floats, Ints, unit
from qa_service.domain.insight import HabitBounds

Vectors = Callable[[Sequence[str]], Floats]

ALONE = -1
AT_ONCE = 4096
FEWEST_SAID = 5
_GRAMS = HashingVectorizer(
    analyzer="char", ngram_range=(1, 2), n_features=2**12, alternate_sign=False, norm="l2", dtype=np.float32
)


def group_texts(
    texts: Sequence[str], counts: Sequence[int], bounds: HabitBounds, encode: Vectors | None
) -> tuple[Ints, Ints]:
    """The groups of distinct plain texts, wide ones and close ones; `ALONE` for texts that are like no other.

    `counts` are the conversations in which each is said; the same texts in any order make the same groups.
    """
    ranked = sorted(range(len(texts)), key=lambda place: (-counts[place], texts[place]))
    first, rest = ranked[: bounds.linked_texts], ranked[bounds.linked_texts :]
    read = rest[: bounds.read_texts - bounds.linked_texts] if encode else []
    written = rest[len(read) :]
    said = _Said(texts, counts, first)
    wide, close = (np.full(len(texts), ALONE, dtype=np.int64) for _ in range(2))
    # One thread: sums come out the same whatever the number of cores.
    with threadpool_limits(limits=1):
        near = (bounds.read_near, bounds.read_close) if encode else (bounds.written_near, bounds.written_close)
        wide[first], close[first] = _linked(unit((encode or _grams)([texts[place] for place in first])), near)
        for groups, least in ((wide, near[0]), (close, near[1])):
            _join(groups, said, read, encode or _grams, least)
        for groups, least in ((wide, bounds.written_near), (close, bounds.written_close)):
            _join(groups, said, written, _grams, least)
    return wide, close


def _linked(points: Floats, near: tuple[float, float]) -> list[Ints]:
    """The groups in which texts are that near on average (average linkage), for each bound."""
    if len(points) < 2:
        return [np.zeros(len(points), dtype=np.int64) for _ in near]
    tree = linkage(points.astype(np.float64), method="average", metric="cosine")
    return [fcluster(np.maximum(tree, 0), 1 - least, criterion="distance").astype(np.int64) - 1 for least in near]


@dataclass(frozen=True)
class _Said:
    """Distinct texts, in how many conversations each is said, and which of them were grouped with each other."""

    texts: Sequence[str]
    counts: Sequence[int]
    first: Sequence[int]


def _join(groups: Ints, said: _Said, others: Sequence[int], vectors: Vectors, near: float) -> None:
    """Let other texts join the group whose middle is nearest, if it is near enough."""
    texts, first = said.texts, said.first
    own = groups[list(first)]
    # What is said a few times is no beginning of a habit; most groups of free talk are of that kind.
    often = np.bincount(own, [said.counts[place] for place in first]) if len(own) else own
    wanted = np.flatnonzero(often >= FEWEST_SAID)
    if not len(others) or not len(wanted):
        return
    inside = np.flatnonzero(np.isin(own, wanted))
    middles = _centres(
        vectors([texts[first[place]] for place in inside.tolist()]), np.searchsorted(wanted, own[inside])
    )
    for begin in range(0, len(others), AT_ONCE):
        some = list(others[begin : begin + AT_ONCE])
        similar = _points(vectors, [texts[place] for place in some]) @ middles.T
        best = similar.argmax(axis=1)
        groups[some] = np.where(similar[np.arange(len(some)), best] >= near, wanted[best], ALONE)


def _points(vectors: Vectors, texts: Sequence[str]) -> Any:
    """Unit vectors; those of characters are mostly nothing, and stay sparse."""
    return _GRAMS.transform(texts) if vectors is _grams else unit(vectors(texts))


def _centres(points: Floats, groups: Ints) -> Floats:
    centres = np.zeros((int(groups.max()) + 1, points.shape[1]), dtype=np.float32)
    np.add.at(centres, groups, unit(points))
    return unit(centres)


def _grams(texts: Sequence[str]) -> Floats:
    return np.asarray(_GRAMS.transform(texts).toarray(), dtype=np.float32)


def unit_grams(texts: Sequence[str]) -> Floats:
    """Unit vectors of texts by the characters they share."""
    return unit(_grams(texts))
