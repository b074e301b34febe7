"""Where and when something new came into force: a version of an SOP by its rollouts, or the actions of a project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from functools import cached_property
from itertools import pairwise
from typing import Protocol

from qa_service.domain.conversation import Conversation
from qa_service.domain.declared_rollout import DeclaredRollout, RolloutUnit
from qa_service.domain.period import local_day
from qa_service.domain.rollout import EVER, Place, Rollout, in_force
from qa_service.errors import InvalidInput

# Who is assigned for a time, and had another version before it.
UNITS_IN_TIME = (RolloutUnit.TEAM, RolloutUnit.AGENT, RolloutUnit.SHIFT)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a conversation stands: `under` the new one, or before or beside it; `adopts`: it comes there by now."""

    under: bool
    adopts: bool


class Placement(Protocol):
    """Tells where conversations stand."""

    @property
    def since(self) -> date | None:
        """The first day of the new one anywhere; None: it has begun nowhere."""

    @property
    def by_product(self) -> bool:
        """Whether the same agent may be under it with one product and not with another."""

    def of(self, conversation: Conversation) -> Placed | None:
        """Where a conversation with a time stands; None where it can serve for no comparison."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From when to when one and the same version was in force somewhere; None: none was."""

    version: int | None
    starts: datetime
    ends: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.starts <= at and (self.ends is None or at < self.ends)


@dataclass
class VersionPlacement:
    """By the rollouts of an SOP: assigned is what was in force for a team and product, not what was done.

    A team counts from the version before to the end of the one measured; one that never had it, as long as its own
    version stayed the same. One that had it ever since tells nothing.
    """

    rollouts: Sequence[Rollout]
    slug: str
    version: int
    now: datetime
    zone: tzinfo
    _known: dict[tuple[tuple[str, ...], str | None], "_Course"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Keep the rollouts of this SOP alone."""
        self.rollouts = [one for one in self.rollouts if one.slug == self.slug]

    @property
    def since(self) -> date | None:
        """The first day of the version anywhere."""
        anchor = self._anchor()
        return local_day(anchor, self.zone) if anchor else None

    @property
    def by_product(self) -> bool:
        """Whether a rollout names products."""
        return any(one.place.products for one in self.rollouts)

    def of(self, conversation: Conversation) -> Placed | None:
        """Where a conversation stands."""
        at = conversation.started_at
        assert at is not None
        key = (conversation.agent.path, conversation.product if self.by_product else None)
        if key not in self._known:
            self._known[key] = self._course(conversation)
        course = self._known[key]
        if course.before is not None and course.before.holds(at):
            return Placed(False, course.after is not None)
        return Placed(True, True) if course.after is not None and course.after.holds(at) else None

    def _anchor(self) -> datetime | None:
        starts = [
            one.start
            for one in self.rollouts
            if one.version == self.version and one.ran and EVER < one.start <= self.now
        ]
        return min(starts, default=None)

    def base(self) -> int | None:
        """The version that was laid last before this one began anywhere; None: there was none."""
        anchor = self._anchor()
        before = [one for one in self.rollouts if one.version != self.version and one.ran]
        before = [one for one in before if anchor is not None and one.start < anchor]
        return max(before, key=lambda one: one.laid).version if before else None

    def _course(self, conversation: Conversation) -> "_Course":
        stretches = self._stretches(conversation)
        for before, after in pairwise(stretches):
            if after.version == self.version:
                return _Course(before if before.version is not None else None, after)
        anchor = self._anchor()
        if anchor is None or any(one.version == self.version for one in stretches):
            return _Course(None, None)
        there = next((one for one in stretches if one.holds(anchor)), None)
        return _Course(there if there and there.version is not None else None, None)

    def _stretches(self, conversation: Conversation) -> list[_Stretch]:
        """What was in force at a conversation's place, one after the other."""
        moments = {one.start for one in self.rollouts} | {one.ends_at for one in self.rollouts if one.ends_at}
        stretches: list[_Stretch] = []
        for at in sorted({EVER, *(moment for moment in moments if moment <= self.now)}):
            there = in_force(self.rollouts, replace(conversation, started_at=at), now=at).get(self.slug)
            if stretches and stretches[-1].version == there:
                continue
            if stretches:
                stretches[-1] = replace(stretches[-1], ends=at)
            stretches.append(_Stretch(there, at, None))
        return stretches


@dataclass(frozen=True, slots=True)
class _Course:
    before: _Stretch | None
    after: _Stretch | None


@dataclass(frozen=True)
class DatedPlacement:
    """By day and place: a project's actions in one place, everything else beside it."""

    place: Place
    first_day: date
    zone: tzinfo

    @property
    def since(self) -> date:
        """The first day of the actions."""
        return self.first_day

    @property
    def by_product(self) -> bool:
        """Whether the project is about products."""
        return bool(self.place.products)

    def of(self, conversation: Conversation) -> Placed:
        """Where a conversation stands."""
        assert conversation.started_at is not None
        here = self.place.holds(conversation)
        return Placed(here and local_day(conversation.started_at, self.zone) >= self.first_day, here)


@dataclass(frozen=True)
class DeclaredPlacement:
    """By a declared rollout of teams, agents or shifts.

    Where it names units that keep the old version, only units it names are compared; else all others kept it.
    """

    rollout: DeclaredRollout
    now: datetime
    zone: tzinfo

    def __post_init__(self) -> None:
        """Refuse what has no before: a customer or a single conversation is assigned once."""
        if self.rollout.unit not in UNITS_IN_TIME:
            raise InvalidInput(
                f"before and after can be told of {', '.join(UNITS_IN_TIME)}; this rollout assigned by"
                f" {self.rollout.unit}: ask `qa-service effects --rollout` for the difference between its arms"
            )

    @property
    def since(self) -> date | None:
        """The first day anybody began."""
        first = min((at for at in self._begins.values() if at and at <= self.now), default=None)
        return local_day(first, self.zone) if first else None

    @property
    def by_product(self) -> bool:
        """It knows no products."""
        return False

    def of(self, conversation: Conversation) -> Placed | None:
        """Where a conversation stands."""
        assert conversation.started_at is not None
        name = self._unit(conversation)
        if name in self._ever or (name not in self._begins and self._names_all):
            return None
        at = self._begins.get(name)
        adopts = at is not None and at <= self.now
        return Placed(adopts and at is not None and conversation.started_at >= at, adopts)

    def _unit(self, conversation: Conversation) -> str:
        agent = conversation.agent
        if self.rollout.unit is RolloutUnit.AGENT:
            return agent.id or ""
        if self.rollout.unit is RolloutUnit.SHIFT:
            return agent.shift or ""
        return agent.team or (agent.path[-1] if agent.path else "")

    @cached_property
    def _begins(self) -> Mapping[str, datetime | None]:
        """When each unit began with the new version; None: never."""
        new = [(one.unit_id, one.at) for one in self.rollout.assigned if one.new and one.at]
        begins: dict[str, datetime | None] = {one.unit_id: None for one in self.rollout.assigned}
        return begins | {name: min(at for unit, at in new if unit == name) for name in {name for name, _ in new}}

    @cached_property
    def _ever(self) -> frozenset[str]:
        """Units that had the new version from ever: they have no before."""
        return frozenset(one.unit_id for one in self.rollout.assigned if one.new and one.at is None)

    @cached_property
    def _names_all(self) -> bool:
        return any(not one.new for one in self.rollout.assigned)
