"""Appeals: an agent (or the manager for them) contests a finding, and somebody else decides.

Level 1 is decided by a person who neither reviewed the finding nor filed the appeal; level 2, by a QA lead who
did not decide level 1. Every function returns a new appeal or raises with a sentence that says what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from qa_service.errors import Conflict, Forbidden


class AppealState(StrEnum):
    """Where an appeal stands."""

    OPEN = "open"
    DECIDED = "decided"
    ESCALATED = "escalated"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class AppealDecision:
    """What one level said; `accepted` means the finding is changed in the agent's favour."""

    level: int
    accepted: bool
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """One contested finding."""

    id: str
    conversation_id: str
    finding_key: str
    reason: str
    filed_by: str
    filed_at: datetime
    state: AppealState = AppealState.OPEN
    decisions: tuple[AppealDecision, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether somebody owes a decision."""
        return self.state in (AppealState.OPEN, AppealState.ESCALATED)

    @property
    def level(self) -> int:
        """The level that decides next, or decided last."""
        return 1 if self.state in (AppealState.OPEN, AppealState.DECIDED) else 2


@dataclass(frozen=True, slots=True)
class AppealPolicy:
    """How long an appeal may be filed after the verdict, and taken further after a decision, in days."""

    window_days: int = 7
    escalation_days: int = 3


def file_appeal(appeal: Appeal, *, earlier: Sequence[Appeal], verdict_at: datetime, policy: AppealPolicy) -> Appeal:
    """Check a new appeal against the window and the earlier ones on the same finding."""
    same = [one for one in earlier if one.finding_key == appeal.finding_key]
    if any(one.waiting for one in same):
        raise Conflict(f"an appeal on {appeal.finding_key} is already open; wait for its decision")
    if same:
        raise Conflict(f"an appeal on {appeal.finding_key} is already decided; take that one to the second level")
    _within(appeal.filed_at, verdict_at, policy.window_days, "an appeal can be filed")
    return appeal


def escalate(appeal: Appeal, *, at: datetime, policy: AppealPolicy) -> Appeal:
    """Take a decided appeal to the second level."""
    if appeal.state is not AppealState.DECIDED:
        raise Conflict(f"only an appeal decided at level 1 can be taken further; this one is {appeal.state.value}")
    if appeal.decisions[-1].accepted:
        raise Conflict("this appeal was accepted; there is nothing to take further")
    _within(at, appeal.decisions[-1].at, policy.escalation_days, "an appeal can be taken to the second level")
    return replace(appeal, state=AppealState.ESCALATED)


def decide_appeal(appeal: Appeal, decision: AppealDecision, *, reviewers: frozenset[str]) -> Appeal:
    """Add the decision of the level that waits; `reviewers` are those whose verdict is contested."""
    if not appeal.waiting or decision.level != appeal.level:
        raise Conflict(f"no decision of level {decision.level} is awaited; this appeal is {appeal.state.value}")
    if decision.by == appeal.filed_by:
        raise Forbidden("whoever filed an appeal cannot decide it; ask a colleague")
    if decision.level == 1 and decision.by in reviewers:
        raise Forbidden("the reviewer of the finding cannot decide the appeal against it; ask a colleague")
    if decision.by in {earlier.by for earlier in appeal.decisions}:
        raise Forbidden("level 2 must be decided by someone other than level 1; ask a colleague")
    state = AppealState.DECIDED if decision.level == 1 else AppealState.FINAL
    return replace(appeal, state=state, decisions=(*appeal.decisions, decision))


def _within(at: datetime, since: datetime, days: int, what: str) -> None:
    if at > since + timedelta(days=days):
        raise Conflict(f"{what} within {days} days; that ended on {(since + timedelta(days=days)):%Y-%m-%d}")
