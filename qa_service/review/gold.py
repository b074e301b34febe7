"""Settled reviews -> labelled conversations, in the contract's `gold` format, to train and to measure on."""

from typing import Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_to_json
from qa_service.domain.finding import GrievanceFinding, StepStatus

Body = dict[str, Any]


def labelled(conversation: Conversation, final: Analysis) -> Body:
    """The conversation with the final verdict of its settled review as gold labels."""
    body = conversation_to_json(conversation)
    body.pop("gold", None)
    turns = body.pop("turns")
    sop = {"sop": final.sop} if final.sop else {}
    return body | sop | {"turns": turns, "gold": gold(final)}


def gold(final: Analysis) -> Body:
    """The labels of a verdict. Topics of needs are found later by grouping, so none is named here."""
    done = [step for step in final.steps if step.status is StepStatus.DONE]
    # Named, so that a step which the SOP is given later is not taken for one that was missed.
    missed = [step.id for step in final.steps if step.status is StepStatus.MISSED]
    not_applicable = [step.id for step in final.steps if step.status is StepStatus.NOT_APPLICABLE]
    body: Body = {
        "steps": [{"id": step.id, "turns": list(step.turns)} for step in done],
        "missed": missed,
        "order_violations": [
            {"before": order.before, "after": order.after, "turns": list(order.turns)} for order in final.orders
        ],
        "obligations": [
            {key: getattr(episode, key) for key in ("id", "trigger_turn", "response_turn", "met")}
            for episode in final.obligations
        ],
        "red_lines": [{"id": line.id, "turn": line.span.turn, "quote": line.quote} for line in final.red_lines],
        "complaint": _grievance(final.complaint),
        "refund": _grievance(final.refund),
        "needs": [
            {"turn": need.span.turn, "kind": need.kind, "topic": None, "text": need.text}
            | ({"handled": need.handled, "response_turn": need.response_turn} if need.handled else {})
            for need in final.needs
        ],
        "promises": [{"turn": one.span.turn, "kind": one.kind, "quote": one.quote} for one in final.promises],
        "competitors": [{"turn": one.span.turn, "quote": one.quote, "stance": one.stance} for one in final.competitors],
    }
    if final.checks:
        body["checks"] = [{"id": check.id, "verdict": check.verdict.value} for check in final.checks]
    return body | ({"not_applicable": not_applicable} if not_applicable else {})


def _grievance(finding: GrievanceFinding) -> Body:
    reasons = [{"id": reason.id, "turns": list(reason.turns)} for reason in finding.reasons]
    return {"detected": finding.detected, "turns": list(finding.turns), "reasons": reasons}
