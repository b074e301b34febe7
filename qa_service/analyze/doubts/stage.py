"""The stage of business that the words of a conversation speak of, beside the one that its SOP is for."""

from qa_service.analyze.doubts.bounds import DoubtBounds
from qa_service.domain.conversation import Conversation, Speaker
from qa_service.domain.doubt import StageGuess
from qa_service.domain.sop import Sop

# An SOP that says less is taken for no stage.
FEWEST_EXAMPLES = 8
KEPT = 256
# Of the surest guesses one in a hundred was wrong.
SUREST = 0.99


def said_by(conversation: Conversation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of the agent's turns and of the customer's."""
    turns = [turn for turn in conversation.turns if turn.text.strip()]
    agent, customer = ([t.text for t in turns if t.speaker is s] for s in (Speaker.AGENT, Speaker.CUSTOMER))
    return tuple(agent), tuple(customer)


def stage_told(conversation: Conversation, bounds: DoubtBounds) -> str | None:
    """The stage that a conversation gives: as its `stage`, else by the name of its scenario (aftersales, 续费)."""
    if conversation.stage is not None or conversation.scenario is None:
        return conversation.stage
    return bounds.scenarios.get("".join(sign for sign in conversation.scenario.lower() if sign.isalnum()))


def guess_stage(conversation: Conversation, bounds: DoubtBounds) -> StageGuess:
    """The likeliest stage of a conversation."""
    probabilities = bounds.stages.probabilities(*said_by(conversation))
    stage = max(probabilities, key=lambda name: (probabilities[name], name))
    return StageGuess(stage, round(min(SUREST, probabilities[stage]), 4))


def stage_contradicts(conversation: Conversation, sop: Sop, bounds: DoubtBounds) -> bool:
    """Whether the stage of a conversation, given or told by its words, is not what its SOP is for."""
    stages = stages_of_sop(sop, bounds)
    if not stages:
        return False
    if conversation.stage is not None:
        # What an SOP is taken for is no match for what somebody says of a conversation.
        return bool(sop.applies_to.stage) and conversation.stage not in stages
    probabilities = bounds.stages.probabilities(*said_by(conversation))
    at = max(bounds.contradict_from.get(stage, 1.0) for stage in stages)
    return 1.0 - sum(probabilities.get(stage, 0.0) for stage in stages) >= at


def stages_of_sop(sop: Sop, bounds: DoubtBounds) -> tuple[str, ...]:
    """The stages that an SOP is for: as it says, else the one that its own examples speak of, if they are clear."""
    if sop.applies_to.stage:
        return sop.applies_to.stage
    known = bounds.sop_stages.get(sop.digest)
    if known is None:
        if len(bounds.sop_stages) >= KEPT:
            bounds.sop_stages.clear()
        known = bounds.sop_stages[sop.digest] = tuple(_taken_for(sop, bounds))
    return known


def _taken_for(sop: Sop, bounds: DoubtBounds) -> list[str]:
    agent = [text for step in sop.steps for text in step.wording.examples]
    agent += [text for obligation in sop.obligations for text in obligation.response.examples]
    customer = [text for step in sop.steps if step.when for text in step.when.examples]
    customer += [text for obligation in sop.obligations for text in obligation.trigger.examples]
    if len(agent) < FEWEST_EXAMPLES:
        return []
    probabilities = bounds.stages.probabilities(agent, customer)
    return [stage for stage, p in probabilities.items() if p >= bounds.sop_from]
