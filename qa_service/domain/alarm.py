"""Alarms: a figure that should stay low has risen, told as soon as it is no chance, with how seldom that is wrong."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AlarmBounds:
    """What is watched, against what, and how seldom an alarm may be false."""

    weeks_before: int
    weeks_watched: int
    ratio: float
    false_alarms: float
    simulated: int
    fewest_events: int
    fewest_conversations: int
    prior_conversations: int


@dataclass(frozen=True, slots=True)
class WatchedFigure:
    """A figure of a part of the organisation (dimension and level empty: the whole), as of a week.

    `raised`: the week in which the last alarm was raised, None: none within the weeks watched; `rising_since`: where
    the rise began, as far as can be told, with k of n conversations since, of which `expected` would be usual. At this
    size a rise by the factor `ratio` raises the alarm within the weeks watched in a share `found` of cases, half of all
    within `delay` weeks. Over all parts of a figure a share `false_alarms` of quarters raises one by chance.
    """

    figure: str
    dimension: str
    level: str
    usual: float
    n_before: int
    raised: str | None
    rising_since: str | None
    k: int
    n: int
    expected: float
    ratio: float
    false_alarms: float
    delay: float | None
    found: float


FIGURES: Mapping[str, tuple[str, ...]] = {
    "refund_request": ("refund",),
    "red_line": ("red_line",),
    "complaint": ("complaint",),
}
DIMENSIONS = ("product", "team")


def watched_to_json(watched: WatchedFigure) -> dict[str, Any]:
    """A watched figure as a plain object."""
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(watched).items()}
