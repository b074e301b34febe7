"""One analysis beside the gold labels of its conversation: everything the metrics need, as counts that add up."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_service.aggregate.evaluation.gold_score import gold_score
from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation, Speaker
from qa_service.domain.finding import StepStatus
from qa_service.domain.sop import Sop

Gold = Mapping[str, Any]


@dataclass(slots=True)
class Comparison:
    """Counts by name, and the items of metrics that are no ratio of counts."""

    counts: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    confidences: list[tuple[float, bool]] = field(default_factory=list)
    step_probabilities: list[tuple[str, float, bool]] = field(default_factory=list)
    handled: list[tuple[str, str]] = field(default_factory=list)

    def add_sets(self, name: str, gold: set[Any], found: set[Any]) -> None:
        """Count what is in both, only found, only in gold."""
        self.counts[f"{name}.tp"] += len(gold & found)
        self.counts[f"{name}.fp"] += len(found - gold)
        self.counts[f"{name}.fn"] += len(gold - found)

    def add_labelled_sets(self, name: str, gold: set[str], found: set[str]) -> None:
        """The same, and by label for the macro average."""
        self.add_sets(name, gold, found)
        for label in gold | found:
            self.add_sets(f"{name}:{label}", gold & {label}, found & {label})


def compare(conversation: Conversation, analysis: Analysis, sop: Sop | None) -> Comparison:
    """Compare an analysis with `conversation.extra["gold"]`."""
    gold: Gold = conversation.extra["gold"]
    seen = Comparison()
    _steps(seen, gold, analysis, sop)
    seen.add_sets("order", _pairs(gold["order_violations"]), {(o.before, o.after) for o in analysis.orders})
    _obligations(seen, gold, analysis)
    _red_lines(seen, gold, analysis, conversation)
    for kind, finding in (("complaint", analysis.complaint), ("refund", analysis.refund)):
        detected = {kind} if gold[kind]["detected"] else set()
        seen.add_sets(kind, detected, {kind} if finding.detected else set())
        reasons = {reason["id"] for reason in gold[kind]["reasons"]}
        seen.add_labelled_sets(f"{kind}_reason", reasons, {reason.id for reason in finding.reasons})
    _needs(seen, gold, analysis, conversation)
    if "promises" in gold:
        promises = {(m["turn"], m.get("kind", "")) for m in gold["promises"]}
        seen.add_sets("promises", promises, {(p.span.turn, p.kind) for p in analysis.promises})
    if "competitors" in gold:
        named = {(m["turn"], "") for m in gold["competitors"]}
        seen.add_sets("competitors", named, {(c.span.turn, "") for c in analysis.competitors})
    if sop is not None and analysis.score is not None:
        value, passed = gold_score(gold, sop)
        seen.counts["score.error"] += abs(value - analysis.score.value)
        seen.counts["score.same_pass"] += passed == analysis.score.passed
        seen.counts["score.n"] += 1
    return seen


def _pairs(orders: Sequence[Gold]) -> set[Hashable]:
    return {(order["before"], order["after"]) for order in orders}


def _steps(seen: Comparison, gold: Gold, analysis: Analysis, sop: Sop | None) -> None:
    if sop is None:
        return
    true = {step["id"]: set(step["turns"]) for step in gold["steps"]}
    found = {step.id: set(step.turns) for step in analysis.steps if step.status is StepStatus.DONE}
    seen.add_labelled_sets("step", {f"{sop.id}/{i}" for i in true}, {f"{sop.id}/{i}" for i in found})
    every = {step.id for step in sop.steps}
    seen.add_sets("missed", every - set(true), every - set(found))
    seen.counts["steps"] += len(every)
    for step_id in set(true) | set(found):
        seen.add_sets("step_turn", true.get(step_id, set()), found.get(step_id, set()))
    for step in analysis.steps:
        if step.status is StepStatus.NOT_APPLICABLE:
            continue
        right = (step.status is StepStatus.DONE) == (step.id in true)
        seen.counts["decided.asked"] += 1
        seen.counts["decided.sure"] += not step.unsure
        seen.counts["decided.wrong"] += not step.unsure and not right
        seen.confidences.append((step.confidence, right))
        seen.step_probabilities.append((f"{sop.id}/{step.id}", step.p_done, step.id in true))


def _obligations(seen: Comparison, gold: Gold, analysis: Analysis) -> None:
    """Episodes match when their triggers stand within two turns of each other."""
    left = list(analysis.obligations)
    true: set[Hashable] = set()
    found: set[Hashable] = set()
    for episode in gold["obligations"]:
        trigger = episode["trigger_turn"]
        match = next((o for o in left if o.id == episode["id"] and abs(o.trigger_turn - trigger) <= 2), None)
        true.add((episode["id"], trigger, episode["met"]))
        if match:
            left.remove(match)
            found.add((episode["id"], trigger, match.met))
    found |= {(o.id, -1 - o.trigger_turn, o.met) for o in left}
    seen.add_sets("obl", true, found)


def _red_lines(seen: Comparison, gold: Gold, analysis: Analysis, conversation: Conversation) -> None:
    true = {line["id"] for line in gold["red_lines"]}
    seen.add_labelled_sets("red", true, {line.id for line in analysis.red_lines})
    left = [(line.id, line.span.turn) for line in analysis.red_lines]
    for line in gold["red_lines"]:
        match = next(((i, turn) for i, turn in left if i == line["id"] and abs(turn - line["turn"]) <= 1), None)
        if match:
            left.remove(match)
        seen.counts["red_at_turn.tp" if match else "red_at_turn.fn"] += 1
    seen.counts["red_at_turn.fp"] += len(left)
    seen.counts["agent_turns"] += sum(turn.speaker is Speaker.AGENT for turn in conversation.turns)


def _needs(seen: Comparison, gold: Gold, analysis: Analysis, conversation: Conversation) -> None:
    """A need is found when a finding of the same turn shares half of its characters (Dice)."""
    left = list(analysis.needs)
    for need in gold["needs"]:
        text = conversation.turns[need["turn"]].text
        match = next(
            (n for n in left if n.span.turn == need["turn"] and _dice(text, n.text, need["text"]) >= 0.5), None
        )
        seen.counts["need.tp" if match else "need.fn"] += 1
        if match is None:
            continue
        left.remove(match)
        seen.counts["need.same_kind"] += match.kind == need["kind"]
        if "handled" in need and match.handled is not None:
            seen.handled.append((need["handled"], match.handled))
    seen.counts["need.fp"] += len(left)


def _dice(text: str, one: str, other: str) -> float:
    i, j = text.find(one), text.find(other)
    if not one or i < 0 or j < 0:
        return 0.0
    shared = min(i + len(one), j + len(other)) - max(i, j)
    return 2 * max(0, shared) / (len(one) + len(other))
