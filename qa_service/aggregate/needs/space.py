"""Statements as points: what places texts, and the plain form in which equal statements are one."""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.topics import load, plain

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

__all__ = ["Floats", "Ints", "Space", "plain", "shipped_space", "unit"]


class Space(Protocol):
    """Places plain texts by what they are about; topics keep their identity under another `version` too."""

    @property
    def version(self) -> str:
        """Names all that the places depend on."""
        ...

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Unit vectors (texts, width), each from its text alone; all zero for a text of which nothing is known."""
        ...


@cache
def shipped_space() -> Space:
    """The space of the shipped topic encoder."""
    return load()


def unit(points: Floats) -> Floats:
    """Rows of unit length; rows of zeros stay so."""
    lengths = np.linalg.norm(points, axis=-1, keepdims=True)
    scaled: Floats = np.where(lengths > 1e-9, points / np.maximum(lengths, 1e-9), 0.0).astype(np.float32)
    return scaled
