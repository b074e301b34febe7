"""Where everybody changed at once: weeks before and after, beside the trend of before (interrupted time series).

Each week's figure is what its agents did beside their own level of before; a straight line through the weeks before is
carried on, and the step at the change is what is told. Neighbouring weeks hang together, which makes naive intervals
too narrow (Turner et al., "Evaluation of statistical methods used in the analysis of interrupted time series studies",
BMC Medical Research Methodology 2021): the error grows with the autocorrelation of the residuals, corrected for its own
downward bias. Whatever else happened on that day looks the same as the change, hence the lower grade.
"""

import numpy as np

from qa_service.effects.before_after.differences import Contrast
from qa_service.effects.before_after.panel import Floats, Panel

PARAMETERS = 3
# Beyond this the weeks tell next to nothing, and the correction would run away.
LARGEST_CORRELATION = 0.8


def interruption(panel: Panel, *, fewest_weeks: int) -> Contrast | None:
    """The step in level at the change; None with fewer weeks before than `fewest_weeks`."""
    before = ~panel.under
    n_seats = int(panel.seats.max()) + 1 if len(panel.seats) else 0
    level_n = np.bincount(panel.seats[before], minlength=n_seats)
    known = level_n[panel.seats] > 0 if n_seats else before
    chosen = panel.chosen(known)
    if len(np.unique(chosen.weeks[~chosen.under])) < fewest_weeks or not chosen.under.any():
        return None
    levels = np.bincount(panel.seats[before], panel.values[before], minlength=n_seats) / np.maximum(level_n, 1)
    value, error, degrees = _step(chosen, chosen.values - levels[chosen.seats])
    return Contrast(value, error, degrees, int(chosen.under.sum()))


def _step(panel: Panel, residuals: Floats) -> tuple[float, float, float]:
    keys, place = np.unique(np.column_stack([panel.weeks, panel.under]), axis=0, return_inverse=True)
    count = np.bincount(place.ravel()).astype(float)
    means = np.bincount(place.ravel(), residuals) / count
    weeks, under = keys[:, 0].astype(float), keys[:, 1].astype(float)
    design = np.column_stack([np.ones(len(weeks)), weeks - weeks.mean(), under])
    root = np.sqrt(count)[:, None]
    effects, *_ = np.linalg.lstsq(root * design, root[:, 0] * means, rcond=None)
    left = root[:, 0] * (means - design @ effects)
    degrees = len(weeks) - PARAMETERS
    if degrees < 1:
        return float(effects[2]), np.inf, 0.0
    spread = np.linalg.pinv((root * design).T @ (root * design))[2, 2] * float(left @ left) / degrees
    return float(effects[2]), float(np.sqrt(spread * _inflation(left))), float(degrees)


def _inflation(left: Floats) -> float:
    """How much larger a variance is because neighbouring weeks hang together."""
    total = float(left @ left)
    raw = float(left[1:] @ left[:-1]) / total if total > 0 else 0.0
    n = len(left)
    # The estimate falls short by about (1 + 4ρ)/n and more for the line that was fitted (Kendall 1954).
    correlation = min(LARGEST_CORRELATION, max(0.0, raw + (PARAMETERS - 1 + 4 * max(raw, 0.0)) / n))
    return (1 + correlation) / (1 - correlation)
