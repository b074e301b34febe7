"""What changed after a date: before and after where something new was in force, beside where it was not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from qa_service.domain.effect import BAD_OUTCOMES, OUTCOMES, Grade


@dataclass(frozen=True, slots=True)
class BeforeAfterBounds:
    """When a change is measured, and what is said of it."""

    weeks_before: int
    level: float
    spread: float
    worthwhile: Mapping[str, float]
    fewest_group: int
    fewest_agents: int
    fewest_teams: int
    fewest_weeks: int
    few_teams_weeks: int
    rare_level: int
    moved_before: float
    power_z: float
    baseline_weeks: int

    def worth(self, figure: str) -> float:
        """The smallest difference of a figure that matters to the business; shares are 0 to 1, points 0 to 100."""
        name = figure.split("/")[0]
        return self.worthwhile.get(name, self.worthwhile["other"])


class Unit(StrEnum):
    """What a figure counts in."""

    SHARE = "share"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that can get better: `higher_is_better`; `per_customer`: of each customer only the first contact."""

    name: str
    higher_is_better: bool
    unit: Unit = Unit.SHARE
    per_customer: bool = False


class ChangeVerdict(StrEnum):
    """What may be said of a change."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no_difference"
    CANNOT_TELL = "cannot_tell"


class Uncertainty(StrEnum):
    """Why nothing can be said, or only with care."""

    FEW_CONVERSATIONS = "few_conversations"
    FEW_AGENTS = "few_agents"
    FEW_TEAMS = "few_teams"
    SHORT_TIME = "short_time"
    NO_TIME_BEFORE = "no_time_before"
    NO_COMPARISON = "no_comparison"
    MOVED_BEFORE = "moved_before"
    MEASURED_OTHERWISE = "measured_otherwise"
    WIDE = "wide"


@dataclass(frozen=True, slots=True)
class Level:
    """The mean of a figure over so many conversations or customers; None of nobody."""

    mean: float | None
    n: int


@dataclass(frozen=True, slots=True)
class MeasuredChange:
    """What became of one figure. `changed`: before and after where the new is in force; `others`: where it is not.

    `difference` is the change beside that of the others, with an interval that stays valid however often it is looked
    at; `needed` conversations under the new one in all, and as many beside it, would show a difference worth knowing.
    """

    figure: Figure
    changed: tuple[Level, Level]
    others: tuple[Level, Level]
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    verdict: ChangeVerdict
    because: tuple[Uncertainty, ...]
    grade: Grade
    method: str
    n_agents: int
    n_teams: tuple[int, int]
    worthwhile: float
    needed: int | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """Every figure beside one another, since the day on which the new came into force first; None: nowhere yet."""

    since: date | None
    as_of: date
    changes: tuple[MeasuredChange, ...]
    left_out: Mapping[str, int]


SCORE = Figure("score", True, Unit.POINTS)
OUTCOME_FIGURES = tuple(Figure(name, name not in BAD_OUTCOMES, per_customer=True) for name in OUTCOMES)
SPOKEN_FIGURES = tuple(Figure(name, False) for name in ("complaint", "refund_request", "red_line"))
PLAIN_FIGURES: Mapping[str, Figure] = {one.name: one for one in (*OUTCOME_FIGURES, *SPOKEN_FIGURES, SCORE)}


def step_figure(step_id: str) -> Figure:
    """How often a step is done where it was owed."""
    return Figure(f"step/{step_id}", True)


def measurement_to_json(measured: Measurement) -> dict[str, Any]:
    """A measurement as a plain object."""
    return {
        "since": measured.since.isoformat() if measured.since else None,
        "as_of": measured.as_of.isoformat(),
        "left_out": dict(measured.left_out),
        "items": [measured_change_to_json(one) for one in measured.changes],
    }


def measured_change_to_json(change: MeasuredChange) -> dict[str, Any]:
    """One figure's change as a plain object; shares are 0 to 1, points 0 to 100."""
    return {
        "figure": change.figure.name,
        "unit": change.figure.unit.value,
        "higher_is_better": change.figure.higher_is_better,
        "changed": _sides(change.changed),
        "others": _sides(change.others),
        "difference": _rounded(change.difference),
        "ci_low": _rounded(change.ci_low),
        "ci_high": _rounded(change.ci_high),
        "verdict": change.verdict.value,
        "because": [one.value for one in change.because],
        "grade": change.grade.value,
        "method": change.method,
        "n_agents": change.n_agents,
        "n_teams": {"changed": change.n_teams[0], "others": change.n_teams[1]},
        "worthwhile": change.worthwhile,
        "needed": change.needed,
    }


def _sides(sides: tuple[Level, Level]) -> dict[str, Any]:
    return {
        when: {"mean": _rounded(level.mean), "n": level.n}
        for when, level in zip(("before", "after"), sides, strict=True)
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
