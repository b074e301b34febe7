"""The score a conversation has by its gold labels."""

from collections.abc import Mapping
from typing import Any

from qa_service.domain.severity import Severity
from qa_service.domain.sop import Sop


def gold_score(gold: Mapping[str, Any], sop: Sop) -> tuple[float, bool]:
    """Points and whether they pass; every required step of the SOP is owed."""
    done = {step["id"] for step in gold["steps"]}
    owed = sum(step.weight for step in sop.steps if step.required)
    earned = sum(step.weight for step in sop.steps if step.required and step.id in done)
    for obligation in sop.obligations:
        episodes = [episode for episode in gold["obligations"] if episode["id"] == obligation.id]
        if episodes:
            owed += obligation.weight
            earned += obligation.weight * all(episode["met"] for episode in episodes)
    points = 100.0 * earned / owed if owed else 100.0
    points -= sop.order_points * len(gold["order_violations"])
    crossed = {line["id"] for line in gold["red_lines"]}
    lines = [line for line in sop.red_lines if line.id in crossed]
    if any(line.severity is Severity.FATAL for line in lines):
        return 0.0, sop.pass_score <= 0
    points = max(0.0, min(100.0, points - sum(line.points for line in lines)))
    return points, points >= sop.pass_score
