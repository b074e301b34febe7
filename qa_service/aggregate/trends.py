"""Whether a share changed from the weeks before, in which groups, and whether only the mix of conversations did."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from math import sqrt

from qa_service.aggregate.tally import total
from qa_service.domain.change import ChangeBounds, judge_changes
from qa_service.domain.metrics import Z95, Rate, rate
from qa_service.domain.trend import LevelTrend, Split
from qa_service.domain.weekly import Stratum, What

# What the conversations of two periods are compared within.
MIXED_BY = ("product", "channel", "team")
Kept = Mapping[Stratum, int]
# Happenings and occasions of one period, by stratum.
Side = tuple[Kept, Kept]
Cells = Mapping[Hashable, tuple[int, int]]
_Margins = list[Counter[str]]


def agent_spread(now: Side, before: Side, fewest: int) -> float:
    """By how much the variance of the difference of two shares exceeds that of independent conversations; at least 1.

    The conversations of one agent are somewhat alike: the sum over agents, who are in both periods, of what each adds
    (Liang and Zeger 1986, with the correction for few). With fewer than `fewest` agents that cannot be told: 1.
    """
    mine, theirs = _cells(now, _agent), _cells(before, _agent)
    agents = sorted({*mine, *theirs}, key=str)
    (k_now, n_now), (k_before, n_before) = _total(mine), _total(theirs)
    if len(agents) < fewest or not n_now or not n_before:
        return 1.0
    pooled = (k_now + k_before) / (n_now + n_before)
    plain = pooled * (1 - pooled) * (1 / n_now + 1 / n_before)
    if plain <= 0:
        return 1.0
    added = [
        _added(mine.get(agent, (0, 0)), k_now, n_now) - _added(theirs.get(agent, (0, 0)), k_before, n_before)
        for agent in agents
    ]
    return max(1.0, sum(one * one for one in added) * len(agents) / (len(agents) - 1) / plain)


def split_change(now: Side, before: Side, by: Sequence[str] = MIXED_BY) -> Split | None:
    """The change as rate effect and mix effect (Kitagawa 1955, means of both periods); None without data on a side.

    What exists on one side only has no change of its own: it belongs to the mix.
    """
    mine, theirs = _cells(now, _key(by)), _cells(before, _key(by))
    (k_now, n_now), (k_before, n_before) = _total(mine), _total(theirs)
    if not n_now or not n_before:
        return None
    effect = variance = 0.0
    for cell in sorted({*mine, *theirs}, key=str):
        (k1, n1), (k0, n0) = mine.get(cell, (0, 0)), theirs.get(cell, (0, 0))
        if n1 and n0:
            weight = (n1 / n_now + n0 / n_before) / 2
            effect += weight * (k1 / n1 - k0 / n0)
            variance += weight * weight * (_variance(k1, n1) + _variance(k0, n0))
    whole, half = k_now / n_now - k_before / n_before, Z95 * sqrt(variance)
    against = effect * whole < 0 and abs(effect) > half
    return Split(tuple(by), effect, effect - half, effect + half, whole - effect, against)


def level_trends(
    counts: Mapping[What, Mapping[str, Kept]],
    sizes: Callable[[What], Mapping[str, Kept]],
    weeks: Sequence[str],
    *,
    compared: int,
    levels_shown: int,
    changes: ChangeBounds,
) -> list[LevelTrend]:
    """The course of each share within each product, channel and team, judged as one family of questions.

    `compared` weeks before the last one are compared with; `sizes` gives what a share is of.
    """
    found: list[tuple[What, str, str, list[Rate]]] = []
    for what in sorted(counts):
        for dimension in MIXED_BY:
            happened = _margins(counts[what], weeks, dimension)
            of = _margins(sizes(what), weeks, dimension)
            found += [(what, dimension, level, _course(happened, of, level)) for level in _largest(of, levels_shown)]
    pairs = [(rates[-1], total(rates[-1 - compared : -1])) for *_, rates in found]
    judged = judge_changes(pairs, changes)
    return [
        LevelTrend(what, dimension, level, tuple(rates), change)
        for (what, dimension, level, rates), change in zip(found, judged, strict=True)
    ]


def summed(parts: Iterable[Kept]) -> dict[Stratum, int]:
    """Several weeks as one."""
    whole: dict[Stratum, int] = {}
    for part in parts:
        for stratum, count in part.items():
            whole[stratum] = whole.get(stratum, 0) + count
    return whole


def _course(happened: _Margins, sizes: _Margins, level: str) -> list[Rate]:
    return [rate(now.get(level, 0), of.get(level, 0)) for now, of in zip(happened, sizes, strict=True)]


def _margins(kept: Mapping[str, Kept], weeks: Sequence[str], dimension: str) -> _Margins:
    """The counts of each week by the levels of one dimension; what is unknown is no level."""
    place = Stratum._fields.index(dimension)
    margins: _Margins = []
    for week in weeks:
        levels: Counter[str] = Counter()
        for stratum, count in kept.get(week, {}).items():
            levels[stratum[place]] += count
        levels.pop("", None)
        margins.append(levels)
    return margins


def _largest(sizes: _Margins, count: int) -> list[str]:
    """The levels with most conversations."""
    whole = sum(sizes, Counter[str]())
    return sorted(whole, key=lambda level: (-whole[level], level))[:count]


def _cells(side: Side, key: Callable[[Stratum], Hashable]) -> dict[Hashable, tuple[int, int]]:
    happened, occasions = side
    cells: dict[Hashable, tuple[int, int]] = {}
    for stratum, n in occasions.items():
        k0, n0 = cells.get(key(stratum), (0, 0))
        cells[key(stratum)] = k0 + happened.get(stratum, 0), n0 + n
    return cells


def _agent(stratum: Stratum) -> Hashable:
    return stratum.agent


def _key(by: Sequence[str]) -> Callable[[Stratum], Hashable]:
    return lambda stratum: tuple(getattr(stratum, name) for name in by)


def _total(cells: Cells) -> tuple[int, int]:
    return sum(k for k, _ in cells.values()), sum(n for _, n in cells.values())


def _added(cell: tuple[int, int], k: int, n: int) -> float:
    mine, of = cell
    return (mine - k / n * of) / n


def _variance(k: int, n: int) -> float:
    """Of a share; drawn towards a half by one observation, since a share of none or all varies too."""
    share = (k + 0.5) / (n + 1)
    return share * (1 - share) / n
