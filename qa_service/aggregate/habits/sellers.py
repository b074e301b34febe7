"""Whose habit it is: what the best sellers say more often than the others, of all that they say off script.

Shares of what is said off script are compared, not of conversations: good sellers hold customers longer, so that
everything is heard more often in their conversations.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_service.aggregate.habits.find import Usage
from qa_service.aggregate.habits.heard import NEVER, Heard
from qa_service.aggregate.habits.slopes import means, rank_p
from qa_service.domain.comparison import false_discovery
from qa_service.domain.habit import AgentsHabit
from qa_service.domain.insight import HabitBounds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
# A seller uses a habit that is heard at least so often.
USED = 3
FEWEST_GROUP = 3


@dataclass(frozen=True)
class Sales:
    """Of each conversation of a usage: the agent's number, how much more it sold than its lead promised, how late.

    `known`: whether its outcome is known; `late`: whether it lies in the held-out latest part of the time.
    """

    agents: Ints
    surplus: Floats
    known: Flags
    late: Flags


@dataclass(frozen=True)
class Sellers:
    """Agents by number: who is among the best, who among the others; and the half that each is dealt into."""

    good: Ints
    others: Ints
    half: Ints


def agents_habits(usage: Usage, sales: Sales, bounds: HabitBounds) -> dict[str, AgentsHabit]:
    """How each habit off script is spread over good and other sellers; none where too few sellers are known."""
    sellers = _sellers(sales, bounds)
    off_script = [one for one in usage.heard if one.habit.step is None]
    if sellers is None or not off_script:
        return {}
    counts = [_Counts.of(usage, one, sales) for one in off_script]
    shares = [count.shares() for count in counts]
    p_values = [rank_p(mine[sellers.good].tolist(), mine[sellers.others].tolist()) for mine in shares]
    q_values = false_discovery(p_values)
    return {
        one.habit.id: _habit(one, count, sellers, (p, q or 0.0))
        for one, count, p, q in zip(off_script, counts, p_values, q_values, strict=True)
    }


def _sellers(sales: Sales, bounds: HabitBounds) -> Sellers | None:
    """The best share of the agents with enough known outcomes, and the rest; halves are dealt along the ranking."""
    count = int(sales.agents.max()) + 1 if len(sales.agents) else 0
    known = np.bincount(sales.agents[sales.known], minlength=count)
    surplus = means(sales.surplus[sales.known], sales.agents[sales.known], count)
    enough = np.flatnonzero(known >= bounds.agent_conversations)
    # Means of few conversations are drawn towards the middle, so that luck makes nobody a best seller.
    shrunk = surplus * known / (known + bounds.agent_conversations)
    ranked = enough[np.lexsort((enough, -shrunk[enough]))]
    good = max(1, round(bounds.good_share * len(ranked)))
    if min(good, len(ranked) - good) < FEWEST_GROUP:
        return None
    half = np.zeros(count, dtype=np.int64)
    half[ranked] = np.arange(len(ranked)) % 2
    return Sellers(ranked[:good], ranked[good:], half)


@dataclass(frozen=True)
class _Counts:
    """Of each agent: conversations that hold the habit, and sentences off script; the same of the latest part."""

    said: Floats
    whole: Floats
    late_said: Floats
    late_whole: Floats

    @classmethod
    def of(cls, usage: Usage, heard: Heard, sales: Sales) -> "_Counts":
        said, count = heard.first_turns != NEVER, int(sales.agents.max()) + 1

        def of(values: Floats | Ints | Flags, rows: Flags) -> Floats:
            return np.bincount(sales.agents[rows], values[rows].astype(float), minlength=count).astype(float)

        everything = np.ones(len(said), dtype=bool)
        off = usage.off_script
        return cls(of(said, everything), of(off, everything), of(said, sales.late), of(off, sales.late))

    def shares(self) -> Floats:
        """The habit's share of what each agent says off script."""
        return np.asarray(self.said / np.maximum(self.whole, 1))


def _habit(heard: Heard, counts: _Counts, sellers: Sellers, found: tuple[float, float]) -> AgentsHabit:
    def ratio(part: Flags, said: Floats, whole: Floats) -> float:
        good, others = sellers.good[part[sellers.good]], sellers.others[part[sellers.others]]
        if not len(good) or not len(others):
            return 0.0
        # Half an occurrence on each side keeps a ratio finite.
        return float(
            (said[good].sum() + 0.5) / (whole[good].sum() + 1) * (whole[others].sum() + 1) / (said[others].sum() + 0.5)
        )

    everybody = np.ones(len(counts.said), dtype=bool)
    return AgentsHabit(
        habit=heard.habit.id,
        good_agents=len(sellers.good),
        good_users=int((counts.said[sellers.good] >= USED).sum()),
        ratio=ratio(everybody, counts.said, counts.whole),
        half_ratios=(
            ratio(sellers.half == 0, counts.said, counts.whole),
            ratio(sellers.half == 1, counts.said, counts.whole),
        ),
        later_ratio=ratio(everybody, counts.late_said, counts.late_whole),
        p_value=found[0],
        q_value=found[1],
    )
