"""A world in which teams take a new version one after the other: skill, leads, drift, odd weeks, a planted effect."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from qa_service.domain.before_after import OUTCOME_FIGURES, Figure, MeasuredChange
from qa_service.effects.before_after.measure import Design, measure
from qa_service.effects.before_after.panel import Ints, Panel
from qa_service.workflows.load_insight import load_insight

BOUNDS = load_insight().before_after
CONVERTED = next(one for one in OUTCOME_FIGURES if one.name == "converted")
NEVER = 10**6


@dataclass(frozen=True)
class Change:
    """How many agents, teams and days; how many teams change, in how many waves; what moves the figure.

    `drift` is each agent's own lasting change, `team_drift` each team's, `odd_week` what befalls a team in a week;
    `trend_apart` lets those who change move away from the others by so much a week, all along.
    """

    agents: int = 40
    teams: int = 8
    changing: int = 4
    waves: int = 3
    before: int = 84
    after: int = 60
    a_day: float = 2.0
    rate: float = 0.2
    skill: float = 0.06
    drift: float = 0.0
    team_drift: float = 0.0
    odd_week: float = 0.0
    trend_apart: float = 0.0
    effect: float = 0.0


@dataclass
class Played:
    """One draw of a world, looked at on one day after the other: it answers as `Readings` do."""

    whole: Panel
    days: Ints
    first: int
    today: int = NEVER
    since: date = date(2026, 6, 1)
    left_out: dict[str, int] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=lambda: {CONVERTED.name: CONVERTED})

    @property
    def placement(self) -> "Played":
        return self

    def panel(self, figure: Figure) -> Panel:
        return self.whole.chosen(self.days <= self.today)

    def look(self, day: int) -> MeasuredChange:
        """What is told of the figure on a day, from what is known by then."""
        self.today = day
        return measure(self, Design(date(2026, 6, 1)), BOUNDS).changes[0]  # type: ignore[arg-type]


def play(world: Change, seed: int) -> Played:
    """One draw."""
    rng = np.random.default_rng(seed)
    starts = np.full(world.teams, NEVER)
    chosen = rng.permutation(world.teams)[: world.changing]
    starts[chosen] = world.before + 14 * (np.arange(world.changing) % world.waves)
    team_of = np.arange(world.agents) % world.teams
    days = world.before + world.after
    skill = rng.normal(0, world.skill, world.agents)
    drift = rng.normal(0, world.drift, world.agents) + rng.normal(0, world.team_drift, world.teams)[team_of]
    odd = rng.normal(0, world.odd_week, (world.teams, days // 7 + 1)) + rng.normal(0, 0.01, days // 7 + 1)
    counts = rng.poisson(world.a_day, (world.agents, days)).ravel()
    agent = np.repeat(np.repeat(np.arange(world.agents), days), counts)
    day = np.repeat(np.tile(np.arange(days), world.agents), counts)
    team, lead = team_of[agent], rng.integers(0, 3, len(agent))
    adopts, under = starts[team] < NEVER, day >= starts[team]
    rate = world.rate + skill[agent] + drift[agent] * (day >= world.before) + odd[team, day // 7]
    rate += 0.03 * (lead - 1) + world.trend_apart * adopts * day / 7 + world.effect * under
    values = (rng.random(len(agent)) < np.clip(rate, 0.01, 0.99)).astype(float)
    panel = Panel(agent, agent, team, day // 7, lead[:, None], under, adopts, values)
    return Played(panel, day, world.before)
