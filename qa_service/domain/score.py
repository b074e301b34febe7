"""The score of a conversation under its SOP, with the range that doubt leaves open (contract, "scoring").

It stands in the domain because both the machine (analyze) and people (review) must reach it by one formula.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from qa_service.domain.charge import Charge, charged_already
from qa_service.domain.check import Check
from qa_service.domain.condition import FactStated
from qa_service.domain.finding import (
    CheckFinding,
    CheckVerdict,
    FactVerdict,
    ObligationFinding,
    OrderFinding,
    RedLineFinding,
    StepFinding,
    StepStatus,
)
from qa_service.domain.severity import Severity
from qa_service.domain.sop import Element, RedLine, Sop

# Checks that apply, with what was found.
Checked: TypeAlias = Sequence[tuple[Check, CheckFinding]]


class ScoreState(StrEnum):
    """`settled`: no unsure finding could change whether the conversation passes, no veto waits, and the transcript
    as a whole is not doubtful.
    """

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
    checks: Sequence[CheckFinding] = ()


def score(
    sop: Sop, findings: ScoredFindings, *, confirmed: frozenset[str] = frozenset(), doubtful: bool = False
) -> Score:
    """Score a conversation; `confirmed` holds the keys of findings that a person confirmed, `doubtful`: the transcript
    itself may be wrong, so that no finding is to be relied on.
    """
    checks = [pair for pair in scored_checks(sop, findings.checks) if _may_count(*pair)]
    value = _points(sop, findings, checks)
    low = min(value, _points(sop, *_every_doubt(findings, checks, against=True)))
    high = max(value, _points(sop, *_every_doubt(findings, checks, against=False)))
    fatal = _fatal(sop, findings, checks)
    waiting = [finding for finding in fatal if finding.key not in confirmed]
    if waiting and len(waiting) == len(fatal):
        spared = replace(findings, red_lines=[line for line in findings.red_lines if line not in waiting])
        others = [(check, finding) for check, finding in checks if finding not in waiting]
        high = max(high, _points(sop, *_every_doubt(spared, others, against=False)))
    one_verdict = (low >= sop.pass_score) == (high >= sop.pass_score)
    return Score(
        value=value,
        low=low,
        high=high,
        state=ScoreState.SETTLED if one_verdict and not waiting and not doubtful else ScoreState.PROVISIONAL,
        passed=value >= sop.pass_score,
        veto=_veto(fatal, waiting),
    )


def _may_count(check: Check, finding: CheckFinding) -> bool:
    """Whether a check earns or costs anything, whichever way doubts fall: of hundreds, few do."""
    return finding.unsure or bool(check.weight) or (finding.verdict is CheckVerdict.FAILED and not check.expected)


def _fatal(sop: Sop, findings: ScoredFindings, checks: Checked) -> list[RedLineFinding | CheckFinding]:
    """What makes the score 0: fatal red lines, and checks of that severity that failed."""
    known = {line.id: line for line in sop.red_lines if line.severity is Severity.FATAL}
    lines = [line for line in findings.red_lines if line.id in known]
    vetoing = [one for check, one in checks if check.severity is Severity.FATAL and not check.expected]
    return [*lines, *(one for one in vetoing if one.verdict is CheckVerdict.FAILED)]


def _veto(fatal: Sequence[object], waiting: Sequence[object]) -> Veto | None:
    if not fatal:
        return None
    return Veto.CONFIRMED if len(waiting) < len(fatal) else Veto.PROPOSED


def _points(sop: Sop, findings: ScoredFindings, checks: Checked) -> float:
    if _fatal(sop, findings, checks):
        return 0.0
    already = charged_already(_charges(sop, findings, checks))
    counted = [(check, finding) for check, finding in checks if finding.key not in already]
    owed, earned = _owed(sop, findings, counted)
    points = 100.0 * earned / owed if owed else 100.0
    points -= sop.order_points * len(findings.orders)
    crossed = {one[0].id for one in _crossings(findings.red_lines) if one[0].key not in already}
    points -= sum(line.points for line in sorted(sop.red_lines, key=lambda line: line.id) if line.id in crossed)
    points -= sum(check_points(check, finding) for check, finding in counted)
    return round(min(100.0, max(0.0, points)), 2)


def _owed(sop: Sop, findings: ScoredFindings, checks: Checked) -> tuple[float, float]:
    """The points owed, and those of them that were earned."""
    owed, earned = _steps_points(sop, findings.steps)
    for obligation in sop.obligations:
        episodes = [episode for episode in findings.obligations if episode.id == obligation.id]
        if episodes:
            owed += obligation.weight
            earned += obligation.weight * all(episode.met for episode in episodes)
    for check, finding in checks:
        owed += check.weight
        earned += check.weight * (finding.verdict is CheckVerdict.PASSED)
    return owed, earned


def charged_elsewhere(sop: Sop, findings: ScoredFindings) -> dict[str, str]:
    """The keys of findings that cost nothing, each with that of the finding that costs for the same wrong fact.

    A red line costs once for all its findings: its first one has the key.
    """
    return charged_already(_charges(sop, findings, scored_checks(sop, findings.checks)))


def _charges(sop: Sop, findings: ScoredFindings, checks: Checked) -> list[Charge]:
    """What checks about a fact, red lines that state one wrong, and checks that show words, cost."""
    failed = [(check, one) for check, one in checks if one.verdict is CheckVerdict.FAILED]
    lines = [line for line in _crossings(findings.red_lines) if any(one.fact for one in line)]
    about = any(isinstance(check.condition, FactStated) for check, _ in failed)
    if len(failed) + len(lines) < 2 or not (lines or about):
        return []
    owed, _ = _owed(sop, findings, checks)
    charges = [charge for check, one in failed if (charge := _charge(check, one, owed))]
    known = {line.id: line for line in sop.red_lines}
    return charges + [_line_charge(known[line[0].id], line) for line in lines if line[0].id in known]


def _charge(check: Check, finding: CheckFinding, owed: float) -> Charge | None:
    if check.expected:
        right = _fact_stated(check, FactVerdict.RIGHT)
        return Charge(finding.key, 100.0 * check.weight / owed, fact=right) if right and owed else None
    spans = tuple(place.span for place in finding.places)
    wrong, fatal = _fact_stated(check, FactVerdict.WRONG), check.severity is Severity.FATAL
    return Charge(finding.key, check_points(check, finding), spans, wrong, fatal) if spans else None


def _fact_stated(check: Check, verdict: FactVerdict) -> str | None:
    """The fact whose statement, right or wrong, a check is about."""
    condition = check.condition
    return condition.fact if isinstance(condition, FactStated) and condition.stated == verdict else None


def _crossings(lines: Sequence[RedLineFinding]) -> list[list[RedLineFinding]]:
    """The findings of each red line, which costs once."""
    found: dict[str, list[RedLineFinding]] = {}
    for line in lines:
        found.setdefault(line.id, []).append(line)
    return list(found.values())


def _line_charge(line: RedLine, found: Sequence[RedLineFinding]) -> Charge:
    fact = next((one.fact for one in found if one.fact), None)
    return Charge(found[0].key, line.points, tuple(one.span for one in found), fact, line.severity is Severity.FATAL)


def scored_checks(sop: Sop, findings: Sequence[CheckFinding]) -> list[tuple[Check, CheckFinding]]:
    """The checks that apply, with what was found."""
    found = {finding.id: finding for finding in findings}
    out = CheckVerdict.NOT_APPLICABLE
    return [(check, one) for check in sop.checks if (one := found.get(check.id)) and one.verdict is not out]


def check_points(check: Check, finding: CheckFinding) -> float:
    """What a failed check costs: its points, or, where `each` counts, its points for every place."""
    if check.expected or finding.verdict is not CheckVerdict.FAILED:
        return 0.0
    return min(check.most_points, check.points * (max(1, len(finding.places)) if check.each else 1))


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


def _every_doubt(findings: ScoredFindings, checks: Checked, *, against: bool) -> tuple[ScoredFindings, Checked]:
    """The findings when every unsure one falls against the agent, or for the agent."""
    status = StepStatus.MISSED if against else StepStatus.DONE
    fallen = ScoredFindings(
        steps=[_decided(step, status) if step.unsure else step for step in findings.steps],
        orders=[order for order in findings.orders if against or not order.unsure],
        obligations=[replace(o, met=not against) if o.unsure else o for o in findings.obligations],
        red_lines=[line for line in findings.red_lines if against or not line.unsure],
    )
    return fallen, [(check, replace(c, verdict=_fallen(c, against)) if c.unsure else c) for check, c in checks]


def _fallen(finding: CheckFinding, against: bool) -> CheckVerdict:
    """An unsure check, decided; whether it applies at all is not looked at again."""
    if finding.verdict is CheckVerdict.NOT_APPLICABLE:
        return finding.verdict
    return CheckVerdict.FAILED if against else CheckVerdict.PASSED


def _decided(step: StepFinding, status: StepStatus) -> StepFinding:
    """An unsure step, decided: of its elements those that are unsure, or all of them where the doubt is the step's."""
    done, partly = status is StepStatus.DONE, any(element.unsure for element in step.elements)
    elements = (replace(one, done=done) if one.unsure or not partly else one for one in step.elements)
    return replace(step, status=status, elements=tuple(elements))
