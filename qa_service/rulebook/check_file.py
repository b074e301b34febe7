"""Checks and branches of an SOP from its YAML."""

from collections.abc import Iterator

from qa_service.domain.check import Branch, Check
from qa_service.domain.part_scope import PartScope
from qa_service.domain.severity import Severity
from qa_service.rulebook.codebook import codebook
from qa_service.rulebook.condition_file import read_condition
from qa_service.rulebook.fields import Section

CHECK_KEYS = (
    *("id", "title", "description", "expect", "forbid", "when"),
    *("weight", "severity", "points", "each", "most_points", "scope"),
)
BRANCH_KEYS = ("id", "title", "when", "steps", "obligations", "red_lines", "checks")
DEFAULT_SEVERITY = "minor"


def read_checks(top: Section) -> Iterator[Check]:
    """The checks of an SOP, in its order."""
    for section in top.sections("checks", CHECK_KEYS):
        expected = section.value.get("expect") is not None
        if expected == (section.value.get("forbid") is not None):
            raise section.error("a check has either `expect` (it must hold) or `forbid` (it must not)")
        _refuse_foreign(section, expected=expected)
        severity = section.choice("severity", Severity, DEFAULT_SEVERITY)
        points = section.number("points", codebook().judgement.severity_points[severity])
        yield Check(
            id=section.text("id"),
            title=section.text("title", section.text("id")),
            description=section.text("description", section.text("title", section.text("id"))),
            condition=read_condition(section.document, (*section.path, "expect" if expected else "forbid")),
            expected=expected,
            when=read_condition(section.document, (*section.path, "when")) if section.value.get("when") else None,
            weight=section.number("weight", 0),
            severity=severity,
            points=points,
            each=section.truth("each", default=False),
            most_points=section.number("most_points", 100),
            scope=section.choice("scope", PartScope, PartScope.CONVERSATION),
        )


def _refuse_foreign(section: Section, *, expected: bool) -> None:
    """A key that would have no effect must not go unseen."""
    for key in ("severity", "points", "each", "most_points") if expected else ("weight",):
        if key in section.value:
            reason = "earns its `weight`" if expected else "costs `points`"
            raise section.error(f"`{key}` means nothing here: this check {reason}", key)
    if not expected and "scope" in section.value:
        raise section.error("`scope` means nothing here: what must not be must not be in any contact", "scope")


def read_branches(top: Section) -> Iterator[Branch]:
    """The branches of an SOP, in its order."""
    for section in top.sections("branches", BRANCH_KEYS):
        if section.value.get("when") is None:
            raise section.error("a branch needs `when`, the condition under which its parts apply")
        yield Branch(
            id=section.text("id"),
            title=section.text("title", section.text("id")),
            when=read_condition(section.document, (*section.path, "when")),
            steps=frozenset(section.texts("steps")),
            obligations=frozenset(section.texts("obligations")),
            red_lines=frozenset(section.texts("red_lines")),
            checks=frozenset(section.texts("checks")),
        )
