"""Each figure measured the best way its data allow, and what may be said of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil, isfinite

import numpy as np
from scipy.stats import t as student

from qa_service.domain.before_after import (
    BeforeAfterBounds,
    ChangeVerdict,
    Figure,
    Level,
    MeasuredChange,
    Measurement,
    Uncertainty,
    Unit,
)
from qa_service.domain.effect import Grade
from qa_service.effects.before_after.always_valid import discoveries, evidence, half_width
from qa_service.effects.before_after.differences import Contrast, contrast
from qa_service.effects.before_after.panel import Flags, Panel, gather
from qa_service.effects.before_after.readings import Readings
from qa_service.effects.before_after.series import interruption

COMPARED, ALONE, NOT_MEASURED = "staggered_differences", "interrupted_series", "not_measured"
# Degrees of freedom of a spread that is known.
SURE = 1e6
# The cautions that leave an estimate standing; any other takes the verdict away.
CAUTIONS = frozenset({Uncertainty.FEW_TEAMS, Uncertainty.NO_COMPARISON})


@dataclass(frozen=True)
class Design:
    """What is known of how the new came about: `grade` where chance or a rota dealt it; figures measured otherwise."""

    as_of: date
    grade: Grade | None = None
    measured_otherwise: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Estimate:
    change: MeasuredChange
    found: Contrast | None
    spread: float


def measure(readings: Readings, design: Design, bounds: BeforeAfterBounds) -> Measurement:
    """Every figure that was read; outcomes are one family, what was said and done the other."""
    figures = sorted(readings.figures.values(), key=lambda one: (not one.per_customer, one.name))
    changes: list[MeasuredChange] = []
    for outcomes in (True, False):
        family = [
            _estimate(readings.panel(one), one, design, bounds) for one in figures if one.per_customer is outcomes
        ]
        changes += _judged(family, bounds)
    left_out = dict(sorted(readings.left_out.items()))
    return Measurement(readings.placement.since, design.as_of, tuple(changes), left_out)


def _judged(family: Sequence[_Estimate], bounds: BeforeAfterBounds) -> Iterable[MeasuredChange]:
    """The family's intervals and verdicts: an interval leaves out zero exactly where the change is real."""
    e_values = [_evidence(one) for one in family]
    found = discoveries(e_values, bounds.level)
    known = sum(e is not None for e in e_values)
    level = bounds.level * max(1, sum(found)) / max(1, known)
    for one, e_value in zip(family, e_values, strict=True):
        half = half_width(one.found.error, one.found.degrees, one.spread, level) if one.found else float("inf")
        yield _with_interval(one, e_value, half)


def _evidence(one: _Estimate) -> float | None:
    if one.found is None or set(one.change.because) - CAUTIONS:
        return None
    return evidence(one.found.value, one.found.error, one.found.degrees, one.spread)


def _with_interval(one: _Estimate, e_value: float | None, half: float) -> MeasuredChange:
    change = one.change
    if one.found is None:
        return change
    value = one.found.value
    if not isfinite(half):
        return replace(change, difference=value, because=(*change.because, Uncertainty.WIDE))
    low, high = value - half, value + half
    verdict = _verdict(change, low, high) if e_value is not None else ChangeVerdict.CANNOT_TELL
    wide = verdict is ChangeVerdict.CANNOT_TELL and not set(change.because) - CAUTIONS
    because = (*change.because, Uncertainty.WIDE) if wide else change.because
    return replace(change, difference=value, ci_low=low, ci_high=high, verdict=verdict, because=because)


def _verdict(change: MeasuredChange, low: float, high: float) -> ChangeVerdict:
    if low > 0 or high < 0:
        return ChangeVerdict.BETTER if (low > 0) is change.figure.higher_is_better else ChangeVerdict.WORSE
    within = low >= -change.worthwhile and high <= change.worthwhile
    return ChangeVerdict.NO_DIFFERENCE if within else ChangeVerdict.CANNOT_TELL


def _estimate(panel: Panel, figure: Figure, design: Design, bounds: BeforeAfterBounds) -> _Estimate:
    spread = bounds.spread * (100 if figure.unit is Unit.POINTS else 1)
    adopts = _adopting(panel)
    found, method = _found(panel, adopts, bounds)
    teams = _teams(panel)
    because = _cautions(panel, adopts, teams, method, bounds)
    if figure.name in design.measured_otherwise:
        because.append(Uncertainty.MEASURED_OTHERWISE)
    weak = set(because) & {*CAUTIONS, Uncertainty.MOVED_BEFORE, Uncertainty.MEASURED_OTHERWISE} or not found
    changed, others = _levels(panel)
    change = MeasuredChange(
        figure=figure,
        changed=changed,
        others=others,
        difference=None,
        ci_low=None,
        ci_high=None,
        verdict=ChangeVerdict.CANNOT_TELL,
        because=tuple(because),
        grade=Grade.ASSOCIATION if weak else design.grade or Grade.ADJUSTED,
        method=method,
        n_agents=len(np.unique(panel.agents)),
        n_teams=teams,
        worthwhile=bounds.worth(figure.name),
        needed=_needed(panel, found, bounds.worth(figure.name), spread, bounds),
    )
    return _Estimate(change, found, spread)


def _found(panel: Panel, adopts: Flags, bounds: BeforeAfterBounds) -> tuple[Contrast | None, str]:
    """Beside others where there are some for long enough, else beside the trend of before."""
    if not panel.under.any() or panel.under.all():
        return None, NOT_MEASURED
    compared = contrast(gather(panel, rare_level=bounds.rare_level), adopts, fewest_teams=bounds.fewest_teams)
    if compared is not None and compared.n_used >= bounds.fewest_group:
        return compared, COMPARED
    alone = interruption(panel, fewest_weeks=bounds.fewest_weeks)
    return (alone, ALONE) if alone is not None else (None, NOT_MEASURED)


def _cautions(
    panel: Panel, adopts: Flags, teams: tuple[int, int], method: str, bounds: BeforeAfterBounds
) -> list[Uncertainty]:
    under = int(panel.under.sum())
    weeks = len(np.unique(panel.weeks[panel.under]))
    few_teams = method == COMPARED and min(teams) < bounds.fewest_teams and not _within_teams(panel)
    without = {
        Uncertainty.NO_TIME_BEFORE: method == NOT_MEASURED,
        Uncertainty.FEW_CONVERSATIONS: min(under, len(panel.under) - under) < bounds.fewest_group,
        Uncertainty.FEW_AGENTS: len(np.unique(panel.agents)) < bounds.fewest_agents,
        Uncertainty.FEW_TEAMS: few_teams,
        Uncertainty.NO_COMPARISON: method == ALONE,
        # With few teams, or none beside them, one odd week looks like a change.
        Uncertainty.SHORT_TIME: (few_teams or method == ALONE) and weeks < bounds.few_teams_weeks,
        Uncertainty.MOVED_BEFORE: method == COMPARED and _moved_before(panel, adopts, bounds),
    }
    return [why for why, holds in without.items() if holds]


def _moved_before(panel: Panel, adopts: Flags, bounds: BeforeAfterBounds) -> bool:
    """Whether those who changed had drifted from the others before: half of their time before taken for the change."""
    before = panel.chosen(~panel.under)
    seats = np.unique(panel.seats[panel.under])
    first = np.full(int(panel.seats.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, panel.seats[panel.under], panel.weeks[panel.under])
    shift = (int(first[seats].min()) - int(panel.weeks.min())) // 2
    if shift < 2:
        return False
    early = replace(before, under=before.weeks >= first[before.seats] - shift)
    if not early.under.any() or early.under.all():
        return False
    found = contrast(gather(early, rare_level=bounds.rare_level), adopts, fewest_teams=bounds.fewest_teams)
    if found is None or found.degrees <= 0 or not 0 < found.error < np.inf:
        return False
    return bool(2 * student.sf(abs(found.value) / found.error, found.degrees) < bounds.moved_before)


def _adopting(panel: Panel) -> Flags:
    adopts = np.zeros(int(panel.agents.max()) + 1 if len(panel.agents) else 1, dtype=bool)
    adopts[panel.agents[panel.adopts]] = True
    return adopts


def _teams(panel: Panel) -> tuple[int, int]:
    return len(np.unique(panel.teams[panel.under])), len(np.unique(panel.teams[~panel.adopts]))


def _within_teams(panel: Panel) -> bool:
    """Whether some of a team change and others of it do not: then what befalls a team befalls both sides."""
    return bool(np.intersect1d(panel.teams[panel.under], panel.teams[~panel.adopts]).size)


def _levels(panel: Panel) -> tuple[tuple[Level, Level], tuple[Level, Level]]:
    """Plain means: where the new came, before and under it; where it did not, before and since it came anywhere."""
    since = panel.weeks[panel.under].min() if panel.under.any() else np.inf
    beside, late = ~panel.adopts, panel.weeks >= since
    changed = (_level(panel, panel.adopts & ~panel.under), _level(panel, panel.under))
    return changed, (_level(panel, beside & ~late), _level(panel, beside & late))


def _level(panel: Panel, rows: Flags) -> Level:
    return Level(float(panel.values[rows].mean()) if rows.any() else None, int(rows.sum()))


def _needed(
    panel: Panel, found: Contrast | None, worthwhile: float, spread: float, bounds: BeforeAfterBounds
) -> int | None:
    """Conversations under the new one, and as many beside it, that show a worthwhile difference four times in five.

    The usual number for two means, times how much more uncertain agents, teams and looking every day make it.
    """
    if len(panel.values) < 2:
        return None
    variance = float(panel.values.var())
    # At the error that would just do: the interval's half and the power's share make up the difference.
    error = worthwhile / (half_width(1.0, SURE, spread / worthwhile * 4, bounds.level) + bounds.power_z)
    return ceil(_clustering(panel, found, variance) * 2 * variance / error**2)


def _clustering(panel: Panel, found: Contrast | None, variance: float) -> float:
    """How many times more uncertain the estimate is than if conversations were independent; at least once."""
    if found is None or not 0 < found.error < np.inf or variance <= 0:
        return 1.0
    counts = [level.n for sides in _levels(panel) for level in sides if level.n]
    return max(1.0, found.error**2 / (variance * sum(1 / n for n in counts)))
