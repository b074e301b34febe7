"""What must come before, after, never after, or just so often: the constraints of DECLARE.

    {precedence: {step: needs}, then: {value: price}}              no price before the needs are known
    {response: {act: 客户问价}, then: {value: price}, within: 2}    who asks for the price hears it within two turns
    {succession: {step: offer}, then: {step: link}}                both of them
    {absence_after: {act: 客户拒绝再联系}, never: {step: offer}}     no selling after a refusal
    {exactly: 1, that: {step: greeting}}                           greeted once, not in several moves

Compared by turn: two things in one turn come neither before nor after one another, which breaks nothing. An
occurrence that breaks the constraint does so as likely as it happened and what would mend it did not; where nothing
occurs, the constraint holds (DECLARE calls that vacuous).
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from qa_service.analyze.sop.checks.found import LIKELY, Found, Match, Reading, cannot_tell
from qa_service.analyze.sop.checks.scope import NO_TIMES, seconds
from qa_service.domain.condition import AbsenceAfter, Exactly, Precedence, Response, Succession

OrderFinder = Callable[[Any, Reading, Sequence[Found]], Found]
Near = Callable[[Match, Match], bool]


def _precedence(_condition: Precedence, _reading: Reading, found: Sequence[Found]) -> Found:
    first, then = found
    return _kept(then, first, lambda late, early: early.span.turn <= late.span.turn, mends=True)


def _response(condition: Response, reading: Reading, found: Sequence[Found]) -> Found:
    times = seconds(reading.read) if condition.seconds is not None else None
    if condition.seconds is not None and times is None:
        return cannot_tell(NO_TIMES)

    def answers(early: Match, late: Match) -> bool:
        distance = late.span.turn - early.span.turn
        near = condition.within is None or distance <= condition.within
        if times is not None and condition.seconds is not None:
            near = near and times[late.span.turn] - times[early.span.turn] <= condition.seconds
        return distance >= 0 and near

    return _kept(found[0], found[1], answers, mends=True)


def _succession(_condition: Succession, _reading: Reading, found: Sequence[Found]) -> Found:
    first, then = found
    both = (
        _kept(then, first, lambda late, early: early.span.turn <= late.span.turn, mends=True),
        _kept(first, then, lambda early, late: late.span.turn >= early.span.turn, mends=True),
    )
    lacking = next((part.lacking for part in both if part.lacking), None)
    return Found(min(part.p for part in both), tuple(m for part in both for m in part.matches), lacking)


def _absence_after(_condition: AbsenceAfter, _reading: Reading, found: Sequence[Found]) -> Found:
    first, never = found
    return _kept(never, first, lambda late, early: early.span.turn < late.span.turn, mends=False)


def _exactly(condition: Exactly, reading: Reading, found: Sequence[Found]) -> Found:
    """Matches in one move are one occurrence, as likely as the likeliest of them."""
    if found[0].lacking:
        return found[0]
    ordered = sorted(found[0].matches, key=lambda match: match.span)
    occurrences = [list(group) for _, group in groupby(ordered, key=lambda m: reading.read.move[m.span.turn])]
    likely = sorted((max(match.p for match in group) for group in occurrences), reverse=True)
    inside, outside = likely[: condition.exactly], likely[condition.exactly :]
    enough = min(inside) if len(inside) == condition.exactly else 0.0
    return Found(min(enough, 1.0 - max(outside, default=0.0)), found[0].likely)


def _kept(occurring: Found, other: Found, near: Near, *, mends: bool) -> Found:
    """Whether no occurrence breaks the constraint: `other` near it mends it, or is what makes it a breach."""
    lacking = occurring.lacking or other.lacking
    if lacking:
        return cannot_tell(lacking)
    breaches = []
    for match in occurring.matches:
        beside = max((o.p for o in other.matches if near(match, o)), default=0.0)
        breaches.append(Match(match.span, match.p * ((1.0 - beside) if mends else beside)))
    worst = max((breach.p for breach in breaches), default=0.0)
    return Found(1.0 - worst, tuple(breach for breach in breaches if breach.p >= LIKELY))


ORDER_FINDERS: Mapping[type[Any], OrderFinder] = {
    Precedence: _precedence,
    Response: _response,
    Succession: _succession,
    AbsenceAfter: _absence_after,
    Exactly: _exactly,
}
