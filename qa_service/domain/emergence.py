"""Whether something that customers say is new or grows fast, judged week by week."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class EmergenceBounds:
    """When something is called emerging.

    `growth`: so many times as often as before is ordinary growth. `recent_weeks`: it may have begun so many weeks ago.
    `false_alarms`: the chance that a week in which nothing is new names anything at all.
    """

    growth: float
    recent_weeks: int
    false_alarms: float
    fewest_customers: int
    fewest_agents: int


@dataclass(frozen=True, slots=True)
class Course:
    """How many of each week's customers stated something, oldest week first, of how many heard.

    `customers` and `agents` are the distinct ones of the recent weeks.
    """

    counts: tuple[int, ...]
    sizes: tuple[int, ...]
    customers: int
    agents: int


@dataclass(frozen=True, slots=True)
class Emergence:
    """What may be said: `evidence` is an e-value (1 or less on average where nothing is new), `since` how many
    weeks ago it began, the last one being 1.

    `since` is None unless it is emerging; the customers and agents are those of the `recent_weeks`.
    """

    emerging: bool
    evidence: float
    since: int | None
    customers: int
    agents: int
    recent_weeks: int


def emergence_to_json(found: Emergence, weeks: tuple[str, ...]) -> dict[str, Any]:
    """As a plain object; `weeks` are the names of the weeks, the last one that of the course's end."""
    return {
        "emerging": found.emerging,
        "since": None if found.since is None else weeks[len(weeks) - found.since],
        "evidence": float(f"{min(found.evidence, 1e12):.3g}"),
        "customers": found.customers,
        "agents": found.agents,
        "recent_weeks": found.recent_weeks,
    }
