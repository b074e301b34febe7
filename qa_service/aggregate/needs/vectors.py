"""Statements as points: character n-grams, weighted by rarity, reduced to few dimensions."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NOT_WORDS = re.compile(r"[^\w]|_")
_FEATURES_AT_MOST = 50_000


def plain(text: str) -> str:
    """A statement without width, case and punctuation: equal ones are one statement."""
    return _NOT_WORDS.sub("", unicodedata.normalize("NFKC", text).lower())


def vectors(texts: Sequence[str], components: int, seed: int) -> Floats:
    """Unit vectors of distinct plain texts; all zero where a text shares nothing with any other."""
    if len(texts) < 2:
        return np.zeros((len(texts), 1))
    counts = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2, max_features=_FEATURES_AT_MOST
    )
    try:
        matrix = counts.fit_transform(texts)
    except ValueError:  # nothing is shared by any two texts
        return np.zeros((len(texts), 1))
    # Few texts leave no room for many dimensions: with as many as texts nothing would be near anything.
    wanted = min(components, round(3 * len(texts) ** 0.5), matrix.shape[1] - 1)
    if wanted < 2:
        return _unit(matrix.toarray())
    return _unit(TruncatedSVD(wanted, random_state=seed).fit_transform(matrix))


def _unit(points: Floats) -> Floats:
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.where(lengths > 1e-9, points / np.maximum(lengths, 1e-9), 0.0)
