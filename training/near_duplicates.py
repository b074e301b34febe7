"""Texts that are nearly the same, found exactly and without comparing each with each.

Two texts are near when the Jaccard similarity of their sets of three-character n-grams is at least `NEAR`. Sets that
near share one of their rarest n-grams (Chaudhuri et al. 2006; Bayardo et al. 2007, prefix filtering), so only those
texts are compared that stand under one in the index: nearly linear in the number of texts.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import ceil

NEAR = Fraction(4, 5)
LENGTH = 3
# What only a pen or a pause tells apart is the same text.
BETWEEN = re.compile(r"[\W_]+")


def said(text: str) -> str:
    """A text without punctuation, spaces and emoji; as it is when nothing else is in it."""
    return BETWEEN.sub("", text) or text


class NearIndex:
    """A set of different texts in which the near ones of any text can be looked up."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._grams = [_grams(text) for text in dict.fromkeys(map(said, texts))]
        self._rarity = Counter(gram for grams in self._grams for gram in grams)
        self._under: defaultdict[str, list[int]] = defaultdict(list)
        for number, grams in enumerate(self._grams):
            for gram in self._rarest(grams):
                self._under[gram].append(number)

    def near(self, text: str) -> int:
        """How many of the texts are near, one with the very same words among them."""
        grams = _grams(said(text))
        candidates = {number for gram in self._rarest(grams) for number in self._under.get(gram, ())}
        return sum(_are_near(grams, self._grams[number]) for number in candidates)

    def _rarest(self, grams: frozenset[str]) -> Sequence[str]:
        """So many of the rarest n-grams that a near set cannot lack them all."""
        ranked = sorted(grams, key=lambda gram: (self._rarity[gram], gram))
        return ranked[: len(grams) - ceil(NEAR * len(grams)) + 1]


def near_others(texts: Sequence[str]) -> Sequence[bool]:
    """For each text, whether another one is the same or near."""
    times = Counter(map(said, texts))
    index = NearIndex(times)
    doubled: Mapping[str, bool] = {text: count > 1 or index.near(text) > 1 for text, count in times.items()}
    return [doubled[said(text)] for text in texts]


def _grams(text: str) -> frozenset[str]:
    """The n-grams of a text; a shorter text is one by itself."""
    return frozenset(text[at : at + LENGTH] for at in range(max(1, len(text) - LENGTH + 1)))


def _are_near(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return shared >= NEAR * (len(one) + len(other) - shared)
