"""What the turn classifiers decide. A new task is one `Task(...)` here, a folder of data and a training run.

The label ids are the codebook's; `tests/architecture/test_one_codebook.py` holds them equal to the rulebook's.
"""

from dataclasses import dataclass

RED_LINES = (
    "guarantee_outcome",
    "refund_overpromise",
    "false_urgency",
    "disparage_competitor",
    "private_payment",
    "induce_loan",
    "anxiety_threat",
    "rude",
    "privacy_leak",
    "ignore_optout",
    "false_identity",
    "minor_overcharge",
    "contract_mislead",
)
COMPLAINT_REASONS = (
    "misleading_promise",
    "staff_attitude",
    "slow_response",
    "teaching_quality",
    "schedule_change",
    "platform_fault",
    "billing_dispute",
    "refund_obstructed",
    "harassment",
    "privacy",
    "contract_invoice",
    "delivery",
    "other",
)
REFUND_REASONS = (
    "no_time",
    "poor_result",
    "level_mismatch",
    "learner_unwilling",
    "financial",
    "family_objection",
    "promise_mismatch",
    "teaching_quality",
    "service_quality",
    "schedule_conflict",
    "platform_issue",
    "competitor",
    "plan_changed",
    "personal_reason",
    "impulse_regret",
    "other",
)
NEED_KINDS = ("question", "requirement", "objection", "pain_point")
PROMISE_KINDS = ("effect", "refund", "gift", "teacher", "schedule", "price", "service", "job")
STANCES = ("better", "worse", "neutral")
HANDLED = ("answered", "partly", "evaded", "none")


@dataclass(frozen=True, slots=True)
class Task:
    """A multi-label decision about single turns of one speaker, given the turns before."""

    name: str
    speaker: str
    labels: tuple[str, ...]


DETECTED = "detected"

TASKS = (
    Task("red_lines", "agent", RED_LINES),
    Task("complaint", "customer", (DETECTED, *COMPLAINT_REASONS)),
    Task("refund", "customer", (DETECTED, *REFUND_REASONS)),
    Task("needs", "customer", NEED_KINDS),
    Task("promises", "agent", PROMISE_KINDS),
)

# Where the labels of a task stand when the labels of all tasks are one row.
COLUMNS = {
    task.name: slice(first, first + len(task.labels))
    for task, first in zip(TASKS, (sum(len(t.labels) for t in TASKS[:i]) for i in range(len(TASKS))), strict=True)
}
ALL_LABELS = sum(len(task.labels) for task in TASKS)
