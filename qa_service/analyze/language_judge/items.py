"""What the judge may be asked: items of an analysis, with the verdicts it may give and where their evidence may lie."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from qa_service.domain.wording import Wording

# More examples make the question longer than they make the answer better.
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Option:
    """A verdict that may be given: the turns that may prove it, and whether the cited ones can, together."""

    turns: frozenset[int]
    fits: Callable[[tuple[int, ...]], bool] = bool


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide; `texts` say what it is, `options` are the verdicts by name."""

    id: str
    texts: Mapping[str, Any]
    options: Mapping[str, Option]


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict whose evidence is valid; `turns` in the order cited."""

    verdict: str
    turns: tuple[int, ...]


Decisions = Mapping[str, Decision]


class Doubtful(Protocol):
    """Anything that carries the two fields of doubt."""

    @property
    def confidence(self) -> float:
        """Calibrated probability that it is right."""
        ...

    @property
    def unsure(self) -> bool:
        """Whether a person should decide."""
        ...


def wording_texts(wording: Wording) -> dict[str, Any]:
    """What an act sounds like, as the judge reads it; empty parts are left out."""
    texts = {
        "examples": list(wording.examples[:EXAMPLES]),
        "counter_examples": list(wording.counter_examples[:EXAMPLES]),
        "keywords": list(wording.keywords),
    }
    return {name: values for name, values in texts.items() if values}
