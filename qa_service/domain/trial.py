"""A trial of an SOP draft on conversations: nothing of it is stored as an analysis."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from qa_service.domain.conversation import Conversation
from qa_service.domain.gold import Gold, gold_of
from qa_service.domain.sop import Sop


@dataclass(frozen=True, slots=True)
class TrialBounds:
    """From how many cases on a share says something, how many examples are kept, and how long a quote may be."""

    few: int
    examples: int
    quote: int


@dataclass(frozen=True, slots=True)
class TrialRange:
    """Which stored conversations a draft is tried on; None asks for nothing."""

    day_from: date | None = None
    day_to: date | None = None
    team: str | None = None


class TrialState(StrEnum):
    """Where the trial on stored conversations stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Truth:
    """What people decided about one conversation, and under which SOP they looked at it.

    `unmet` are the obligations of which an episode stayed without its response, None where nobody looked at them;
    `checks` says of each check whether it failed, None likewise.
    """

    sop: Sop
    gold: Gold
    unmet: frozenset[str] | None
    checks: Mapping[str, bool] | None


def truth_of(conversation: Conversation, sop: Sop) -> Truth:
    """The truth that a labelled conversation carries; raises InvalidInput when its labels cannot be used."""
    gold = gold_of(conversation)
    body: Mapping[str, Any] = conversation.extra["gold"]
    episodes, checks = body.get("obligations"), body.get("checks")
    unmet = None if episodes is None else frozenset(one["id"] for one in episodes if not one.get("met"))
    verdicts = None if checks is None else {one["id"]: one["verdict"] == "failed" for one in checks}
    return Truth(sop, gold, unmet, verdicts)
