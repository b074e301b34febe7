"""The score of a conversation under its SOP, with the range that doubt leaves open (contract, "scoring").

It stands in the domain because both the machine (analyze) and people (review) must reach it by one formula.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from qa_service.domain.finding import ObligationFinding, OrderFinding, RedLineFinding, StepFinding, StepStatus
from qa_service.domain.sop import Element, RedLine, Severity, Sop


class ScoreState(StrEnum):
    """`settled`: no unsure finding could change whether the conversation passes, and no veto waits."""

    SETTLED = "settled"
    PROVISIONAL = "provisional"


class Veto(StrEnum):
    """A fatal red line found by machine is `proposed`; only a person makes it `confirmed`."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Score:
    """Points of 100: best guess, lowest and highest."""

    value: float
    low: float
    high: float
    state: ScoreState
    passed: bool
    veto: Veto | None


@dataclass(frozen=True, slots=True)
class ScoredFindings:
    """The findings a score is made of."""

    steps: Sequence[StepFinding]
    orders: Sequence[OrderFinding]
    obligations: Sequence[ObligationFinding]
    red_lines: Sequence[RedLineFinding]


def score(sop: Sop, findings: ScoredFindings, *, confirmed: frozenset[str] = frozenset()) -> Score:
    """Score a conversation; `confirmed` holds the keys of findings that a person confirmed."""
    value = _points(sop, findings)
    low = min(value, _points(sop, _every_doubt(findings, against=True)))
    high = max(value, _points(sop, _every_doubt(findings, against=False)))
    fatal = [line for line in findings.red_lines if _red_line(sop, line.id).severity is Severity.FATAL]
    waiting = [line for line in fatal if line.key not in confirmed]
    if waiting and len(waiting) == len(fatal):
        spared = replace(findings, red_lines=[line for line in findings.red_lines if line not in waiting])
        high = max(high, _points(sop, _every_doubt(spared, against=False)))
    one_verdict = (low >= sop.pass_score) == (high >= sop.pass_score)
    return Score(
        value=value,
        low=low,
        high=high,
        state=ScoreState.SETTLED if one_verdict and not waiting else ScoreState.PROVISIONAL,
        passed=value >= sop.pass_score,
        veto=_veto(fatal, waiting),
    )


def _veto(fatal: Sequence[RedLineFinding], waiting: Sequence[RedLineFinding]) -> Veto | None:
    if not fatal:
        return None
    return Veto.CONFIRMED if len(waiting) < len(fatal) else Veto.PROPOSED


def _points(sop: Sop, findings: ScoredFindings) -> float:
    owed, earned = _steps_points(sop, findings.steps)
    for obligation in sop.obligations:
        episodes = [episode for episode in findings.obligations if episode.id == obligation.id]
        if episodes:
            owed += obligation.weight
            earned += obligation.weight * all(episode.met for episode in episodes)
    points = 100.0 * earned / owed if owed else 100.0
    points -= sop.order_points * len(findings.orders)
    crossed = [_red_line(sop, line_id) for line_id in sorted({line.id for line in findings.red_lines})]
    if any(line.severity is Severity.FATAL for line in crossed):
        return 0.0
    points -= sum(line.points for line in crossed)
    return round(min(100.0, max(0.0, points)), 2)


def _steps_points(sop: Sop, findings: Sequence[StepFinding]) -> tuple[float, float]:
    owed = earned = 0.0
    by_id = {finding.id: finding for finding in findings}
    for step in sop.steps:
        finding = by_id.get(step.id)
        if not step.required or finding is None or finding.status is StepStatus.NOT_APPLICABLE:
            continue
        owed += step.weight
        earned += step.weight * share_done(step.elements, finding)
    return owed, earned


def share_done(elements: Sequence[Element], finding: StepFinding) -> float:
    """The part of a step's weight that was earned, 0 to 1: by elements where the SOP lists them."""
    if not elements or not finding.elements:
        return float(finding.status is StepStatus.DONE)
    points = {element.id: element.points for element in elements}
    total = sum(points.values())
    found = sum(points[element.id] for element in finding.elements if element.done and element.id in points)
    return found / total if total else float(finding.status is StepStatus.DONE)


def _every_doubt(findings: ScoredFindings, *, against: bool) -> ScoredFindings:
    """The findings when every unsure one falls against the agent, or for the agent."""
    status = StepStatus.MISSED if against else StepStatus.DONE
    return ScoredFindings(
        steps=[_decided(step, status) if step.unsure else step for step in findings.steps],
        orders=[order for order in findings.orders if against or not order.unsure],
        obligations=[replace(o, met=not against) if o.unsure else o for o in findings.obligations],
        red_lines=[line for line in findings.red_lines if against or not line.unsure],
    )


def _decided(step: StepFinding, status: StepStatus) -> StepFinding:
    done = status is StepStatus.DONE
    return replace(step, status=status, elements=tuple(replace(element, done=done) for element in step.elements))


def _red_line(sop: Sop, line_id: str) -> RedLine:
    return next(line for line in sop.red_lines if line.id == line_id)
