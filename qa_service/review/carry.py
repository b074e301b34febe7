"""People's decisions on an analysis made after them: carried over while the check exists, by id and place.

A decision whose check is gone is kept and set aside. Where the new analysis speaks against a decision, the decision
stands, and the contradiction asks for a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from qa_service.domain.analysis import Analysis
from qa_service.domain.finding import Finding
from qa_service.domain.review import Basis, Decision, Override, by_finding
from qa_service.domain.same_finding import Anchor, anchor, claim, counterparts, findings_by_key
from qa_service.domain.sop import Sop
from qa_service.errors import InvalidInput
from qa_service.review.bodies import GRIEVANCES, Body, finding_bodies, finding_of, kind_at
from qa_service.review.decided import decided

# Kinds whose findings bear on the verdict; what contradicts a decision about them asks for a person.
BEARING = ("step", "order", "obligation", "red_line", "check", *GRIEVANCES)
OF_SOP = ("step", "order", "obligation", "red_line", "check")
# Kinds of which a settled review has seen all there are: one that turns up later was judged absent.
LISTED = ("obligation", "red_line", "need", "promise", "competitor")


class Why(StrEnum):
    """Why a decision is set aside."""

    CHECK_GONE = "check_gone"
    FINDING_GONE = "finding_gone"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A decision that is kept but counts for nothing in this analysis."""

    override: Override
    why: Why


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A decision that the new analysis speaks against: what each claims (None: the finding is not there)."""

    key: str
    person: str | None
    machine: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Carried:
    """Decisions as they stand on one analysis, by the key that the finding has there."""

    decided: Mapping[str, Sequence[Override]] = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a person stood behind: the analysis, its SOP and people's decisions until then."""

    machine: Analysis
    sop: Sop | None
    by: str
    at: datetime


def carry(machine: Analysis, overrides: Sequence[Override], *, sop: Sop | None) -> Carried:
    """Bring decisions to the findings of an analysis."""
    if not overrides:
        return Carried()
    bodies, findings = finding_bodies(machine), findings_by_key(machine)
    groups, aside = _applicable(by_finding(overrides), machine, sop)
    same = counterparts(
        {key: _anchor_of(key, history) for key, history in groups.items()},
        {key: anchor(key, finding) for key, finding in findings.items()},
    )
    stands: dict[str, list[Override]] = {}
    contradictions = []
    for key, history in groups.items():
        there = _place(key, history, same)
        body = bodies.get(there)
        if not _tells(there, body, history):
            aside += [SetAside(override, Why.FINDING_GONE) for override in history]
            continue
        moved = history if there == key else [replace(override, finding_key=there) for override in history]
        stands.setdefault(there, []).extend(moved)
        contradictions += _contradiction(there, findings.get(there), body, moved)
    return Carried(stands, tuple(aside), tuple(contradictions))


def stood_behind(
    settlement: Settlement, overrides: Sequence[Override], *, now: Analysis, sop: Sop | None
) -> list[Override]:
    """The decisions of a settled review as a later analysis has to take them: all it held is confirmed, all it did
    not hold, though its SOP asked for it, is removed; decisions of later come after.
    """
    before = [override for override in overrides if override.at <= settlement.at]
    there = carry(settlement.machine, before, sop=settlement.sop)
    bodies = finding_bodies(settlement.machine)
    keys = [*bodies, *(key for key in there.decided if key not in bodies)]
    made = [override for history in there.decided.values() for override in history]
    made += [one.override for one in there.set_aside]
    made += [_implied(settlement, key, Decision.CONFIRM, bodies.get(key)) for key in keys]
    made += [_implied(settlement, key, Decision.REMOVE, None) for key in _unseen(made, settlement, now, sop)]
    return made + [override for override in overrides if override.at > settlement.at]


def _unseen(made: Sequence[Override], settlement: Settlement, now: Analysis, sop: Sop | None) -> list[str]:
    """Findings that were none when the review was settled, of checks that its SOP had."""
    groups = by_finding(made)
    findings = {key: one for key, one in findings_by_key(now).items() if kind_at(key) in LISTED}
    anchors = {key: anchor(key, finding) for key, finding in findings.items()}
    known = set(counterparts({key: _anchor_of(key, history) for key, history in groups.items()}, anchors).values())
    basis = Basis(settlement.machine.sop, settlement.machine.sop_version)
    return [
        key
        for key in findings
        if key not in known and _exists(key, settlement.sop) and _same_check(key, basis, now, sop)
    ]


def _implied(settlement: Settlement, key: str, decision: Decision, body: Body | None) -> Override:
    machine = settlement.machine
    return Override(
        id=f"settled/{key}",
        conversation_id=machine.conversation_id,
        finding_key=key,
        decision=decision,
        reason="",
        by=settlement.by,
        at=settlement.at,
        basis=Basis(machine.sop, machine.sop_version, body),
    )


def _applicable(
    groups: Mapping[str, Sequence[Override]], machine: Analysis, sop: Sop | None
) -> tuple[dict[str, Sequence[Override]], list[SetAside]]:
    kept: dict[str, Sequence[Override]] = {}
    aside: list[SetAside] = []
    present = findings_by_key(machine)
    for key, history in groups.items():
        # Without the SOP at hand, a finding that is there is the only sign that its check exists.
        exists = _exists(key, sop) if sop else kind_at(key) not in OF_SOP or key in present
        if exists and _same_check(key, history[-1].basis, machine, sop):
            kept[key] = history
        else:
            aside += [SetAside(override, Why.CHECK_GONE) for override in history]
    return kept, aside


def _exists(key: str, sop: Sop | None) -> bool:
    """Whether an SOP has what the finding is about; what no SOP lists always exists."""
    kind = kind_at(key)
    if kind not in OF_SOP:
        return True
    if sop is None:
        return False
    listed = {
        "step": [one.id for one in sop.steps],
        "order": [one.id for one in sop.order],
        "obligation": [one.id for one in sop.obligations],
        "red_line": [one.id for one in sop.red_lines],
        "check": [one.id for one in sop.checks],
    }
    return anchor(key).id in listed[kind]


def _same_check(key: str, basis: Basis | None, machine: Analysis, sop: Sop | None) -> bool:
    """Whether the id means the same as when the person decided: two SOPs share only the codebook's red lines."""
    kind = kind_at(key)
    if kind not in OF_SOP or basis is None or basis.sop == machine.sop:
        return True
    lines = sop.red_lines if sop and kind == "red_line" else ()
    return any(line.built_in for line in lines if line.id == anchor(key).id)


def _anchor_of(key: str, history: Sequence[Override]) -> Anchor:
    """Where the decision hangs: on the words that the person saw, or set."""
    basis = history[-1].basis
    for body in (basis.finding if basis else None, *(override.value for override in history)):
        finding = _read(kind_at(key), body) if body else None
        if finding is not None and finding.key == key:
            return anchor(key, finding)
    return anchor(key)


def _read(kind: str, body: Mapping[str, object]) -> Finding | None:
    try:
        return finding_of(kind, body)
    except InvalidInput:
        return None


def _place(key: str, history: Sequence[Override], same: Mapping[str, str]) -> str:
    """The key to decide about. What was struck out is not taken for other words of a neighbouring turn."""
    there = same.get(key, key)
    struck = history[-1].decision is Decision.REMOVE
    return key if struck and anchor(there).turn != anchor(key).turn else there


def _tells(key: str, body: Body | None, history: Sequence[Override]) -> bool:
    """Whether decision and analysis together tell what the finding is."""
    item = decided(kind_at(key), body, history)
    if item is None:
        return body is not None or history[-1].decision is not Decision.CONFIRM
    return body is not None or _read(kind_at(key), item) is not None


def _contradiction(
    key: str, finding: Finding | None, body: Body | None, history: Sequence[Override]
) -> list[Contradiction]:
    """At most one: the machine claims something that is neither the person's verdict nor what the person overruled."""
    kind, last = kind_at(key), history[-1]
    if kind not in BEARING or last.basis is None:
        return []
    item = decided(kind, body, history)
    person = claim(finding_of(kind, item)) if item else None
    overruled = claim(finding_of(kind, last.basis.finding)) if last.basis.finding else None
    if claim(finding) in (person, overruled):
        return []
    return [Contradiction(key, person, claim(finding), last.by, last.at)]
