"""A conversation between an agent and a customer, as the contract defines it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Speaker(StrEnum):
    """Who speaks a turn."""

    AGENT = "agent"
    CUSTOMER = "customer"
    SYSTEM = "system"


class Channel(StrEnum):
    """How the two sides met."""

    CALL = "call"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class PersonalSpan:
    """Where personal data stood in a turn before masking; `kind` is one of `normalize.masking.KINDS`."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message or recognised segment as received; offsets of findings count characters of `text`."""

    speaker: Speaker
    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    sent_at: datetime | None = None
    type: str = "text"
    speaker_id: str | None = None
    recalled: bool = False
    asr_confidence: float | None = None
    role_confidence: float | None = None
    personal: tuple[PersonalSpan, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Agent:
    """The seller; `org` is the organisation path, outermost first, and `team` its last element."""

    id: str | None = None
    name: str | None = None
    team: str | None = None
    org: tuple[str, ...] = ()
    hired_on: date | None = None
    shift: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> tuple[str, ...]:
        """The organisation path, made from `team` where no path was given."""
        return self.org or ((self.team,) if self.team else ())


@dataclass(frozen=True, slots=True)
class Customer:
    """The person on the other side, known by an id of the deployment's own systems."""

    id: str | None = None
    is_minor: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it, from the deployment's own systems; None means unknown, never false."""

    converted: bool | None = None
    amount: float | None = None
    trial_attended: bool | None = None
    refunded: bool | None = None
    complained: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One call or chat. Fields that the contract does not know are kept in `extra` (gold labels too)."""

    id: str
    turns: tuple[Turn, ...]
    channel: Channel = Channel.CALL
    product: str | None = None
    scenario: str | None = None
    stage: str | None = None
    direction: str | None = None
    sop: str | None = None
    agent: Agent = Agent()
    customer: Customer = Customer()
    started_at: datetime | None = None
    duration_s: float | None = None
    hung_up_by: str | None = None
    recording_url: str | None = None
    consent: Any = None
    outcome: Outcome = Outcome()
    tags: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


def moves(turns: Sequence[Turn]) -> tuple[int | None, ...]:
    """Number of the move each turn belongs to: neighbouring turns of one speaker; system turns have none."""
    numbers: list[int | None] = []
    current, last = -1, None
    for turn in turns:
        if turn.speaker is Speaker.SYSTEM:
            numbers.append(None)
            continue
        if turn.speaker is not last:
            current, last = current + 1, turn.speaker
        numbers.append(current)
    return tuple(numbers)
