"""One row a finding, with the three verdicts side by side: what a reviewer's page and the API show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_service.domain.analysis import Analysis
from qa_service.domain.finding import CheckVerdict, Finding, StepFinding, StepStatus
from qa_service.domain.review import Override, by_finding
from qa_service.domain.score import check_points, scored_checks, share_done
from qa_service.domain.severity import Severity
from qa_service.domain.sop import Sop
from qa_service.review.bodies import LISTS
from qa_service.review.final import Verdicts


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One finding as machine, reviewer and final verdict have it; None where a verdict does not."""

    key: str
    kind: str
    machine: Finding | None
    reviewer: Finding | None
    final: Finding | None
    history: tuple[Override, ...]

    @property
    def shown(self) -> Finding:
        """The finding to describe the row by: the latest verdict that has it."""
        shown = self.final or self.reviewer or self.machine
        assert shown is not None
        return shown

    @property
    def doubtful(self) -> bool:
        """Whether a person should decide."""
        return self.final is not None and self.final.unsure


def sheet(verdicts: Verdicts, overrides: Sequence[Override]) -> list[SheetRow]:
    """Every finding that any of the three verdicts holds: the machine's first, then what people added."""
    machine, reviewer, final = map(_by_key, (verdicts.machine, verdicts.reviewer, verdicts.final))
    history = by_finding(overrides)
    return [
        SheetRow(key, kind, _at(machine, key), _at(reviewer, key), _at(final, key), tuple(history.get(key, ())))
        for key, (kind, _) in (machine | reviewer | final).items()
    ]


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What one item brings to the score: `owed` and `earned` points of the SOP's weights, or `deducted` points."""

    kind: str
    id: str
    title: str
    owed: float = 0.0
    earned: float = 0.0
    deducted: float = 0.0


def score_parts(sop: Sop, analysis: Analysis) -> list[ScorePart]:
    """What a score is made of, item by item, by the contract's formula."""
    found = [*_steps(sop, analysis), *_obligations(sop, analysis), *_checks(sop, analysis)]
    return [*found, *_orders(sop, analysis), *_red_lines(sop, analysis)]


def _by_key(analysis: Analysis) -> dict[str, tuple[str, Finding]]:
    listed = {item.key: (kind, item) for attribute, _, kind in LISTS for item in getattr(analysis, attribute)}
    return listed | {"complaint": ("complaint", analysis.complaint), "refund": ("refund", analysis.refund)}


def _at(column: Mapping[str, tuple[str, Finding]], key: str) -> Finding | None:
    return column[key][1] if key in column else None


def _steps(sop: Sop, analysis: Analysis) -> list[ScorePart]:
    found: Mapping[str, StepFinding] = {step.id: step for step in analysis.steps}
    owed = [step for step in sop.steps if step.required and step.id in found]
    owed = [step for step in owed if found[step.id].status is not StepStatus.NOT_APPLICABLE]
    return [
        ScorePart("step", step.id, step.title, step.weight, step.weight * share_done(step.elements, found[step.id]))
        for step in owed
    ]


def _obligations(sop: Sop, analysis: Analysis) -> list[ScorePart]:
    parts = []
    for one in sop.obligations:
        episodes = [episode for episode in analysis.obligations if episode.id == one.id]
        if episodes:
            met = all(episode.met for episode in episodes)
            parts.append(ScorePart("obligation", one.id, one.title, one.weight, one.weight * met))
    return parts


def _orders(sop: Sop, analysis: Analysis) -> list[ScorePart]:
    titles = {step.id: step.title for step in sop.steps}
    return [
        ScorePart(
            "order",
            f"{order.before}>{order.after}",
            f"{titles.get(order.before, order.before)} → {titles.get(order.after, order.after)}",
            deducted=sop.order_points,
        )
        for order in analysis.orders
    ]


def _red_lines(sop: Sop, analysis: Analysis) -> list[ScorePart]:
    crossed = {line.id for line in analysis.red_lines if not line.same_as}
    return [
        ScorePart("red_line", line.id, line.title, deducted=100.0 if line.severity is Severity.FATAL else line.points)
        for line in sop.red_lines
        if line.id in crossed
    ]


def _checks(sop: Sop, analysis: Analysis) -> list[ScorePart]:
    parts = []
    for check, finding in scored_checks(sop, analysis.checks):
        if finding.same_as:
            continue
        passed = finding.verdict is CheckVerdict.PASSED
        deducted = 100.0 if not passed and check.severity is Severity.FATAL else check_points(check, finding)
        part = ScorePart("check", check.id, check.title, check.weight, check.weight * passed, deducted)
        parts += [part] if check.expected or deducted else []
    return parts
