"""`python -m tests.validate.effects`: effects against worlds whose truth is planted, over hundreds of seeds."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np
from threadpoolctl import threadpool_limits

from qa_service.domain.effect import EffectVerdict
from qa_service.effects import effects_of, trials_of
from qa_service.effects.readings import ABSENT
from qa_service.effects.targets import landmark
from qa_service.workflows.load_insight import load_insight
from tests.effects.planted import World, contacts_of, draw, values_of

CLAIMS = (EffectVerdict.HELPS, EffectVerdict.HURTS)
PLANTED = (0.06, 0.06, 0.06, -0.06, 0.03, *(0.0,) * 15)
# At-risk conversations of the latest step are about 6,000 of these, since customers leave early.
WORLD = World(
    contacts=7200,
    effects=PLANTED,
    sensitivity=0.9,
    base_rate=0.22,
    exposures=(0.3, 0.7),
    skill=0.05,
    leads=0.05,
    leaving=0.01,
)
WORLDS = {
    "scores": WORLD,
    "two-valued": replace(WORLD, readings="labels"),
    "read rightly": replace(WORLD, sensitivity=1.0),
    "nothing planted": replace(WORLD, effects=(0.0,) * 20),
    "ten agents": replace(WORLD, agents=10),
    "obligations": replace(WORLD, effects=PLANTED[:10], obligations=(0.06, 0.0, 0.0), red_lines=(-0.06, 0.0)),
}
ROLLOUT = replace(WORLD, contacts=6000, effects=(0.06, *(0.0,) * 5), hidden=0.6, lift=0.5)
ROLLOUTS = {
    "by customer": replace(ROLLOUT, rollout="customer"),
    "by agent": replace(ROLLOUT, rollout="agent"),
    "by customer, nothing planted": replace(ROLLOUT, rollout="customer", effects=(0.0,) * 6),
    "by agent, nothing planted": replace(ROLLOUT, rollout="agent", effects=(0.0,) * 6),
    "by agent, the same version twice": replace(ROLLOUT, rollout="agent", effects=(0.0,) * 6, lift=0.0, hidden=0.0),
    "by 12 agents, the same twice": replace(
        ROLLOUT, rollout="agent", agents=12, effects=(0.0,) * 6, lift=0.0, hidden=0.0
    ),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """One rollout: the grade of the step that it changed, its truth and interval, whether it alone found anything."""

    grade: str
    truth: float
    low: float
    high: float
    found: bool
    adjusted_held: bool


def tried(world: World, seed: int) -> Tried:
    """What a rollout says of one draw, and what the adjusted comparison says without it."""
    with threadpool_limits(1):
        drawn = draw(world, seed)
        bounds = load_insight().effects
        contacts = contacts_of(drawn, seed)
        (trial,) = trials_of(contacts, "converted", bounds)
        first = effects_of(contacts, "converted", bounds, trials=[trial])[0]
        plain = effects_of(replace(contacts, assigned=()), "converted", bounds)[0]
        truth = drawn.truth(first.target, np.ones(world.contacts, dtype=bool))
        held = (plain.ci_low or 0) <= truth <= (plain.ci_high or 0)
        numbers = (truth, first.ci_low or 0.0, first.ci_high or 0.0)
        return Tried(first.grade.value, *numbers, trial.comparison.p_value <= 0.05, held)


def rollout_row(name: str, runs: Sequence[Tried]) -> str:
    """One line of the table of rollouts."""
    told = [one for one in runs if one.grade == "A"]
    held = f"{np.mean([one.low <= one.truth <= one.high for one in told]):.1%}" if told else "–"
    adjusted = f"{np.mean([one.adjusted_held for one in runs]):.1%}"
    found = f"{np.mean([one.found for one in runs]):.1%}"
    return f"| {name} | {len(runs)} | {len(told) / len(runs):.1%} | {held} | {adjusted} | {found} |"


def rollout_table(runs: int, workers: int) -> Iterator[str]:
    """The table of rollouts, line by line."""
    yield "| rollout | runs | graded A | intervals hold | without it | difference found at 5% |"
    yield "|---|---|---|---|---|---|"
    with ProcessPoolExecutor(workers) as pool:
        for name, world in ROLLOUTS.items():
            yield rollout_row(name, list(pool.map(partial(tried, world), range(runs), chunksize=4)))


@dataclass(frozen=True, slots=True)
class Claim:
    """One estimate beside its truth."""

    planted: float
    truth: float
    effect: float
    low: float
    high: float
    raw: float
    raw_half: float
    verdict: EffectVerdict
    n: int


def claims(world: World, seed: int) -> list[Claim]:
    """The estimates of one draw, each beside its truth."""
    with threadpool_limits(1):
        drawn = draw(world, seed)
        bounds = load_insight().effects
        found = []
        for effect in effects_of(contacts_of(drawn, seed), "converted", bounds):
            values = values_of(drawn, effect.target)
            due = landmark(values, bounds.landmark_share) if effect.target.kind == "step" else 0
            truth = drawn.truth(effect.target, (drawn.last_turn >= due) & (values != ABSENT))
            if effect.effect is None or effect.ci_low is None or effect.ci_high is None:
                continue
            exposed, others = effect.n_exposed, effect.n_unexposed
            half = 1.96 * np.sqrt(drawn.converted.mean() * (1 - drawn.converted.mean()) * (1 / exposed + 1 / others))
            numbers = (effect.effect, effect.ci_low, effect.ci_high, effect.raw_difference or 0.0, float(half))
            n = exposed + others
            found.append(Claim(drawn.planted[effect.target], truth, *numbers, effect.verdict, n))
        return found


def row(name: str, runs: Sequence[Sequence[Claim]]) -> str:
    """One line of the table."""
    every = [claim for run in runs for claim in run]
    covered = np.mean([claim.low <= claim.truth <= claim.high for claim in every])
    naive = np.mean([abs(claim.raw - claim.truth) <= claim.raw_half for claim in every])
    false = [
        sum(c.verdict in CLAIMS and c.planted * c.effect <= 0 for c in run)
        / max(1, sum(c.verdict in CLAIMS for c in run))
        for run in runs
    ]
    large = [claim for claim in every if abs(claim.planted) >= 0.06]
    power = f"{np.mean([c.verdict in CLAIMS for c in large]):.1%}" if large else "–"
    bias = np.mean([abs(c.effect) - abs(c.truth) for c in large]) if large else 0.0
    n = round(np.mean([claim.n for claim in every]))
    return (
        f"| {name} | {len(runs)} | {n:,} | {covered:.1%} | {naive:.1%} | {np.mean(false):.1%} | {power} | {bias:+.4f} |"
    )


def table(runs: int, workers: int, names: Sequence[str]) -> Iterator[str]:
    """The table, line by line."""
    yield "| world | runs | n at risk | intervals hold | naive ones | false claims | found | bias of 6 points |"
    yield "|---|---|---|---|---|---|---|---|"
    with ProcessPoolExecutor(workers) as pool:
        for name in names:
            yield row(name, list(pool.map(partial(claims, WORLDS[name]), range(runs), chunksize=4)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.validate.effects")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--world", action="append", choices=list(WORLDS))
    options = parser.parse_args(arguments)
    lines = table(options.runs, options.workers, options.world or list(WORLDS))
    if not options.world:
        lines = chain(lines, [""], rollout_table(options.runs, options.workers))
    for line in lines:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
