"""How a change is tried: which teams first, how many conversations until it is known, and what must not get worse."""

from collections import Counter
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist

from qa_service.domain.effect import Target
from qa_service.domain.insight import SuggestionBounds
from qa_service.domain.metrics import Rate, rate
from qa_service.domain.suggestion import GuardRail, RolloutPlan
from qa_service.domain.weighed import Weighed
from qa_service.suggest.evidence import Numbers
from qa_service.suggest.wording import Statements, stated

GUARDED = "refunded"


@dataclass(frozen=True)
class Aim:
    """What a trial is to show: a change of `outcome` by `expected`, or that it changes by less (`equal`).

    `base` is the rate now, where it is not that of the outcome; the teams that miss `missed_step` most go first.
    """

    outcome: str
    expected: float
    missed_step: str = ""
    equal: bool = False
    base: Rate | None = None


def rollout_plan(numbers: Numbers, aim: Aim, bounds: SuggestionBounds, statements: Statements) -> RolloutPlan | None:
    """The plan; None where the rate of the outcome is not known, or nothing is expected."""
    base = aim.base or numbers.weighed.bases.get(aim.outcome)
    if base is None or base.value is None or aim.expected <= 0:
        return None
    first, others = _teams(numbers, aim.missed_step)
    # Refunds are known of buyers only: it takes so many more conversations.
    known = min(1.0, max(base.n, 1) / max(numbers.evidence.n, 1)) if aim.outcome == GUARDED else 1.0
    each = ceil(sample_size(base.value, aim, bounds) / known)
    weeks = _weeks(numbers, first, others, each)
    name = "plan_teams" if first else "plan_agents"
    parts = {
        "first": "、".join(first),
        "others": "、".join(others),
        "outcome": statements["outcomes"][aim.outcome],
        "points": f"{100 * aim.expected:.1f}",
        "each": each,
        "aim": statements["aim_equal" if aim.equal else "aim_different"],
        "weeks": stated(statements, "plan_weeks", weeks=weeks) if weeks is not None else "",
    }
    parts["aim"] = str(parts["aim"]).format(**parts)
    return RolloutPlan(first, others, aim.outcome, aim.expected, each, weeks, stated(statements, name, **parts))


def sample_size(base: float, aim: Aim, bounds: SuggestionBounds) -> int:
    """Conversations on each side that show the aim with the wanted power (two shares; normal approximation)."""
    normal = NormalDist()
    # Two one-sided tests show equality; each may err at the level of one side, and both must succeed.
    sided = 1 - bounds.significance if aim.equal else 1 - bounds.significance / 2
    power = (1 + bounds.power) / 2 if aim.equal else bounds.power
    other = base if aim.equal else min(0.99, max(0.01, base + aim.expected))
    spread = base * (1 - base) + other * (1 - other)
    return ceil((normal.inv_cdf(sided) + normal.inv_cdf(power)) ** 2 * max(spread, 1e-3) / aim.expected**2)


def guard_rail(weighed: Weighed, target: Target | None) -> GuardRail | None:
    """Refunds: their rate, and the rate that would be more than chance; None where they are not known."""
    base = weighed.bases.get(GUARDED)
    if base is None or base.value is None:
        return None
    now = next(iter(weighed.of(target, (GUARDED,))), None) if target else None
    return GuardRail(
        outcome=GUARDED,
        n=base.n,
        rate=base.value,
        stop_above=base.high,
        low=None if now is None else now.ci_low,
        high=None if now is None else now.ci_high,
    )


def _teams(numbers: Numbers, step_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two halves of the teams with about as many conversations; first the half that misses the step more."""
    teams = Counter({team: count for team, count in numbers.evidence.teams.items() if team})
    if len(teams) < 2:
        return (), ()
    halves: tuple[list[str], list[str]] = ([], [])
    sizes = [0, 0]
    for team, count in sorted(teams.items(), key=lambda pair: (-pair[1], pair[0])):
        smaller = int(sizes[1] < sizes[0])
        halves[smaller].append(team)
        sizes[smaller] += count
    missed = numbers.evidence.missed_in.get(step_id, Counter())
    shares = [rate(sum(missed[t] for t in half), size).value or 0.0 for half, size in zip(halves, sizes, strict=True)]
    first = int(shares[1] > shares[0])
    return tuple(sorted(halves[first])), tuple(sorted(halves[1 - first]))


def _weeks(numbers: Numbers, first: tuple[str, ...], others: tuple[str, ...], each: int) -> int | None:
    span = numbers.evidence.weeks()
    if span is None:
        return None
    teams = numbers.evidence.teams
    smaller = min(sum(teams[t] for t in first), sum(teams[t] for t in others)) if first else numbers.evidence.n / 2
    return ceil(each * span / smaller) if smaller else None
