"""A value of a kind is named, within bounds: price, lessons, days, hours, minutes, percentage, date, time.

{value: price, is: {over: 3000}}
holds: “一共三千九百八”, “三千多块” · does not: “体验课 9 块 9”, “尾号 3980”

A price is in yuan, a discount in percent (八折 is 80), a time in hours of the day (19.5), a date in days from the day
of the conversation (今天 is 0). A rough figure holds surely where all of it lies within the bounds.
"""

from qa_service.analyze.sop.checks.found import Found, Match, Places, Reading, any_of, cannot_tell
from qa_service.analyze.sop.checks.scope import spoken
from qa_service.analyze.sop.values import values_in
from qa_service.domain.condition import ANY_NUMBER, Bounds, ValueStated
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.fact import names_sold
from qa_service.domain.value import VALUES, Value

# How likely a rough figure keeps bounds that only a part of it lies in, and a number without a unit is a price.
ROUGHLY, WITHOUT_UNIT = 0.6, 0.8


def find_value(condition: ValueStated, reading: Reading, where: Places) -> Found:
    """The values of that kind."""
    named = [(turn, value) for turn, value in _values(reading, condition.value) if turn in where.inside]
    found = [(turn, value, _p(condition.bounds, value)) for turn, value in named]
    matches = [Match(EvidenceSpan(turn, value.start, value.end), p) for turn, value, p in found if p]
    undated = condition.bounds != ANY_NUMBER and any(value.number is None for _, value in named)
    return cannot_tell("started_at") if undated and not matches else any_of(matches)


def _values(reading: Reading, kind: str) -> list[tuple[int, Value]]:
    """The values of a kind in all turns, with their turns: read once, however many conditions ask."""
    if not reading.values:
        reading.values.update({one: [] for one in VALUES})
        conversation = reading.read.conversation
        today = conversation.started_at.date() if conversation.started_at else None
        sold = names_sold(reading.sop.fact_values)
        for turn in spoken(reading.read, "any"):
            for value in values_in(conversation.turns[turn].text, today, sold):
                reading.values[value.kind].append((turn, value))
    return reading.values[kind]


def _p(bounds: Bounds, value: Value) -> float:
    sure = WITHOUT_UNIT if value.bare and value.kind == "price" else 1.0
    if bounds == ANY_NUMBER:
        return sure
    if value.number is None:
        return 0.0
    if value.exact:
        return sure * bounds.hold(value.number)
    if bounds.equals is not None:
        return ROUGHLY * (value.low <= bounds.equals <= value.high)
    # The ends of a rough figure may be bounds themselves: 三千多 is over 3000.
    low, high = value.low + 1e-6, value.high - 1e-6
    if bounds.hold(low) and bounds.hold(high):
        return sure
    return ROUGHLY * bounds.hold(value.number)
