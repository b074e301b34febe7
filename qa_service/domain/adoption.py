"""Where and when something new came into force: a version of an SOP by its rollouts, or the actions of a project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from typing import Protocol

from qa_service.domain.conversation import Conversation
from qa_service.domain.period import local_day
from qa_service.domain.rollout import EVER, Place, Rollout, in_force


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

    def _course(self, conversation: Conversation) -> "_Course":
        stretches = self._stretches(conversation)
        for before, after in zip(stretches, stretches[1:], strict=False):
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
    """By a list: when each team or agent began, None: never; whom it does not name is no comparison."""

    begins: Mapping[str, datetime | None]
    unit: str
    now: datetime
    zone: tzinfo

    @property
    def since(self) -> date | None:
        """The first day anybody began."""
        first = min((at for at in self.begins.values() if at and at <= self.now), default=None)
        return local_day(first, self.zone) if first else None

    @property
    def by_product(self) -> bool:
        """A list of teams or agents knows no products."""
        return False

    def of(self, conversation: Conversation) -> Placed | None:
        """Where a conversation stands; None for somebody whom the list does not name."""
        assert conversation.started_at is not None
        agent = conversation.agent
        name = (agent.id or "") if self.unit == "agent" else agent.team or (agent.path[-1] if agent.path else "")
        if name not in self.begins:
            return None
        at = self.begins[name]
        adopts = at is not None and at <= self.now
        return Placed(adopts and at is not None and conversation.started_at >= at, adopts)
