"""Risk-adjusted CUSUM: is something that should stay rare happening more often than before, beyond the changed mix?

Each week adds the log-likelihood ratio of a rise of the odds by a factor against none, given what the mix of the week
leads to expect (Steiner, Cook, Farewell and Treasure, "Monitoring surgical performance using risk-adjusted cumulative
sum charts", Biostatistics 2000); it never falls below nothing. The limit is simulated: so
high that a quarter without a change stays below it as often as is asked, knowing that the usual rate is itself counted
and that good and bad weeks happen. From weekly counts alone, so nothing need be kept.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from qa_service.domain.alarm import AlarmBounds
from qa_service.effects.before_after.panel import Floats

# Paths simulated at most: enough for a limit that is crossed once in a thousand.
MOST_PATHS = 20_000
# So many paths above the limit tell where it lies.
PATHS_ABOVE = 20
# How often the unrest of weeks may be larger than what is reckoned with.
UNREST_TAIL = 0.2
# How far above the limit the level may climb: what is over is over after some good weeks.
CAP = 2.0


@dataclass(frozen=True)
class Weekly:
    """Conversations and events, one row a week and one column a stratum."""

    n: Floats
    k: Floats


@dataclass(frozen=True)
class Watch:
    """What watching some weeks told: `raised` the last week with an alarm, `began` the first of its rise (indexes).

    `expected`: events by week if nothing had changed; `delay` in weeks, `found` a share, for the rise looked for.
    """

    expected: Floats
    limit: float
    raised: int | None
    began: int | None
    delay: float | None
    found: float


def watch(before: Weekly, since: Weekly, *, false_alarms: float, bounds: AlarmBounds, seed: int) -> Watch | None:
    """Watch the weeks since; None where too little was counted before to know what is usual."""
    if not enough(before, bounds):
        return None
    usual = _usual(before, bounds.prior_conversations)
    drift = (since.n * np.log1p(usual * (bounds.ratio - 1))).sum(1)
    expected = since.n @ usual
    draws = _Draws(float(before.k.sum()), _unrest(before, usual), np.random.default_rng(seed))
    paths = int(min(MOST_PATHS, max(bounds.simulated, PATHS_ABOVE / false_alarms)))
    highest, _ = _highest(draws.counts(expected, paths), drift, bounds.ratio)
    # Many events cross nothing by chance; an alarm still asks for odds of one to the share that may be false.
    limit = max(float(np.quantile(highest, 1 - false_alarms)), -float(np.log(false_alarms)))
    raised, began = _alarms(since.k.sum(1), drift, limit, bounds.ratio)
    risen = since.n @ (usual * bounds.ratio / (1 + usual * (bounds.ratio - 1)))
    _, crossed = _highest(draws.counts(risen, bounds.simulated), drift, bounds.ratio, limit)
    found = crossed[crossed < len(expected)]
    delay = float(np.median(crossed)) + 1 if len(found) * 2 >= len(crossed) else None
    return Watch(expected, limit, raised, began, delay, len(found) / len(crossed))


def enough(before: Weekly, bounds: AlarmBounds) -> bool:
    """Whether so much was counted before that it tells what is usual."""
    return bool(before.k.sum() >= bounds.fewest_events and before.n.sum() >= bounds.fewest_conversations)


def _usual(before: Weekly, prior: int) -> Floats:
    """The usual rate of each stratum, the small ones drawn to that of all."""
    n, k = before.n.sum(0), before.k.sum(0)
    return np.asarray((k + prior * k.sum() / n.sum()) / (n + prior))


def _unrest(before: Weekly, usual: Floats) -> float:
    """How much more the weeks differ than chance lets them, as the squared variation of a week's rate.

    Half a year tells it badly, and too little would raise false alarms: the upper end of what it may be is taken.
    """
    expected, found = before.n @ usual, before.k.sum(1)
    weeks = expected > 0
    if weeks.sum() < 2:
        return 0.0
    spread = float(((found - expected)[weeks] ** 2 / expected[weeks]).sum())
    dispersion = spread / float(chi2.ppf(UNREST_TAIL, weeks.sum() - 1))
    return max(0.0, (dispersion - 1) / float(expected[weeks].mean()))


@dataclass(frozen=True)
class _Draws:
    """Weeks as they may come: the usual rate is known only so well, and weeks differ."""

    events: float
    unrest: float
    rng: np.random.Generator

    def counts(self, expected: Floats, paths: int) -> Floats:
        """Events by path and week."""
        shape = self.events + 0.5
        rates = np.broadcast_to(self.rng.gamma(shape, 1 / shape, (paths, 1)), (paths, len(expected)))
        if self.unrest > 0:
            rates = rates * self.rng.gamma(1 / self.unrest, self.unrest, (paths, len(expected)))
        return self.rng.poisson(rates * expected).astype(float)


def _highest(counts: Floats, drift: Floats, ratio: float, limit: float = np.inf) -> tuple[Floats, Floats]:
    """Of each path the highest it came, and the first week in which it crossed the limit (beyond the last: never)."""
    level, highest = np.zeros(len(counts)), np.zeros(len(counts))
    first = np.full(len(counts), float(counts.shape[1]))
    for week in range(counts.shape[1]):
        level = np.maximum(0.0, level + counts[:, week] * np.log(ratio) - drift[week])
        highest = np.maximum(highest, level)
        first = np.where((level > limit) & (first > week), week, first)
    return highest, first


def _alarms(events: Floats, drift: Floats, limit: float, ratio: float) -> tuple[int | None, int | None]:
    """The first week above the limit in the last rise that came there, and where that rise began."""
    level, start, told = 0.0, 0, False
    raised = began = None
    for week, (k, fall) in enumerate(zip(events, drift, strict=True)):
        level = min(CAP * limit, max(0.0, level + float(k) * float(np.log(ratio)) - float(fall)))
        if level == 0.0:
            start, told = week + 1, False
        if level > limit and not told:
            raised, began, told = week, start, True
    return raised, began
