"""What somebody who wrote an SOP should look at again: it is valid, but may not mean what was meant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str | int, ...]
"""Where something stands in the YAML of an SOP: keys and list positions from the top."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark: which kind (`code`), where in the YAML, and what its words name."""

    code: str
    place: Place
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemarkBounds:
    """From when on something is worth a remark; shares of 1 where they compare probabilities.

    `longest_moves` and `longest_turns` are more than any conversation has. An example is told to fit another step when
    that one is at least `other_from` likely without it.
    """

    longest_moves: int
    longest_turns: int
    short_keyword: int
    other_from: float
