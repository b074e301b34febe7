"""What an analysis says of each target of one contact: a step's first turn, else yes or no, and how sure that is."""

from collections.abc import Iterator

from qa_service.domain.analysis import Analysis
from qa_service.domain.effect import TargetKind
from qa_service.domain.finding import StepFinding, StepStatus
from qa_service.domain.sop import Order

MISSED, ABSENT, DONE_SOMEWHERE = -1, -2, 2**30
NO, YES, UNKNOWN = 0, 1, -1
# What every conversation could hold; the others are owed only in some.
SAID = frozenset({TargetKind.RED_LINE.value, TargetKind.PHRASE.value})
# The value of a target, and the probability that it really happened.
Reading = tuple[int, float]
# A target's kind and id as plain strings: there are millions of them, and an enum is slow to look up by.
Key = tuple[str, str]
STEP, OBLIGATION, ORDER = TargetKind.STEP.value, TargetKind.OBLIGATION.value, TargetKind.ORDER.value
RED_LINE, PHRASE = TargetKind.RED_LINE.value, TargetKind.PHRASE.value


def targets_of(analysis: Analysis, orders: tuple[Order, ...], *, promises: bool) -> dict[Key, Reading]:
    """The reading of each target; `promises` makes each kind of promise a phrase of its own."""
    found = dict(_steps(analysis))
    for episode in analysis.obligations:
        target = (OBLIGATION, episode.id)
        value, chance = found.get(target, (YES, 1.0))
        # Several episodes: met when all of them are.
        met = episode.confidence if episode.met else 1 - episode.confidence
        found[target] = (min(value, int(episode.met)), chance * met)
    for line in analysis.red_lines:
        target = (RED_LINE, line.id)
        _, chance = found.get(target, (YES, 0.0))
        found[target] = (YES, 1 - (1 - chance) * (1 - line.confidence))
    found |= _orders(analysis, orders)
    if promises:
        found |= {(PHRASE, f"promise/{one.kind}"): (YES, 1.0) for one in analysis.promises}
    return found


def _steps(analysis: Analysis) -> Iterator[tuple[Key, Reading]]:
    for step in analysis.steps:
        if step.status is not StepStatus.NOT_APPLICABLE:
            done = step.status is StepStatus.DONE
            first = min(step.turns, default=DONE_SOMEWHERE) if done else MISSED
            yield (STEP, step.id), (first, _chance(step, done=done))


def _chance(step: StepFinding, *, done: bool) -> float:
    """The probability that a step was done; files of others may leave it out."""
    told: float | None = step.p_done
    if told is None:
        told = step.confidence if done else 1 - step.confidence
    return min(1.0, max(0.0, told))


def _orders(analysis: Analysis, orders: tuple[Order, ...]) -> Iterator[tuple[Key, Reading]]:
    broken = {(order.before, order.after): order.confidence for order in analysis.orders}
    done = {step.id for step in analysis.steps if step.status is StepStatus.DONE}
    for order in orders:
        if order.before in done and order.after in done:
            pair = (order.before, order.after)
            yield (ORDER, order.id), (int(pair not in broken), 1 - broken.get(pair, 0.0))
