"""The weighed evidence about one SOP: effects of its parts and of what agents say beside it, and whether they held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qa_service.domain.effect import Effect, Target
from qa_service.domain.habit import AgentsHabit, Habit
from qa_service.domain.metrics import Rate


@dataclass(frozen=True)
class Weighed:
    """The effects of one SOP's targets and habits, and of what stands out also in parts of the contacts.

    `early` and `later` are effects without the latest part of the time, and in it alone; `halves` those of habits in
    each half of the agents. `associations` are differences that go with a habit among all agents, who is speaking left
    out of account. `bases` are the rates of the outcomes.
    """

    effects: Sequence[Effect] = ()
    early: Sequence[Effect] = ()
    later: Sequence[Effect] = ()
    halves: tuple[Sequence[Effect], Sequence[Effect]] = ((), ())
    habits: Sequence[Habit] = ()
    spread: Mapping[str, AgentsHabit] = field(default_factory=dict)
    associations: Sequence[Effect] = ()
    bases: Mapping[str, Rate] = field(default_factory=dict)

    def of(self, target: Target, outcomes: Iterable[str]) -> list[Effect]:
        """The effects of a target on some outcomes, the surest first."""
        wanted = set(outcomes)
        mine = [e for e in self.effects if e.target == target and e.outcome in wanted]
        return sorted(mine, key=lambda e: (e.q_value if e.q_value is not None else 1.0, e.outcome))

    def held(self, effect: Effect, early_p: float) -> bool:
        """Whether the effect was there before the latest part of the time, and points the same way in it."""
        before, later = _find(self.early, effect), _find(self.later, effect)
        surely = before is not None and before.p_value is not None and before.p_value <= early_p
        return surely and _agree(effect, before) and _agree(effect, later)

    def replicated(self, effect: Effect) -> bool:
        """Whether the effect points the same way in each half of the agents."""
        return all(_agree(effect, _find(half, effect)) for half in self.halves)


def _find(effects: Iterable[Effect], wanted: Effect) -> Effect | None:
    return next((e for e in effects if (e.target, e.outcome) == (wanted.target, wanted.outcome)), None)


def _agree(one: Effect, other: Effect | None) -> bool:
    if other is None or one.effect is None or other.effect is None:
        return False
    return one.effect * other.effect > 0
