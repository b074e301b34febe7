"""Deliveries: one notice on its way to one recipient, tried until it arrives or is given up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class DeliveryState(StrEnum):
    """Where a delivery stands; a dead one was refused for good or tried too often, and waits for a person."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


class NoticeKind(StrEnum):
    """What a notice is about."""

    WEEKLY = "weekly"
    URGENT = "urgent"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery. `about` holds numbers and names of the store, never text: what is said is written when it is sent.

    `key` is the same for every try, so that a receiver can tell a repetition.
    """

    id: int
    recipient: int
    kind: NoticeKind
    key: str
    about: Mapping[str, Any]
    state: DeliveryState
    attempts: int
    reason: str
    at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One thing that a notice tells: in words, with a masked quote, and where to look."""

    text: str
    quote: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with an e-mail."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Notice:
    """What a recipient is told. `html` and `attachments` are for e-mail; `key` and `at` tell repetitions."""

    key: str
    kind: NoticeKind
    title: str
    items: tuple[NoticeItem, ...]
    at: datetime
    link: str | None = None
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
