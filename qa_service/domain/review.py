"""What people say about the machine's findings.

Three verdicts stand apart for ever: the machine's (an Analysis, immutable), the reviewer's (with the overrides of
the review) and the final one (with the overrides that appeals brought). Overrides attach to a conversation, a
finding key and the finding that the person saw, so they outlive a new analysis (`review.carry`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Decision(StrEnum):
    """What a person does with a finding."""

    CONFIRM = "confirm"
    CHANGE = "change"
    REMOVE = "remove"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a person decided upon: the SOP of the analysis, and the machine's finding (None where it had none)."""

    sop: str | None
    sop_version: int | None
    finding: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """One decision about one finding; never rewritten, a later one on the same key builds on it.

    `value` (for `change` and `add`) holds the fields of the contract's finding that the person sets, such as
    `{"status": "done", "turns": [3]}`. `appeal_id` names the appeal that brought it, None for the review itself.
    `basis` is None for decisions of before it was kept.
    """

    id: str
    conversation_id: str
    finding_key: str
    decision: Decision
    reason: str
    by: str
    at: datetime
    value: Mapping[str, Any] = field(default_factory=dict)
    appeal_id: str | None = None
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark on a conversation, or on one finding of it."""

    id: str
    conversation_id: str
    text: str
    by: str
    at: datetime
    finding_key: str | None = None


class ReviewState(StrEnum):
    """`open`: a person has begun; `settled`: that person stands behind every finding."""

    OPEN = "open"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Review:
    """A person's reading of one conversation; one per conversation, by its first reviewer.

    `settled_on` is the analysis that the person stood behind last; it stays when a later analysis opens the review
    again.
    """

    conversation_id: str
    reviewer: str
    opened_at: datetime
    state: ReviewState = ReviewState.OPEN
    settled_at: datetime | None = None
    settled_on: int | None = None


def by_finding(overrides: Sequence[Override]) -> dict[str, list[Override]]:
    """The overrides of each finding key, from first to last."""
    history: dict[str, list[Override]] = {}
    for override in sorted(overrides, key=lambda one: (one.at, one.id)):
        history.setdefault(override.finding_key, []).append(override)
    return history
