"""Which contact was assigned to which version by a declared rollout."""

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.conversation import Conversation
from qa_service.domain.declared_rollout import DeclaredRollout, RolloutUnit
from qa_service.domain.period import iso_week, local_day

EVER = float("-inf")
OUTSIDE = -1


@dataclass(frozen=True)
class Assigned:
    """Of each contact: its arm (1 new version, 0 old, -1 outside the rollout), and its unit."""

    rollout: DeclaredRollout
    arms: NDArray[np.int64]
    units: NDArray[np.int64]


@dataclass
class AssignedColumns:
    """Takes contacts one by one and keeps arm and unit of each."""

    rollout: DeclaredRollout
    zone: tzinfo
    arms: "array[int]" = field(default_factory=lambda: array("q"))
    units: "array[int]" = field(default_factory=lambda: array("q"))
    names: dict[str, int] = field(default_factory=dict)
    history: Mapping[str, list[tuple[float, bool]]] = field(init=False)

    def __post_init__(self) -> None:
        """Sort what each unit was assigned to, and when."""
        history: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        for one in self.rollout.assigned:
            history[one.unit_id].append((one.at.timestamp() if one.at else EVER, one.new))
        self.history = {unit: sorted(moments) for unit, moments in history.items()}

    def add(self, conversation: Conversation) -> None:
        """Take one contact: the last assignment of its unit before it began counts."""
        unit = UNIT_OF[self.rollout.unit](conversation, self.zone) or ""
        moments = self.history.get(unit, [])
        began = conversation.started_at.timestamp() if conversation.started_at else EVER
        at = bisect_right(moments, (began, True))
        self.arms.append(int(moments[at - 1][1]) if at else OUTSIDE)
        self.units.append(self.names.setdefault(unit, len(self.names)))

    def finish(self) -> Assigned:
        """All contacts as arrays."""
        return Assigned(self.rollout, np.array(self.arms, dtype=np.int64), np.array(self.units, dtype=np.int64))


def _week(conversation: Conversation, zone: tzinfo) -> str | None:
    started = conversation.started_at
    return iso_week(local_day(started, zone)) if started else None


UNIT_OF: Mapping[RolloutUnit, Callable[[Conversation, tzinfo], str | None]] = {
    RolloutUnit.AGENT: lambda conversation, _zone: conversation.agent.id,
    RolloutUnit.TEAM: lambda conversation, _zone: conversation.agent.team,
    RolloutUnit.CUSTOMER: lambda conversation, _zone: conversation.customer.id,
    RolloutUnit.CONVERSATION: lambda conversation, _zone: conversation.id,
    RolloutUnit.SHIFT: lambda conversation, _zone: conversation.agent.shift,
    RolloutUnit.WEEK: _week,
}
