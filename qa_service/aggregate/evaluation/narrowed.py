"""A comparison over what people said something about, and nothing else."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from qa_service.aggregate.evaluation.comparison import Comparison, compare
from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.sop import Sop

NOBODY_COMPLAINED = {"detected": False, "turns": [], "reasons": []}
# Gold of steps alone is enough to compare steps.
NOTHING: dict[str, Any] = {
    "order_violations": [],
    "obligations": [],
    "red_lines": [],
    "complaint": NOBODY_COMPLAINED,
    "refund": NOBODY_COMPLAINED,
    "needs": [],
}


def compare_said(
    conversation: Conversation, analysis: Analysis, sop: Sop, unsaid: Collection[tuple[str, str]]
) -> Comparison:
    """Compare with the labels of a conversation; steps, obligations and red lines that are `unsaid` are left out."""
    silent = {
        "step": {name for kind, name in unsaid if kind == "step"},
        "obligation": {name for kind, name in unsaid if kind in ("trigger", "response")},
        "red_line": {name for kind, name in unsaid if kind not in ("step", "trigger", "response")},
    }
    gold = NOTHING | conversation.extra["gold"]
    kept = {
        "steps": [one for one in gold["steps"] if one["id"] not in silent["step"]],
        "order_violations": [o for o in gold["order_violations"] if not {o["before"], o["after"]} & silent["step"]],
        "obligations": [one for one in gold["obligations"] if one["id"] not in silent["obligation"]],
        "red_lines": [one for one in gold["red_lines"] if one["id"] not in silent["red_line"]],
    }
    narrow = replace(
        analysis,
        steps=tuple(step for step in analysis.steps if step.id not in silent["step"]),
        orders=tuple(o for o in analysis.orders if not {o.before, o.after} & silent["step"]),
        obligations=tuple(one for one in analysis.obligations if one.id not in silent["obligation"]),
        red_lines=tuple(line for line in analysis.red_lines if line.id not in silent["red_line"]),
    )
    asked = replace(sop, steps=tuple(step for step in sop.steps if step.id not in silent["step"]))
    said = replace(conversation, extra={**conversation.extra, "gold": gold | kept})
    return compare(said, narrow, asked)
