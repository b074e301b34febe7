"""The gate a release must pass: better on conversations it did not learn from, and nothing worse."""

from collections.abc import Sequence

from qa_service.aggregate.evaluation.paired import STEP_LOSS, Difference


def objections(found: Sequence[Difference]) -> list[str]:
    """Every figure that speaks against the second of two releases, as a clause with its numbers; none: it may pass."""
    reasons = []
    loss = next(one for one in found if one.name == STEP_LOSS)
    if not loss.better:
        reasons.append(f"the log loss of the steps is not lower by more than its interval ({_told(loss)})")
    worse = [f"{one.name} ({_told(one)})" for one in found if one.worse]
    if worse:
        reasons.append(f"worse by more than the interval: {', '.join(worse)}")
    return reasons


def _told(one: Difference) -> str:
    change = f"{one.difference:+.3f}, 95% {one.low:+.3f} to {one.high:+.3f}"
    return f"{one.before.value:.3f} to {one.after.value:.3f}, {change}"
