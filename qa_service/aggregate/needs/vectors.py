"""Statements as points: character n-grams and words of one meaning, weighted by rarity, reduced to few dimensions."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from qa_service.domain.insight import NeedBounds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NOT_WORDS = re.compile(r"[^\w]|_")
_FEATURES_AT_MOST = 50_000
_LONGEST_GRAM = 3
# A shared meaning weighs about as much as a shared word of three characters with all its n-grams.
_TIMES_A_MEANING = 4


def plain(text: str) -> str:
    """A statement without width, case and punctuation: equal ones are one statement."""
    return _NOT_WORDS.sub("", unicodedata.normalize("NFKC", text).lower())


@dataclass(frozen=True)
class Reader:
    """Takes a plain text apart into what it shares with others of its topic."""

    empty: re.Pattern[str]
    meanings: re.Pattern[str]
    meaning_of: Mapping[str, str]

    @classmethod
    def of(cls, bounds: NeedBounds) -> "Reader":
        """The reader for the words of the rulebook."""
        meaning_of = {word: name for name, words in bounds.same_meaning.items() for word in words}
        return cls(_any_of(bounds.empty_words), _any_of(meaning_of), meaning_of)

    def meanings_of(self, text: str) -> frozenset[str]:
        """The meanings of the words of a text, as features."""
        return frozenset(f"={self.meaning_of[match]}" for match in self.meanings.findall(text))

    def features(self, text: str) -> list[str]:
        """N-grams of what is not empty, and the meanings of its words."""
        meanings = sorted(self.meanings_of(text)) * _TIMES_A_MEANING
        parts = [part for part in self.empty.split(text) if part]
        return meanings + [gram for part in parts for gram in _grams(part)]


def vectors(texts: Sequence[str], reader: Reader, components: int, seed: int) -> Floats:
    """Unit vectors of distinct plain texts; all zero where a text shares nothing with any other."""
    if len(texts) < 2:
        return np.zeros((len(texts), 1))
    counts = TfidfVectorizer(analyzer=reader.features, sublinear_tf=True, min_df=2, max_features=_FEATURES_AT_MOST)
    try:
        matrix = counts.fit_transform(texts)
    except ValueError:  # nothing is shared by any two texts
        return np.zeros((len(texts), 1))
    # Few texts leave no room for many dimensions: with as many as texts nothing would be near anything.
    wanted = min(components, round(3 * len(texts) ** 0.5), matrix.shape[1] - 1)
    if wanted < 2:
        return _unit(matrix.toarray())
    return _unit(TruncatedSVD(wanted, random_state=seed).fit_transform(matrix))


def _grams(part: str) -> list[str]:
    return [part[at : at + n] for n in range(1, _LONGEST_GRAM + 1) for at in range(len(part) - n + 1)]


def _any_of(words: Sequence[str] | Mapping[str, str]) -> re.Pattern[str]:
    """Matches any of the words, longer ones first; nothing when there are none."""
    ranked = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, ranked)) or r"(?!)")


def _unit(points: Floats) -> Floats:
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.where(lengths > 1e-9, points / np.maximum(lengths, 1e-9), 0.0)
