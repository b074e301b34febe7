"""A rollout as it was declared: which units got which version of an SOP from when on, and how that was decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from qa_service.errors import InvalidInput

# What an arm may be called besides the number of its version.
TO = frozenset({"to", "to_version", "new", "treatment", "treated", "treat", "test", "on", "b", "true"})
FROM = frozenset({"from", "from_version", "old", "control", "baseline", "off", "a", "false"})


class Mechanism(StrEnum):
    """How it was decided who gets which version."""

    RANDOMISED = "randomised"
    ROTA = "rota"
    CHOSEN = "chosen"


class RolloutUnit(StrEnum):
    """What was assigned to a version."""

    AGENT = "agent"
    TEAM = "team"
    CUSTOMER = "customer"
    CONVERSATION = "conversation"
    SHIFT = "shift"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One unit gets the new version (or keeps the old one) from a moment on; None: from ever."""

    unit_id: str
    at: datetime | None
    new: bool


@dataclass(frozen=True, slots=True)
class DeclaredRollout:
    """Who got which of two versions of an SOP."""

    sop: str
    from_version: int
    to_version: int
    unit: RolloutUnit
    mechanism: Mechanism
    assigned: tuple[Assignment, ...]


def rollout_from_json(body: Any, zone: tzinfo) -> DeclaredRollout:
    """Read the contract object of a rollout; raises InvalidInput naming what is missing or wrong."""
    try:
        versions = int(body["from_version"]), int(body["to_version"])
        assigned = tuple(_assignment(one, versions, zone) for one in body["assigned"])
        unit, mechanism = RolloutUnit(body["unit"]), Mechanism(body["mechanism"])
        return DeclaredRollout(str(body["sop"]), *versions, unit, mechanism, assigned)
    except KeyError as error:
        raise InvalidInput(
            f"a rollout needs {error.args[0]!r} (contract: sop, from_version, to_version, unit, …)"
        ) from None
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"not a rollout: {error}; unit is one of {', '.join(RolloutUnit)}, mechanism one of {', '.join(Mechanism)}"
        ) from None


def _assignment(body: Mapping[str, Any], versions: tuple[int, int], zone: tzinfo) -> Assignment:
    moment = datetime.fromisoformat(str(body["at"])) if body.get("at") else None
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return Assignment(str(body["unit_id"]), moment, _new(body["arm"], versions))


def _new(arm: object, versions: tuple[int, int]) -> bool:
    """Whether an arm is that of the new version: by its number, else by its name."""
    name = str(arm).strip().lower()
    number = name.removeprefix("v")
    if number in (str(versions[0]), str(versions[1])):
        return number == str(versions[1])
    if name in TO | FROM:
        return name in TO
    raise InvalidInput(f"unknown arm {arm!r}: write the number of its version ({versions[0]} or {versions[1]})")
