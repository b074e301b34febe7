"""A figure over some days with an interval that knows of agents: their conversations are alike."""

from datetime import date

import numpy as np
from scipy.stats import t as student

from qa_service.domain.before_after import Figure, Unit
from qa_service.domain.metrics import Z95, rate
from qa_service.domain.project import Span
from qa_service.effects.before_after.panel import Panel


def span_of(panel: Panel, figure: Figure, days: tuple[date, date]) -> Span:
    """The mean of a figure; a share has a Wilson interval of so many independent conversations as the data are worth.

    With fewer than two agents nothing is known of how they differ, and no interval is told.
    """
    n = len(panel.values)
    agents, place = np.unique(panel.agents, return_inverse=True)
    if n == 0:
        return Span(*days, None, None, None, 0, 0)
    mean = float(panel.values.mean())
    if len(agents) < 2:
        return Span(*days, mean, None, None, n, len(agents))
    gaps = np.bincount(place.ravel(), panel.values - mean)
    error = float(np.sqrt((gaps**2).sum() * len(agents) / (len(agents) - 1))) / n
    factor = float(student.ppf(0.975, len(agents) - 1))
    if figure.unit is Unit.POINTS:
        return Span(*days, mean, mean - factor * error, mean + factor * error, n, len(agents))
    plain = mean * (1 - mean)
    worth = n if plain <= 0 else min(float(n), plain / max(error * factor / Z95, 1e-9) ** 2)
    share = rate(mean * max(1, round(worth)), max(1, round(worth)))
    return Span(*days, mean, share.low, share.high, n, len(agents))
