"""A re-score: the analyses of a range made again, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class RescoreRange:
    """Which conversations: every condition must hold, None asks for nothing. `sop` is that of the analysis so far."""

    day_from: date | None = None
    day_to: date | None = None
    team: str | None = None
    agent: str | None = None
    product: str | None = None
    channel: str | None = None
    sop: str | None = None


class RescoreState(StrEnum):
    """Where a re-score stands."""

    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class RescoreCounts:
    """What became of the conversations; `total` grows while the range is still being listed.

    `moved` changed in score, verdict or a finding; `refined` in confidences alone; `first` had no analysis before;
    `frozen` lie in a closed period and were left alone; `failed` could not be analysed; `gone` were deleted meanwhile.
    `contradicted` of them wait for a person again. `not_reproduced`: the same versions gave something else than before.
    """

    total: int = 0
    done: int = 0
    moved: int = 0
    refined: int = 0
    unchanged: int = 0
    first: int = 0
    frozen: int = 0
    failed: int = 0
    gone: int = 0
    contradicted: int = 0
    not_reproduced: int = 0


@dataclass(frozen=True, slots=True)
class Rescore:
    """One re-score; `report` is None until it is done."""

    id: int
    wanted: RescoreRange
    by: str
    reason: str
    begun_at: datetime
    state: RescoreState = RescoreState.RUNNING
    ended_at: datetime | None = None
    counts: RescoreCounts = field(default_factory=RescoreCounts)
    report: Mapping[str, Any] | None = None


def range_to_json(wanted: RescoreRange) -> dict[str, Any]:
    """A range as a plain object, with what it asks for only."""
    days = {"from": wanted.day_from, "to": wanted.day_to}
    rest = {name: getattr(wanted, name) for name in ("team", "agent", "product", "channel", "sop")}
    told = {name: day.isoformat() for name, day in days.items() if day} | rest
    return {name: value for name, value in told.items() if value is not None}


def range_from_json(body: Mapping[str, Any]) -> RescoreRange:
    """A range read back."""
    days = {name: date.fromisoformat(body[name]) for name in ("from", "to") if name in body}
    rest = {name: value for name, value in body.items() if name not in days}
    return RescoreRange(day_from=days.get("from"), day_to=days.get("to"), **rest)
