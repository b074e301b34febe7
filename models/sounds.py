"""N-grams of a text as it is written, and beside them of how it sounds.

Recognisers and input methods mistake one character for another of the same sound: what is written changes, what is
heard does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.sparse import csr_matrix, hstack

from models.ngrams import NgramSpace

# Sounds tell less than characters do: at equal weight red lines were told worse on groups held out.
HEARD_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class HeardSpace:
    """A space of texts; `sounds` maps each character (code point) to one that stands for all of its sound."""

    written: NgramSpace
    heard: NgramSpace
    sounds: Mapping[int, int]

    @property
    def size(self) -> int:
        """How many columns a row has."""
        return self.written.size + self.heard.size

    def rows(self, texts: Sequence[str]) -> "csr_matrix[Any]":
        """Rows of both, side by side, each from its own text alone: (texts, size)."""
        heard = self.heard.rows([text.translate(self.sounds) for text in texts])
        both: csr_matrix[Any] = hstack([self.written.rows(texts), HEARD_WEIGHT * heard], format="csr")
        return both
