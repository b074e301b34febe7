"""All values of a turn, with their places in the text as stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from qa_service.analyze.sop.values.amounts import find_amounts
from qa_service.analyze.sop.values.clock import find_times
from qa_service.analyze.sop.values.dates import find_dates
from qa_service.analyze.sop.values.written import written
from qa_service.domain.value import Value


def values_in(text: str, today: date | None = None, sold: Sequence[str] = ()) -> tuple[Value, ...]:
    """The values named in a turn, in order; dates count from `today`, the day of the conversation.

    A bare number behind a name of what is `sold` (年课 4980) is a price.
    """
    plain = "".join(text.lower().split())
    return _values_in(text, today, tuple(name.lower() for name in sold if name.lower() in plain))


# Several conditions of an SOP look at the same turns.
@lru_cache(maxsize=4096)
def _values_in(text: str, today: date | None, sold: tuple[str, ...]) -> tuple[Value, ...]:
    read = written(text)
    dates, rest = find_dates(read.text, today)
    times, rest = find_times(rest)
    amounts = find_amounts(rest, read.text, sold)
    found = sorted((*dates, *times, *amounts), key=lambda value: value.start)
    return tuple(_stored(value, read.stored(value.start, value.end)) for value in found)


def _stored(value: Value, span: tuple[int, int]) -> Value:
    return replace(value, start=span[0], end=span[1])
