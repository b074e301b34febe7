"""Checks of an SOP beside its steps, and branches: parts of it that apply only sometimes."""

from dataclasses import dataclass

from qa_service.domain.condition import Condition
from qa_service.domain.part_scope import PartScope
from qa_service.domain.severity import Severity


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that must hold (`expected`, worth `weight`), or must not (else `points` are deducted).

    `when`: it applies only where that condition holds. `each`: points go for every match of what must not be, to at
    most `most_points`; else once.
    """

    id: str
    title: str
    description: str
    condition: Condition
    expected: bool
    when: Condition | None
    weight: float
    severity: Severity
    points: float
    each: bool
    most_points: float
    scope: PartScope = PartScope.CONVERSATION


@dataclass(frozen=True, slots=True)
class Branch:
    """Steps, obligations, red lines and checks, by id, that apply only where `when` holds."""

    id: str
    title: str
    when: Condition
    steps: frozenset[str]
    obligations: frozenset[str]
    red_lines: frozenset[str]
    checks: frozenset[str]
