"""What a new analysis of a conversation changes: which findings, the score, and what stands behind the change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.finding import Finding
from qa_service.domain.same_finding import anchor, claim, counterparts, findings_by_key, turns_of

# An adapted model is named by its base, a plus, and its own digest.
ADAPTED_MARK = "+"
JUDGE = ("judge", "judge_items", "judge_prompts")


class Shift(StrEnum):
    """How a finding differs; the least of them, `confidence`, changes no claim and no place."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    STATUS = "status"
    PLACES = "places"
    CONFIDENCE = "confidence"


@dataclass(frozen=True, slots=True)
class FindingChange:
    """One finding before and after: what each claims (None: not there) and how sure it is."""

    key: str
    shift: Shift
    before: str | None
    after: str | None
    confidence_before: float | None = None
    confidence_after: float | None = None

    @property
    def kind(self) -> str:
        """The kind of finding."""
        return self.key.partition("/")[0]

    @property
    def id(self) -> str:
        """The id of the step, check, red line… that the finding is about; empty where its kind has none."""
        return anchor(self.key).id


@dataclass(frozen=True, slots=True)
class Judged:
    """One analysis of a conversation, as far as a comparison needs it."""

    analysis_id: int | None
    sop: str | None
    sop_version: int | None
    score: float | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Rescored:
    """One conversation that a re-score changed; scores are those that count, with people's decisions in them.

    `contradicted` are the keys of decisions that the new analysis speaks against; they stand, and wait for a person.
    """

    conversation_id: str
    agent_id: str | None
    agent_name: str | None
    team: str | None
    before: Judged
    after: Judged
    causes: tuple[str, ...]
    changes: tuple[FindingChange, ...]
    contradicted: tuple[str, ...] = ()

    @property
    def difference(self) -> float | None:
        """Points won or lost, None where one of the two has no score."""
        if self.before.score is None or self.after.score is None:
            return None
        return round(self.after.score - self.before.score, 2)

    @property
    def weight(self) -> float:
        """How much a reader should care: a changed `passed` first, then points, then findings."""
        turned = self.before.passed != self.after.passed
        return 1000.0 * turned + abs(self.difference or 0.0) + min(len(self.told), 99) / 1000

    @property
    def told(self) -> tuple[FindingChange, ...]:
        """The changes that are more than another confidence."""
        return tuple(change for change in self.changes if change.shift is not Shift.CONFIDENCE)


def compare(before: Analysis, after: Analysis) -> tuple[FindingChange, ...]:
    """Which findings differ between two analyses of the same conversation."""
    old, new = findings_by_key(before), findings_by_key(after)
    same = counterparts(_anchors(old), _anchors(new))
    pairs: list[tuple[Finding | None, Finding | None]] = [(old[one], new[other]) for one, other in same.items()]
    pairs += [(finding, None) for key, finding in old.items() if key not in same]
    found = set(same.values())
    pairs += [(None, finding) for key, finding in new.items() if key not in found]
    changes = [change for one, other in pairs if (change := _change(one, other)) is not None]
    return tuple(sorted(changes, key=lambda change: (change.key, change.shift.value)))


def causes(before: Analysis, after: Analysis) -> tuple[str, ...]:
    """What differs between what made two analyses: `sop`, `models`, `adapted`, `judge`, `code`, or another version."""
    found = set()
    if (before.sop, before.sop_version) != (after.sop, after.sop_version):
        found.add("sop")
    for name in before.versions.keys() & after.versions.keys():
        if before.versions[name] != after.versions[name]:
            found.add(_cause(name, before.versions[name], after.versions[name]))
    if any((name in before.versions) != (name in after.versions) for name in JUDGE):
        found.add("judge")
    if ("taxonomy" in before.versions) != ("taxonomy" in after.versions):
        found.add("taxonomy")
    return tuple(sorted(found))


def rescored_to_json(entry: Rescored) -> dict[str, Any]:
    """One conversation that a re-score changed, as a plain object."""
    return {
        "conversation_id": entry.conversation_id,
        "agent_id": entry.agent_id,
        "agent_name": entry.agent_name,
        "team": entry.team,
        "before": _judged_to_json(entry.before),
        "after": _judged_to_json(entry.after),
        "difference": entry.difference,
        "causes": list(entry.causes),
        "changes": changes_to_json(entry.changes),
        "contradicted": list(entry.contradicted),
    }


def changes_to_json(changes: Sequence[FindingChange]) -> list[dict[str, Any]]:
    """Changes as plain objects."""
    return [
        {
            "key": change.key,
            "shift": change.shift.value,
            "before": change.before,
            "after": change.after,
            "confidence_before": change.confidence_before,
            "confidence_after": change.confidence_after,
        }
        for change in changes
    ]


def changes_from_json(body: Sequence[Mapping[str, Any]]) -> tuple[FindingChange, ...]:
    """Changes read back."""
    return tuple(FindingChange(**{**one, "shift": Shift(one["shift"])}) for one in body)


def _cause(name: str, before: str, after: str) -> str:
    if name == "models":
        return "adapted" if before.partition(ADAPTED_MARK)[0] == after.partition(ADAPTED_MARK)[0] else "models"
    return "judge" if name in JUDGE else name


def _anchors(findings: Mapping[str, Finding]) -> dict[str, Any]:
    return {key: anchor(key, finding) for key, finding in findings.items()}


def _change(one: Finding | None, other: Finding | None) -> FindingChange | None:
    shift = _shift(one, other)
    named = other or one
    if shift is None or named is None:
        return None
    return FindingChange(
        named.key,
        shift,
        claim(one),
        claim(other),
        one.confidence if one else None,
        other.confidence if other else None,
    )


def _shift(one: Finding | None, other: Finding | None) -> Shift | None:
    if one is None or other is None:
        return Shift.APPEARED if one is None else Shift.VANISHED
    if claim(one) != claim(other):
        return Shift.STATUS
    if (one.key, turns_of(one)) != (other.key, turns_of(other)):
        return Shift.PLACES
    return None if one == other else Shift.CONFIDENCE


def _judged_to_json(judged: Judged) -> dict[str, Any]:
    return {
        "analysis_id": judged.analysis_id,
        "sop": judged.sop,
        "sop_version": judged.sop_version,
        "score": judged.score,
        "passed": judged.passed,
    }
