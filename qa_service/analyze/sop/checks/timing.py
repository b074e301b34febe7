"""Reply time, silence, interruption and speed, where the turns carry times.

{reply: {over: 60}}          holds: the agent answers after two minutes · does not: after ten seconds
{silence: {over: 8}}         holds: nine seconds in which nobody speaks · does not: two seconds
{interruption: {over: 0.5}}  holds: the agent begins a second before the customer ends · does not: after he ended
{speed: {over: 320}}         holds: 40 characters in five seconds · does not: 40 characters in ten seconds
"""

from collections.abc import Sequence
from itertools import pairwise

from qa_service.analyze.sop.checks.found import Found, Places, Reading, cannot_tell, certainly, turn_matches
from qa_service.analyze.sop.checks.scope import NO_TIMES, seconds
from qa_service.domain.condition import Interruption, ReplyTime, Silence, Speed
from qa_service.domain.conversation import Speaker, Turn


def find_reply_time(condition: ReplyTime, reading: Reading, where: Places) -> Found:
    """Customer turns whose wait for the agent's next turn keeps the bounds; the last words before it count."""
    times = seconds(reading.read)
    if times is None:
        return cannot_tell(NO_TIMES)
    turns = reading.read.conversation.turns
    waits = {}
    for turn in where.turns:
        follows = turn + 1 < len(turns) and turns[turn + 1].speaker is Speaker.AGENT
        if turns[turn].speaker is Speaker.CUSTOMER and follows:
            waits[turn] = times[turn + 1] - _ended(turns[turn], times[turn], turns[0])
    return _kept(where, [turn for turn, wait in waits.items() if condition.reply.hold(wait)])


def find_silence(condition: Silence, reading: Reading, where: Places) -> Found:
    """Turns after which nobody speaks for as long as the bounds say."""
    gaps = _gaps(reading.read.conversation.turns)
    if gaps is None:
        return cannot_tell(NO_TIMES)
    return _kept(where, [turn for turn in where.turns if turn < len(gaps) and condition.silence.hold(gaps[turn])])


def find_interruption(condition: Interruption, reading: Reading, where: Places) -> Found:
    """Turns that begin while the other side still speaks."""
    turns = reading.read.conversation.turns
    gaps = _gaps(turns)
    if gaps is None:
        return cannot_tell(NO_TIMES)
    overlaps = {}
    for turn in where.turns:
        other = turn > 0 and turns[turn - 1].speaker is not turns[turn].speaker
        if other and turns[turn - 1].speaker is not Speaker.SYSTEM:
            overlaps[turn] = -gaps[turn - 1]
    return _kept(where, [t for t, overlap in overlaps.items() if overlap > 0 and condition.interruption.hold(overlap)])


def find_speed(condition: Speed, reading: Reading, where: Places) -> Found:
    """Turns spoken at a speed within the bounds."""
    turns = reading.read.conversation.turns
    rates = {}
    for turn in where.turns:
        start, end = turns[turn].start_ms, turns[turn].end_ms
        if start is None or end is None:
            return cannot_tell(NO_TIMES)
        said = len(reading.read.texts[turn].text)
        if said >= condition.min_length and end > start:
            rates[turn] = said * 60_000 / (end - start)
    return _kept(where, [turn for turn, rate in rates.items() if condition.speed.hold(rate)])


def _ended(turn: Turn, began: float, first: Turn) -> float:
    """When a turn ended, in seconds from the first: its end where that is known, else its beginning."""
    return began if turn.end_ms is None or first.start_ms is None else (turn.end_ms - first.start_ms) / 1000


def _gaps(turns: Sequence[Turn]) -> list[float] | None:
    """Seconds between each turn and the next, below zero where they overlap; None where a turn tells no times."""
    times = [(t.start_ms, t.end_ms) for t in turns if t.start_ms is not None and t.end_ms is not None]
    if len(times) < len(turns):
        return None
    return [(start - end) / 1000 for (_, end), (start, _) in pairwise(times)]


def _kept(where: Places, turns: Sequence[int]) -> Found:
    return certainly(bool(turns), turn_matches(where.wholes, turns))
