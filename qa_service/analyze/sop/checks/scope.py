"""Where a condition looks: turns of a side, the beginning or the end, near another condition."""

from collections.abc import Callable, Iterable, Sequence

from qa_service.analyze.sop.checks.found import Found, Places, Reading
from qa_service.analyze.transcript import Transcript
from qa_service.domain.condition import Condition, Scope
from qa_service.domain.conversation import Speaker

NO_TIMES = "times"


def places(scope: Scope, reading: Reading, find: Callable[[Condition], Found]) -> Places:
    """The turns of a scope. `find` looks for the conditions it stands before, after or around."""
    known = reading.looked_up.get(scope)
    if known is None:
        known = reading.looked_up[scope] = _places(scope, reading, find)
    return known


def _places(scope: Scope, reading: Reading, find: Callable[[Condition], Found]) -> Places:
    read = reading.read
    turns = spoken(read, scope.speaker)
    if scope.first_turns is not None:
        turns = turns[: scope.first_turns]
    if scope.last_turns is not None:
        turns = turns[-scope.last_turns :]
    if scope.first_seconds is not None or scope.last_seconds is not None:
        times = seconds(read)
        if times is None:
            return Places((), read.wholes, NO_TIMES)
        turns = [turn for turn in turns if _timely(scope, times, turn)]
    for side, condition in (("before", scope.before), ("after", scope.after), ("around", scope.around)):
        if condition is None:
            continue
        found = find(condition)
        if found.lacking:
            return Places((), read.wholes, found.lacking)
        turns = _near(turns, [match.span.turn for match in found.likely], side, scope.within)
    return Places(tuple(turns), read.wholes)


def spoken(read: Transcript, speaker: str) -> list[int]:
    """The turns of a side, or of both, that hold words."""
    sides = [Speaker.AGENT, Speaker.CUSTOMER] if speaker == "any" else [Speaker(speaker)]
    return sorted(turn for side in sides for turn in read.turns_of(side))


def seconds(read: Transcript) -> list[float] | None:
    """When each turn began, in seconds from the first; None where a turn tells no time."""
    turns = read.conversation.turns
    if all(turn.start_ms is not None for turn in turns):
        return [((turn.start_ms or 0) - (turns[0].start_ms or 0)) / 1000 for turn in turns]
    sent = [turn.sent_at for turn in turns]
    if sent[0] is None or any(at is None for at in sent):
        return None
    return [(at - sent[0]).total_seconds() for at in sent if at is not None]


def _timely(scope: Scope, times: Sequence[float], turn: int) -> bool:
    early = scope.first_seconds is None or times[turn] <= scope.first_seconds
    return early and (scope.last_seconds is None or times[turn] >= times[-1] - scope.last_seconds)


def _near(turns: Iterable[int], anchors: Sequence[int], side: str, within: int | None) -> list[int]:
    """The turns on that side of an anchor, at most so many turns away; the anchor's own turn is on no side."""

    def beside(turn: int) -> bool:
        distances = [turn - anchor for anchor in anchors]
        if side == "before":
            distances = [-distance for distance in distances if distance < 0]
        elif side == "after":
            distances = [distance for distance in distances if distance > 0]
        return any(within is None or abs(distance) <= within for distance in distances)

    return [turn for turn in turns if beside(turn)]
