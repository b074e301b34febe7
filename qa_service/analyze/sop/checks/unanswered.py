"""Moves of the customer that got no answer: none at all, or none within so many seconds.

{unanswered: {over: 0}, seconds: 300}
holds: “在吗” and nothing for ten minutes · does not: “在吗” – “在的”; “好的 谢谢” and nothing
"""

from collections.abc import Sequence
from itertools import groupby

from qa_service.analyze.sop.checks.found import Found, Places, Reading, cannot_tell, certainly, turn_matches
from qa_service.analyze.sop.checks.scope import NO_TIMES, seconds
from qa_service.analyze.sop.closing import closes
from qa_service.analyze.transcript import Transcript
from qa_service.domain.condition import Unanswered
from qa_service.domain.conversation import Channel, Speaker


def find_unanswered(condition: Unanswered, reading: Reading, _where: Places) -> Found:
    """Whether the number of unanswered moves keeps the bounds; the match is the last turn of each.

    Nobody has to answer the last words of a call, nor words that merely close (“嗯嗯 谢谢”).
    """
    times = seconds(reading.read)
    if condition.seconds is not None and times is None:
        return cannot_tell(NO_TIMES)
    read = reading.read
    customer = read.turns_of(Speaker.CUSTOMER)
    agent = [i for i, turn in enumerate(read.conversation.turns) if turn.speaker is Speaker.AGENT]
    open_moves = []
    for move in _moves(reading.read, customer):
        turn = move[-1]
        answer = next((i for i in agent if i > turn), None)
        late = times and condition.seconds is not None and answer and times[answer] - times[turn] > condition.seconds
        ends_it = answer is None and read.conversation.channel is Channel.CALL
        if (late or (answer is None and not ends_it)) and not _closing(read, move, agent):
            open_moves.append(turn)
    return certainly(condition.unanswered.hold(len(open_moves)), turn_matches(read.wholes, open_moves))


def _moves(read: Transcript, turns: Sequence[int]) -> list[list[int]]:
    """The turns, move by move."""
    return [list(move) for _, move in groupby(turns, key=lambda turn: read.move[turn])]


def _closing(read: Transcript, move: Sequence[int], agent: Sequence[int]) -> bool:
    turns = read.conversation.turns
    before = next((turns[i].text for i in reversed(agent) if i < move[0]), "")
    return closes([turns[i] for i in move], before)
