"""Hashed character n-grams with TF-IDF weights, vectorised over all texts at once.

Every row is computed from its own text alone and in one fixed order of operations, so that the numbers of a text
do not depend on its neighbours in the batch.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

ORDERS = (1, 2, 3)
BUCKETS = 1 << 18
MULTIPLIERS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)  # odd constants of xxHash, to mix code points
MASK32 = 0xFFFFFFFF


def fold(text: str) -> str:
    """What n-grams are taken of: compatibility forms, lower case, no white space."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def hashed(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and bucket of every n-gram of every text; `^` and `$` mark the ends of a text."""
    marked = [f"^{fold(text)}$" for text in texts]
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    rows = np.repeat(np.arange(len(marked)), [len(text) for text in marked])
    found_rows, found_buckets = [], []
    for order in ORDERS:
        if len(codes) < order:
            continue
        last = len(codes) - order + 1
        mixed = np.full(last, order * 0x27D4EB2F & MASK32, dtype=np.uint64)
        for place in range(order):
            mixed = ((mixed ^ codes[place : place + last]) * np.uint64(MULTIPLIERS[place])) & np.uint64(MASK32)
            mixed ^= mixed >> np.uint64(15)
        inside = rows[:last] == rows[order - 1 :]
        found_rows.append(rows[:last][inside])
        found_buckets.append((mixed[inside] % np.uint64(BUCKETS)).astype(np.int64))
    return np.concatenate(found_rows), np.concatenate(found_buckets)


@dataclass(frozen=True, slots=True)
class NgramSpace:
    """The n-grams a model knows: bucket -> column (−1: unknown) and the IDF weight of each column."""

    columns: NDArray[np.int32]
    idf: NDArray[np.float64]

    @property
    def size(self) -> int:
        """How many columns a row has."""
        return len(self.idf)

    def rows(self, texts: Sequence[str]) -> "csr_matrix[Any]":
        """TF-IDF rows of unit length, (texts, size); a text without a known n-gram is a row of zeros."""
        shape = (len(texts), self.size)
        if not texts:
            return csr_matrix(shape, dtype=np.float64)
        rows, buckets = hashed(texts)
        columns = self.columns[buckets].astype(np.int64)
        known = columns >= 0
        keys, counts = np.unique(rows[known] * self.size + columns[known], return_counts=True)
        rows, columns = keys // self.size, keys % self.size
        values = (1.0 + np.log(counts)) * self.idf[columns]
        norms = np.sqrt(np.bincount(rows, weights=values * values, minlength=len(texts)))
        starts = np.searchsorted(rows, np.arange(len(texts) + 1))
        return csr_matrix((values / norms[rows], columns, starts), shape=shape)


def fit_space(texts: Iterable[str], *, at_least: int = 2) -> NgramSpace:
    """Learn which n-grams occur in at least so many texts, and their smooth IDF."""
    texts = list(texts)
    rows, buckets = hashed(texts)
    pairs = np.unique(rows * BUCKETS + buckets)
    frequency = np.bincount(pairs % BUCKETS, minlength=BUCKETS)
    kept = np.flatnonzero(frequency >= at_least)
    columns = np.full(BUCKETS, -1, dtype=np.int32)
    columns[kept] = np.arange(len(kept), dtype=np.int32)
    return NgramSpace(columns, np.log((1 + len(texts)) / (1 + frequency[kept])) + 1.0)


def alike(texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
    """Cosine of the counts of character n-grams, unweighted: (texts, others), 0 to 1."""
    rows, columns = _counted(texts), _counted(others)
    return np.asarray((rows @ columns.T).toarray(), dtype=np.float64)


def _counted(texts: Sequence[str]) -> "csr_matrix[Any]":
    """Counts of the n-grams, each row of unit length: (texts, n-grams)."""
    if not texts:
        return csr_matrix((0, BUCKETS), dtype=np.float64)
    rows, buckets = hashed(texts)
    keys, counts = np.unique(rows * BUCKETS + buckets, return_counts=True)
    rows, columns = keys // BUCKETS, keys % BUCKETS
    norms = np.sqrt(np.bincount(rows, weights=counts * counts, minlength=len(texts)))
    return csr_matrix((counts / norms[rows], (rows, columns)), shape=(len(texts), BUCKETS))
