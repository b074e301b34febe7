"""What an accepted appeal does to the verdict when the decider names nothing else."""

from typing import Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.review import Decision
from qa_service.errors import InvalidInput
from qa_service.review.bodies import GRIEVANCES


def contestable(finding_key: str, analysis: Analysis) -> bool:
    """Whether a finding speaks against the agent, so that an appeal makes sense."""
    against = {step.key for step in analysis.steps if step.status == "missed"}
    against |= {order.key for order in analysis.orders} | {line.key for line in analysis.red_lines}
    against |= {check.key for check in analysis.checks if check.verdict == "failed"}
    against |= {promise.key for promise in analysis.promises}
    against |= {episode.key for episode in analysis.obligations if not episode.met}
    against |= {need.key for need in analysis.needs if need.handled in ("evaded", "none", "partly")}
    against |= {grievance.key for grievance in (analysis.complaint, analysis.refund) if grievance.detected}
    return finding_key in against


def in_favour(finding_key: str, turns: list[int]) -> tuple[Decision, dict[str, Any]]:
    """The override that grants an appeal; a step or an obligation needs the turn that does it."""
    kind = finding_key.split("/", 1)[0]
    if kind in GRIEVANCES:
        return Decision.CHANGE, {"detected": False, "turns": [], "reasons": []}
    if kind == "need":
        return Decision.CHANGE, {"handled": "answered", "response_turn": _first(turns, "answers the customer")}
    if kind == "step":
        _first(turns, "does the step")
        return Decision.CHANGE, {"status": "done", "turns": sorted(set(turns))}
    if kind == "obligation":
        return Decision.CHANGE, {"met": True, "response_turn": _first(turns, "gives the response")}
    if kind == "check":
        return Decision.CHANGE, {"verdict": "passed", "places": []}
    return Decision.REMOVE, {}


def _first(turns: list[int], what: str) -> int:
    if not turns:
        raise InvalidInput(f"name the agent turn that {what} (`turns`)")
    return min(turns)
