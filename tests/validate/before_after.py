"""Changes of known size, looked at every day: how often a change is claimed, found, and held by its interval.

    python -m tests.validate.before_after --runs 400

Each world is drawn so often, and looked at on each of the 60 days after the first team changed. "Alarms": runs in which
any look claims a change; "held throughout": runs in which the interval held the truth at every look; "naive": the same
estimate with 1.96 standard errors, as if one had looked once.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from qa_service.domain.before_after import ChangeVerdict
from tests.effects.before_after.planted import Change, play

HARD = Change(drift=0.01, team_drift=0.01, odd_week=0.01)
NOTHING = {
    "nothing, 8 teams, 40 agents": Change(),
    "nothing, agents and teams drift, odd weeks": HARD,
    "nothing, all teams in 3 waves": replace(HARD, changing=8),
    "nothing, refunds of 5%": Change(rate=0.05, skill=0.015, odd_week=0.005),
    "nothing, everybody at once": Change(changing=8, waves=1, before=140, odd_week=0.01),
    "nothing, 2 of 4 teams, odd weeks of 2 points": Change(teams=4, changing=2, odd_week=0.02),
    "nothing, 1 of 2 teams, odd weeks of 2 points": Change(teams=2, changing=1, waves=1, odd_week=0.02),
}
SOMETHING = {
    "10 points": replace(HARD, effect=0.10),
    "6 points": replace(HARD, effect=0.06),
    "10 points, everybody at once": Change(changing=8, waves=1, before=140, odd_week=0.01, effect=0.10),
    "6 points, 20 teams, 120 agents": replace(HARD, effect=0.06, teams=20, changing=10, agents=120),
}
LIMIT = 0.05


@dataclass(frozen=True)
class Run:
    """What one draw showed."""

    alarm: bool
    naive: bool
    right: bool
    found_on: int | None
    held: bool
    error: float | None


def run(world: Change, seed: int) -> Run:
    """Look at one draw every day after the first team changed."""
    played = play(world, seed)
    sign = ChangeVerdict.WORSE if world.effect < 0 else ChangeVerdict.BETTER
    alarm = naive = False
    held, found_on, error = True, None, None
    for day in range(played.first + 1, world.before + world.after):
        look = played.look(day)
        claimed = look.verdict in (ChangeVerdict.BETTER, ChangeVerdict.WORSE)
        alarm |= claimed
        if look.verdict is sign and found_on is None:
            found_on = day - played.first
        if look.difference is not None and look.ci_low is not None and look.ci_high is not None:
            error = look.difference - world.effect
            held &= look.ci_low <= world.effect <= look.ci_high
            # The interval is a little over three standard errors wide on each side.
            naive |= abs(look.difference) > 1.96 / 3.2 * (look.ci_high - look.ci_low) / 2
    return Run(alarm, naive, found_on is not None, found_on, held, error)


def row(name: str, runs: Sequence[Run], *, something: bool) -> str:
    """One line of the table."""
    n = len(runs)
    bias = np.mean([one.error for one in runs if one.error is not None])
    days = [one.found_on for one in runs if one.found_on is not None]
    first = f"{sum(one.right for one in runs) / n:.1%} found" if something else f"{sum(r.alarm for r in runs) / n:.1%}"
    day = f"{np.median(days):.0f}" if something and days else "–"
    naive = f"{sum(one.naive for one in runs) / n:.0%}"
    held = f"{sum(one.held for one in runs) / n:.1%}"
    return f"| {name} | {n} | {first} | {naive} | {held} | {100 * bias:+.2f} | {day} |"


def main() -> int:
    """Run every world and print the table; 1 when a world without a change alarms too often."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=200)
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    failed, say = False, sys.stdout.write
    say("| world | runs | alarms | naive alarms | held throughout | bias (points) | median day found |\n")
    say("|---|---|---|---|---|---|---|\n")
    with ProcessPoolExecutor(given.workers) as pool:
        for name, world in {**NOTHING, **SOMETHING}.items():
            runs = list(pool.map(partial(run, world), range(given.runs), chunksize=5))
            say(row(name, runs, something=name in SOMETHING) + "\n")
            sys.stdout.flush()
            # Beyond the limit by more than chance gives (three standard deviations) the claim is refuted.
            slack = 3 * (LIMIT * (1 - LIMIT) / given.runs) ** 0.5
            failed |= name in NOTHING and sum(one.alarm for one in runs) / given.runs > LIMIT + slack
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
