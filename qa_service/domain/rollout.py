"""Rollouts: which version of an SOP is in force where, and from when on.

A rollout covers a branch of the organisation and some products, from its start to its end; it is never deleted. Where
several cover a conversation, the one for the deepest branch counts, then one that names products, then the one that was
laid last: each is laid over the others at its start, a plan for days gone by when it was recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from qa_service.domain.conversation import Conversation
from qa_service.errors import Conflict

EVER = datetime.min.replace(tzinfo=UTC)


class RolloutKind(StrEnum):
    """How a rollout came about: published for everybody, rolled out by plan, brought back by a rollback."""

    PUBLICATION = "publication"
    PLAN = "plan"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Place:
    """A branch of the organisation (a path, outermost first) and some products; empty means all."""

    org: tuple[str, ...] = ()
    products: frozenset[str] = frozenset()

    def holds(self, conversation: Conversation) -> bool:
        """Whether a conversation lies here."""
        under = conversation.agent.path[: len(self.org)] == self.org
        return under and (not self.products or conversation.product in self.products)

    def lies_in(self, other: "Place") -> bool:
        """Whether the other covers all of this one."""
        under = self.org[: len(other.org)] == other.org
        return under and (not other.products or (bool(self.products) and self.products <= other.products))


EVERYBODY = Place()


@dataclass(frozen=True, slots=True)
class Wave:
    """One wave of a plan: where, from when on (None: from now), and whether what began there before counts no more."""

    place: Place = EVERYBODY
    starts_at: datetime | None = None
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A version in force at a place; `starts_at` None: since ever. `id` counts up, None until it is stored.

    `replaces`: from its start on, what was laid before inside its place counts no more, however narrow.
    """

    slug: str
    version: int
    kind: RolloutKind
    starts_at: datetime | None
    by: str
    at: datetime
    reason: str = ""
    place: Place = EVERYBODY
    replaces: bool = False
    ends_at: datetime | None = None
    ended_by: str | None = None
    end_reason: str = ""
    id: int | None = None

    @property
    def start(self) -> datetime:
        """The start, for comparing."""
        return self.starts_at or EVER

    @property
    def laid(self) -> tuple[datetime, int]:
        """When it came on top, for comparing: a plan for days gone by overrules what was recorded before it."""
        at = max(self.start, self.at) if self.kind is RolloutKind.PLAN else self.start
        return at, self.id or 0

    @property
    def ran(self) -> bool:
        """Whether it was ever in force, or may be: a plan that was dropped before its start never was."""
        return self.ends_at is None or self.ends_at > self.start

    def runs(self, at: datetime) -> bool:
        """Whether it is in force at a moment."""
        return self.start <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class Rollback:
    """What going back does: a version withdrawn, which of its rollouts end, and which others begin again."""

    withdrawn: int
    ends: tuple[Rollout, ...]
    begins: tuple[Rollout, ...]


def in_force(rollouts: Iterable[Rollout], conversation: Conversation, *, now: datetime) -> dict[str, int]:
    """The version of each SOP by which a conversation is judged, by slug; one without a time is taken as of now."""
    at = conversation.started_at or now
    here = [one for one in rollouts if one.place.holds(conversation) and one.runs(at)]
    ranked = sorted(_uppermost(here), key=_rank)
    return dict(sorted({one.slug: one.version for one in ranked}.items()))


def most_widely(rollouts: Iterable[Rollout], *, now: datetime) -> dict[str, int]:
    """The version of each SOP that most of the organisation works by now, by slug."""
    running = _uppermost([one for one in rollouts if one.runs(now)])
    ranked = sorted(running, key=lambda one: (-len(one.place.org), not one.place.products, one.laid))
    return dict(sorted({one.slug: one.version for one in ranked}.items()))


def states(rollouts: Iterable[Rollout]) -> Mapping[int, bool]:
    """Of the versions of one SOP that were ever rolled out: whether one is still in force somewhere, or will be."""
    known: dict[int, bool] = {}
    for one in rollouts:
        known[one.version] = known.get(one.version, False) or one.ends_at is None
    return known


def ended_by_publication(rollouts: Sequence[Rollout], version: int, *, now: datetime) -> list[Rollout]:
    """What ends when a version is published for everybody: the versions in force, with what was planned for them.

    A version that has not begun anywhere stays planned.
    """
    begun = {one.version for one in rollouts if one.runs(now)} - {version}
    return [one for one in rollouts if one.ends_at is None and one.version in begun]


def rollback(rollouts: Sequence[Rollout], slug: str, *, now: datetime) -> Rollback:
    """Withdraw the version of an SOP that came last, for what was in force before it; raises Conflict."""
    firsts = {one.version: _first(rollouts, one, now) for one in rollouts if one.runs(now)}
    if not firsts:
        raise Conflict(f"no version of SOP {slug} is in force; publish one")
    last = max(firsts.values(), key=lambda one: one.laid)
    before = [one for one in rollouts if one.version != last.version and one.ran and _until(one, last)]
    if not before:
        raise Conflict(f"no version of SOP {slug} was in force before version {last.version}; retire that one instead")
    ends = [one for one in rollouts if one.version == last.version and one.ends_at is None]
    begins = [one for one in before if one.ends_at is not None and one.ends_at <= now]
    return Rollback(last.version, tuple(ends), tuple(begins))


def _uppermost(running: Sequence[Rollout]) -> list[Rollout]:
    """Those that no later one replaces."""
    replacing = [one for one in running if one.replaces]
    return [one for one in running if not any(_replaced(one, other) for other in replacing)]


def _replaced(one: Rollout, other: Rollout) -> bool:
    return other.laid > one.laid and one.slug == other.slug and one.place.lies_in(other.place)


def _rank(one: Rollout) -> tuple[int, bool, tuple[datetime, int]]:
    return len(one.place.org), bool(one.place.products), one.laid


def _first(rollouts: Sequence[Rollout], one: Rollout, now: datetime) -> Rollout:
    """The rollout with which a version's present time in force began: a rollback goes on with the time before it."""
    own = [other for other in rollouts if other.version == one.version and other.ran and other.start <= now]
    first = max((other for other in own if other.runs(now)), key=lambda other: other.laid)
    while True:
        earlier = [other for other in own if other.laid < first.laid]
        if first.kind is not RolloutKind.ROLLBACK:
            earlier = [other for other in earlier if _until(other, first)]
        if not earlier:
            return first
        first = max(earlier, key=lambda other: other.laid)


def _until(one: Rollout, other: Rollout) -> bool:
    """Whether one was in force right before the other was laid."""
    at, _ = other.laid
    return one.laid[0] < at and (one.ends_at is None or one.ends_at >= at)
