"""Pairs of steps in the wrong order."""

from collections.abc import Iterable, Sequence

from qa_service.analyze.doubt import doubt
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker, Turn
from qa_service.domain.finding import NeedFinding, OrderFinding, StepFinding, StepStatus
from qa_service.domain.sop import Order, Sop


def find_order_breaches(
    read: Transcript, sop: Sop, steps: Sequence[StepFinding], *, questions: frozenset[int], judgement: Judgement
) -> tuple[OrderFinding, ...]:
    """Every order pair of which both steps are done and `before` comes first after `after`.

    `questions` are the customer turns that ask something: an early `after` that answers one within the bound is
    forgiven where the pair says `unless_asked`.
    """
    done = {step.id: step for step in steps if step.status is StepStatus.DONE}
    breaches = []
    for pair in sop.order:
        if pair.before not in done or pair.after not in done:
            continue
        first = done[pair.before].turns[0]
        said = read.conversation.turns
        after = first_turn(pair, done[pair.after], said, read.move, questions=questions, judgement=judgement)
        if after is not None and first > after:
            sure = done[pair.before].confidence * done[pair.after].confidence
            breaches.append(OrderFinding(pair.before, pair.after, (first, after), **doubt(judgement, "order", sure)))
    return tuple(breaches)


def asking_turns(needs: Iterable[NeedFinding]) -> frozenset[int]:
    """The customer turns that ask something."""
    return frozenset(need.span.turn for need in needs if need.kind == "question")


def first_turn(
    pair: Order,
    after: StepFinding,
    turns: Sequence[Turn],
    move: Sequence[int | None],
    *,
    questions: frozenset[int],
    judgement: Judgement,
) -> int | None:
    """The turn from which a done `after` counts; None where all of it answers questions."""
    if not pair.unless_asked:
        return after.turns[0]
    return next((turn for turn in after.turns if not _asked(turns, move, turn, questions, judgement)), None)


def _asked(
    turns: Sequence[Turn], move: Sequence[int | None], turn: int, questions: frozenset[int], judgement: Judgement
) -> bool:
    here = move[turn]
    for earlier in range(turn - 1, -1, -1):
        there = move[earlier]
        if there is None or here is None:
            continue
        if here - there > judgement.asked_within_moves:
            return False
        if turns[earlier].speaker is Speaker.CUSTOMER and earlier in questions:
            return True
    return False
