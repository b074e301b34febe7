"""Order over the contacts of a part: of a step that is owed once in the journey, its first place in it counts."""

from collections.abc import Iterator, Sequence

from qa_service.analyze.doubt import doubt
from qa_service.analyze.sop.order import asking_turns, first_turn
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import moves
from qa_service.domain.finding import OrderFinding, StepFinding, StepStatus
from qa_service.domain.journey import Contact, JourneyOrder, Place
from qa_service.domain.part_scope import PartScope
from qa_service.domain.sop import Order, Sop


def join_orders(sop: Sop, part: Sequence[Contact], judgement: Judgement) -> tuple[JourneyOrder, ...]:
    """The pairs that are violated, each once."""
    scopes = {step.id: step.scope for step in sop.steps}
    found = []
    for pair in sop.order:
        across = PartScope.JOURNEY in (scopes[pair.before], scopes[pair.after])
        breach = _across(pair, part, judgement) if across else _within(pair, part)
        found += [breach] if breach else []
    return tuple(found)


def _within(pair: Order, part: Sequence[Contact]) -> JourneyOrder | None:
    """The surest of the violations that were found within a contact."""
    found = [(one, breach) for one in part if (breach := _own(pair, one))]
    if not found:
        return None
    return _told(*max(found, key=lambda both: (not both[1].unsure, both[1].confidence)))


def _across(pair: Order, part: Sequence[Contact], judgement: Judgement) -> JourneyOrder | None:
    first = next(_done(part, pair.before), None)
    after = _first_after(pair, part, judgement)
    if first is None or after is None:
        return None
    (contact, before), (early, step, turn) = first, after
    if contact.id == early.id:
        # Within one contact its analysis has told, with all that was said in between.
        own = _own(pair, contact)
        return _told(contact, own) if own else None
    if (contact.at, contact.id) < (early.at, early.id):
        return None
    places = (Place(contact.id, before.turns[0]), Place(early.id, turn))
    doubts = doubt(judgement, "order", before.confidence * step.confidence)
    return JourneyOrder(pair.before, pair.after, places, **doubts)


def _done(part: Sequence[Contact], step_id: str) -> Iterator[tuple[Contact, StepFinding]]:
    for one in part:
        for step in one.analysis.steps if one.analysis else ():
            if step.id == step_id and step.status is StepStatus.DONE and step.turns:
                yield one, step


def _first_after(pair: Order, part: Sequence[Contact], judgement: Judgement) -> tuple[Contact, StepFinding, int] | None:
    for one, step in _done(part, pair.after):
        questions = asking_turns(one.analysis.needs if one.analysis else ())
        said = one.conversation.turns
        turn = first_turn(pair, step, said, moves(said), questions=questions, judgement=judgement)
        if turn is not None:
            return one, step, turn
    return None


def _own(pair: Order, contact: Contact) -> OrderFinding | None:
    orders = contact.analysis.orders if contact.analysis else ()
    return next((one for one in orders if (one.before, one.after) == (pair.before, pair.after)), None)


def _told(contact: Contact, breach: OrderFinding) -> JourneyOrder:
    first, after = (Place(contact.id, turn) for turn in breach.turns)
    return JourneyOrder(breach.before, breach.after, (first, after), breach.confidence, breach.unsure)
