"""Moves of the customer that got no answer: none at all, or none within so many seconds.

{unanswered: {over: 0}, seconds: 300}
holds: “在吗” and nothing for ten minutes · does not: “在吗” – “在的”
"""

from qa_service.analyze.sop.checks.found import Found, Places, Reading, cannot_tell, certainly, turn_matches
from qa_service.analyze.sop.checks.scope import NO_TIMES, seconds
from qa_service.domain.condition import Unanswered
from qa_service.domain.conversation import Channel, Speaker


def find_unanswered(condition: Unanswered, reading: Reading, _where: Places) -> Found:
    """Whether the number of unanswered moves keeps the bounds; the match is the last turn of each.

    The last words of a call end it (“再见”): nobody has to answer them.
    """
    times = seconds(reading.read)
    if condition.seconds is not None and times is None:
        return cannot_tell(NO_TIMES)
    read = reading.read
    customer = read.turns_of(Speaker.CUSTOMER)
    agent = [i for i, turn in enumerate(read.conversation.turns) if turn.speaker is Speaker.AGENT]
    last_of_move = {read.move[turn]: turn for turn in customer}
    open_moves = []
    for turn in last_of_move.values():
        answer = next((i for i in agent if i > turn), None)
        late = times and condition.seconds is not None and answer and times[answer] - times[turn] > condition.seconds
        ends_it = answer is None and read.conversation.channel is Channel.CALL
        if late or (answer is None and not ends_it):
            open_moves.append(turn)
    return certainly(condition.unanswered.hold(len(open_moves)), turn_matches(read.wholes, open_moves))
