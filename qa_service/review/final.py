"""Machine verdict + what people decided -> verdict, scored again by the same formula.

Overrides carry the fields of the contract's findings, so they are merged into the contract object of the analysis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json
from qa_service.domain.finding import OrderFinding, StepFinding, StepStatus
from qa_service.domain.review import Decision, Override, by_finding
from qa_service.domain.score import ScoredFindings, score
from qa_service.domain.sop import Sop

# Attribute of an Analysis, field of the contract object, first part of the finding key.
LISTS = (
    ("steps", "steps", "step"),
    ("orders", "order_violations", "order"),
    ("obligations", "obligations", "obligation"),
    ("red_lines", "red_lines", "red_line"),
    ("needs", "needs", "need"),
    ("promises", "promises", "promise"),
    ("competitors", "competitors", "competitor"),
    ("checks", "checks", "check"),
)
GRIEVANCES = ("complaint", "refund")
KINDS = (*(kind for _, _, kind in LISTS), *GRIEVANCES)
NOTHING = {"detected": False, "turns": [], "reasons": []}

Body = dict[str, Any]
History = Mapping[str, Sequence[Override]]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The three verdicts on one conversation, apart."""

    machine: Analysis
    reviewer: Analysis
    final: Analysis


def verdicts(machine: Analysis, overrides: Sequence[Override], *, sop: Sop | None, settled: bool) -> Verdicts:
    """What the machine said, what the review made of it, and what stands after appeals."""
    of_review = [override for override in overrides if override.appeal_id is None]
    return Verdicts(
        machine=machine,
        reviewer=overridden(machine, of_review, sop=sop, settled=settled),
        final=overridden(machine, overrides, sop=sop, settled=settled),
    )


def overridden(machine: Analysis, overrides: Sequence[Override], *, sop: Sop | None, settled: bool) -> Analysis:
    """The analysis with people's decisions in it; `settled`: a person stands behind the rest too."""
    decided = by_finding(overrides)
    if not decided and not settled:
        return machine
    analysis = analysis_from_json(_merged(machine, decided, settled=settled))
    if sop is None:
        return analysis
    analysis = replace(analysis, orders=_orders(analysis, decided, sop))
    confirmed = frozenset(finding_keys(analysis) if settled else decided)
    findings = ScoredFindings(
        analysis.steps, analysis.orders, analysis.obligations, analysis.red_lines, analysis.checks
    )
    return replace(analysis, score=score(sop, findings, confirmed=confirmed))


def finding_keys(analysis: Analysis) -> set[str]:
    """The keys of all findings of an analysis."""
    listed = {finding.key for attribute, _, _ in LISTS for finding in getattr(analysis, attribute)}
    return listed | set(GRIEVANCES)


def key_of(kind: str, body: Mapping[str, Any]) -> str:
    """The key of a finding given as contract object; raises InvalidInput when fields are missing."""
    if kind in GRIEVANCES:
        return kind
    attribute, field = next((attribute, field) for attribute, field, name in LISTS if name == kind)
    analysis = analysis_from_json(_EMPTY | {field: [_complete(kind, dict(body))]})
    return str(getattr(analysis, attribute)[0].key)


_EMPTY: Body = {"conversation_id": "", "sop": None, "sop_version": None, "versions": {}, "score": None}
_EMPTY |= {field: [] for _, field, _ in LISTS} | dict.fromkeys(GRIEVANCES, NOTHING)


def _merged(machine: Analysis, decided: History, *, settled: bool) -> Body:
    body = analysis_to_json(machine)
    for attribute, field, kind in LISTS:
        keys = [finding.key for finding in getattr(machine, attribute)]
        kept = [_judged(kind, item, decided.get(key, ())) for key, item in zip(keys, body.get(field, []), strict=True)]
        added = [
            _judged(kind, None, history)
            for key, history in decided.items()
            if key not in keys and key.startswith(f"{kind}/")
        ]
        body[field] = _in_order(kind, [item for item in kept + added if item is not None])
    for kind in GRIEVANCES:
        body[kind] = _judged(kind, body[kind], decided.get(kind, ())) or _certain(dict(NOTHING))
    return _settled(body) if settled else body


def _judged(kind: str, machine: Body | None, history: Sequence[Override]) -> Body | None:
    """One finding after all that people decided about it, in turn; None when it was removed."""
    item = machine
    for override in history:
        if override.decision is Decision.REMOVE:
            item = None
        elif override.decision is Decision.CONFIRM:
            item = item and _certain(item)
        else:
            # A deleted customer's overrides have lost their values.
            body = (item or machine or {}) | dict(override.value)
            item = _complete(kind, body) if body else None
    return item


def _settled(body: Body) -> Body:
    certain = {field: [_certain(item) for item in body[field]] for _, field, _ in LISTS}
    return body | certain | {kind: _certain(body[kind]) for kind in GRIEVANCES}


def _certain(item: Body) -> Body:
    """A person decided: nothing is left to doubt."""
    reasons = {"reasons": [_certain(reason) for reason in item["reasons"]]} if "reasons" in item else {}
    kept = {key: value for key, value in item.items() if key not in ("unsure", "decided_by")}
    return kept | reasons | {"confidence": 1.0}


def _complete(kind: str, item: Body) -> Body:
    """Fill in what follows from what the person said."""
    item = _certain(item)
    if kind == "step":
        done = item.get("status") == "done"
        item = {key: value for key, value in item.items() if key != "near_miss"} | {"p_done": float(done)}
        item["turns"] = item.get("turns", []) if done else []
        if "elements" in item:
            item["elements"] = [element | {"done": done, "confidence": 1.0} for element in item["elements"]]
    if kind == "check":
        item = {key: value for key, value in item.items() if key not in ("lacking", "searched")}
    if kind == "obligation" and not item.get("met"):
        item["response_turn"] = None
    if kind in GRIEVANCES and not item.get("detected"):
        item |= {"turns": [], "reasons": []}
    return item


def _in_order(kind: str, items: list[Body]) -> list[Body]:
    if kind in ("step", "order", "check"):
        return items
    return sorted(items, key=lambda item: (item.get("turn", item.get("trigger_turn", 0)), item.get("start", 0)))


def _orders(analysis: Analysis, decided: History, sop: Sop) -> tuple[OrderFinding, ...]:
    """Order violations after steps were changed: those whose steps a person touched are looked at again."""
    steps = {step.id: step for step in analysis.steps}
    touched = {step.id for step in analysis.steps if step.key in decided}
    found = {(order.before, order.after): order for order in analysis.orders}
    for pair in sop.order:
        key = (pair.before, pair.after)
        if not touched & set(key) or f"order/{pair.id}" in decided:
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
