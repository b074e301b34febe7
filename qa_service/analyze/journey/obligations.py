"""Obligations over the contacts of a part: where they are owed once in the journey, a later contact may meet them."""

from collections.abc import Sequence

from qa_service.analyze.journey.joined import surest
from qa_service.analyze.journey.steps import seen_steps
from qa_service.domain.finding import ObligationFinding, StepFinding, StepStatus
from qa_service.domain.journey import Contact, JourneyObligation, Place, Seen
from qa_service.domain.part_scope import PartScope
from qa_service.domain.sop import Obligation, Sop


def join_obligations(sop: Sop, part: Sequence[Contact]) -> tuple[JourneyObligation, ...]:
    """Every episode, in the order of the SOP and then of time."""
    found = []
    for obligation in sop.obligations:
        for number, one in enumerate(part):
            for episode in one.analysis.obligations if one.analysis else ():
                if episode.id == obligation.id:
                    found.append(_episode(obligation, one, episode, part[number + 1 :]))
    return tuple(found)


def scored_episode(one: JourneyObligation) -> ObligationFinding:
    """The episode as one finding, for the score."""
    turn = one.response.turn if one.response else None
    return ObligationFinding(one.id, one.trigger.turn, turn, one.met, one.confidence, one.unsure)


def _episode(
    obligation: Obligation, contact: Contact, episode: ObligationFinding, later: Sequence[Contact]
) -> JourneyObligation:
    response = None if episode.response_turn is None else Place(contact.id, episode.response_turn)
    met, sure, unsure = episode.met, episode.confidence, episode.unsure
    answers = _answers(obligation, later) if not met else []
    if answers:
        best = surest(answers)
        response = Place(best.shown.conversation_id, best.shown.finding.turns[0])
        met, sure, unsure = True, best.confidence, best.unsure
    trigger = Place(contact.id, episode.trigger_turn)
    return JourneyObligation(obligation.id, obligation.scope, trigger, response, met, sure, unsure)


def _answers(obligation: Obligation, later: Sequence[Contact]) -> list[Seen[StepFinding]]:
    if obligation.scope is not PartScope.JOURNEY or obligation.response_step is None:
        return []
    seen = seen_steps(later, obligation.response_step)
    return [one for one in seen if one.finding.status is StepStatus.DONE and one.finding.turns]
