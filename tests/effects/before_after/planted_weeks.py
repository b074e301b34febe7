"""Weekly counts of something rare in three strata of their own risk, which rises from some week on."""

import numpy as np

from qa_service.effects.before_after.panel import Floats

RATES = np.array([0.01, 0.04, 0.02])


def draw_weeks(
    seed: int, weeks: int, *, rises_at: int, factor: float = 1.0, unrest: float = 0.0, n: int = 200
) -> tuple[Floats, Floats]:
    """Conversations and events by week and stratum; `unrest` is the squared variation of a week's rate."""
    rng = np.random.default_rng(seed)
    sizes = rng.poisson(n, (weeks, 3)).astype(float)
    weekly = rng.gamma(1 / unrest, unrest, (weeks, 1)) if unrest else np.ones((weeks, 1))
    late = np.where(np.arange(weeks) >= rises_at, factor, 1.0)[:, None]
    return sizes, rng.binomial(sizes.astype(int), np.clip(RATES * weekly * late, 0, 1)).astype(float)
