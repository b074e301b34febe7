"""What agents say again and again in much the same sense, and how it stands to the SOP."""

from dataclasses import dataclass

from qa_service.domain.effect import Target, TargetKind
from qa_service.domain.insight import HabitBounds
from qa_service.domain.quote import Quote

POOLED = "p-"
"""What the id of a habit begins with that is several alike, taken as one."""


@dataclass(frozen=True, slots=True)
class Habit:
    """Wordings of one sense; `label` is the one heard most.

    `step` is the step that most of its places perform (None: off script); `standard` tells that the SOP gives one of
    its wordings as an example; `crossed` is the share of its places that cross a red line already. `place` is where in
    a conversation it is usually said, from 0 (first turn) to 1.
    """

    id: str
    label: str
    quotes: tuple[Quote, ...]
    n_conversations: int
    n_agents: int
    step: str | None
    standard: bool
    crossed: float
    place: float

    @property
    def pooled(self) -> bool:
        """Whether it is several habits that are alike, taken as one."""
        return self.id.startswith(POOLED)

    @property
    def target(self) -> Target:
        """What its effect is of: saying it at all, or performing its step in these words."""
        name = f"said/{self.id}" if self.step is None else f"wording/{self.step}/{self.id}"
        return Target(TargetKind.PHRASE, name)


@dataclass(frozen=True, slots=True)
class AgentsHabit:
    """How much more often the best sellers say something than the others: its share of what they say off script.

    `good_users` of the `good_agents` say it at least as often as their colleagues' average; ratios tell by how much
    the best exceed the others: among all, in each half of the agents, and in the latest part of the time.
    """

    habit: str
    good_agents: int
    good_users: int
    ratio: float
    half_ratios: tuple[float, float]
    later_ratio: float
    p_value: float
    q_value: float

    def several(self, bounds: HabitBounds) -> bool:
        """Whether enough of the best say it; where there are few of them, nearly all."""
        return self.good_users >= min(bounds.good_users, max(1, self.good_agents - 1))
