"""Machine verdict + what people decided -> verdict, scored again by the same formula.

Overrides carry the fields of the contract's findings, so they are merged into the contract object of the analysis.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import NOT_DETECTED, analysis_from_json, analysis_to_json
from qa_service.domain.charged import telling_charges
from qa_service.domain.finding import OrderFinding, StepFinding, StepStatus
from qa_service.domain.review import Override
from qa_service.domain.same_finding import findings_by_key
from qa_service.domain.score import ScoredFindings, score
from qa_service.domain.sop import Sop
from qa_service.review.bodies import GRIEVANCES, LISTS, Body, finding_of
from qa_service.review.carry import Carried, Contradiction, SetAside, carry
from qa_service.review.decided import certain, complete, decided

History = Mapping[str, Sequence[Override]]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The three verdicts on one conversation, apart; and what of people's decisions does not fit this analysis."""

    machine: Analysis
    reviewer: Analysis
    final: Analysis
    set_aside: tuple[SetAside, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


def verdicts(
    machine: Analysis, overrides: Sequence[Override], *, sop: Sop | None, settled: bool, seen: Collection[str] = ()
) -> Verdicts:
    """What the machine said, what the review made of it, and what stands after appeals.

    `seen`: doubts about the transcript that a reviewer has looked past, settling an earlier analysis.
    """
    of_review = [override for override in overrides if override.appeal_id is None]
    carried = carry(machine, overrides, sop=sop)
    return Verdicts(
        machine=machine,
        reviewer=_overridden(machine, carry(machine, of_review, sop=sop), sop=sop, settled=settled, seen=seen),
        final=_overridden(machine, carried, sop=sop, settled=settled, seen=seen),
        set_aside=carried.set_aside,
        # Whoever settled this very analysis has seen what it says.
        contradictions=() if settled else carried.contradictions,
    )


def overridden(machine: Analysis, overrides: Sequence[Override], *, sop: Sop | None, settled: bool) -> Analysis:
    """The analysis with people's decisions in it; `settled`: a person stands behind the rest too."""
    return _overridden(machine, carry(machine, overrides, sop=sop), sop=sop, settled=settled)


def _overridden(
    machine: Analysis, carried: Carried, *, sop: Sop | None, settled: bool, seen: Collection[str] = ()
) -> Analysis:
    doubts = () if settled else tuple(doubt for doubt in machine.doubts if doubt not in seen)
    if not carried.decided and not settled and doubts == machine.doubts:
        return machine
    body, touched = _merged(machine, carried.decided, settled=settled)
    analysis = replace(analysis_from_json(body), doubts=doubts)
    if sop is None:
        return analysis
    analysis = replace(analysis, orders=_orders(analysis, carried.decided, sop))
    confirmed = frozenset(finding_keys(analysis) if settled else touched)
    findings = ScoredFindings(
        analysis.steps, analysis.orders, analysis.obligations, analysis.red_lines, analysis.checks
    )
    scored = replace(analysis, score=score(sop, findings, confirmed=confirmed, doubtful=bool(doubts)))
    return telling_charges(scored, sop)


def finding_keys(analysis: Analysis) -> set[str]:
    """The keys of all findings of an analysis."""
    return set(findings_by_key(analysis))


def key_of(kind: str, body: Mapping[str, Any]) -> str:
    """The key of a finding given as contract object; raises InvalidInput when fields are missing."""
    return str(finding_of(kind, complete(kind, dict(body))).key)


def _merged(machine: Analysis, history: History, *, settled: bool) -> tuple[Body, set[str]]:
    """The contract object with people's decisions in it, and the keys of the findings they decided about."""
    body, found, touched = analysis_to_json(machine), finding_keys(machine), set(history)
    for attribute, field, kind in LISTS:
        keys = [finding.key for finding in getattr(machine, attribute)]
        added = [key for key in history if key not in found and key.startswith(f"{kind}/")]
        items = [
            (key, decided(kind, item, history.get(key, ())))
            for key, item in (*zip(keys, body.get(field, []), strict=True), *((key, None) for key in added))
        ]
        kept = [(key, item) for key, item in items if item is not None]
        touched |= {finding_of(kind, item).key for key, item in kept if key in history}
        body[field] = _in_order(kind, [item for _, item in kept])
    for kind in GRIEVANCES:
        body[kind] = decided(kind, body[kind], history.get(kind, ())) or certain(NOT_DETECTED)
    return (_settled(body) if settled else body), touched


def _settled(body: Body) -> Body:
    fields = {field: [certain(item) for item in body[field]] for _, field, _ in LISTS}
    return body | fields | {kind: certain(body[kind]) for kind in GRIEVANCES}


def _in_order(kind: str, items: list[Body]) -> list[Body]:
    if kind in ("step", "order", "check"):
        return items
    return sorted(items, key=lambda item: (item.get("turn", item.get("trigger_turn", 0)), item.get("start", 0)))


def _orders(analysis: Analysis, history: History, sop: Sop) -> tuple[OrderFinding, ...]:
    """Order violations after steps were changed: those whose steps a person touched are looked at again."""
    steps = {step.id: step for step in analysis.steps}
    touched = {step.id for step in analysis.steps if step.key in history}
    found = {(order.before, order.after): order for order in analysis.orders}
    for pair in sop.order:
        key = (pair.before, pair.after)
        if not touched & set(key) or f"order/{pair.id}" in history:
            continue
        first = _violation(steps.get(pair.before), steps.get(pair.after))
        if first is None:
            found.pop(key, None)
        elif not pair.unless_asked or key in found:
            # Whether an early step answered a question is the machine's to tell; a person adds such a pair by hand.
            found[key] = OrderFinding(pair.before, pair.after, first, confidence=1.0)
    return tuple(found.values())


def _violation(before: StepFinding | None, after: StepFinding | None) -> tuple[int, int] | None:
    done = [step for step in (before, after) if step and step.status is StepStatus.DONE and step.turns]
    if len(done) < 2:
        return None
    first = (min(done[0].turns), min(done[1].turns))
    return first if first[0] > first[1] else None
