"""How many turns there are, and how long it lasted.

{turns: {under: 4}, in: {speaker: customer}}    {duration: {under: 60}}
holds: the customer spoke three times; a call of 40 s · does not: five times; a call of two minutes
"""

from qa_service.analyze.sop.checks.found import Found, Places, Reading, cannot_tell, certainly
from qa_service.analyze.sop.checks.scope import NO_TIMES, seconds
from qa_service.domain.condition import Duration, TurnCount
from qa_service.domain.conversation import Conversation


def find_turn_count(condition: TurnCount, _reading: Reading, where: Places) -> Found:
    """Whether the number of turns keeps the bounds."""
    return certainly(condition.turns.hold(len(where.turns)))


def find_duration(condition: Duration, reading: Reading, _where: Places) -> Found:
    """Whether the length keeps the bounds, as recorded or from the first to the last turn."""
    lasted = _seconds_in_all(reading)
    return cannot_tell(NO_TIMES) if lasted is None else certainly(condition.duration.hold(lasted))


def _seconds_in_all(reading: Reading) -> float | None:
    conversation: Conversation = reading.read.conversation
    if conversation.duration_s is not None:
        return conversation.duration_s
    times = seconds(reading.read)
    if times is None:
        return None
    first, last = conversation.turns[0], conversation.turns[-1]
    if last.end_ms is not None and first.start_ms is not None:
        return (last.end_ms - first.start_ms) / 1000
    return times[-1]
