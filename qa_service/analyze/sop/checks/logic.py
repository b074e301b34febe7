"""All of them, some of them, not.

    all: [{keywords: [试听]}, {keywords: [周六]}]
    holds: “那试听就约周六” · does not: “那试听回头再约”

Probabilities are joined by the least and the greatest: parts of one check mostly hang together, and a product would
call a check of ten likely parts unlikely. What cannot be told decides only where the rest does not.
"""

from collections.abc import Sequence

from qa_service.analyze.sop.checks.found import LIKELY, Found


def all_hold(parts: Sequence[Found]) -> Found:
    """All hold."""
    return enough_hold(parts, len(parts))


def enough_hold(parts: Sequence[Found], enough: int) -> Found:
    """At least so many hold."""
    told = [part for part in parts if part.lacking is None]
    lacking = [part for part in parts if part.lacking is not None]
    sure = sorted((part.p for part in told), reverse=True)
    holding = sum(p >= LIKELY for p in sure)
    matches = tuple(match for part in told if part.p >= LIKELY for match in part.matches)
    if holding < enough <= holding + len(lacking):
        return Found(LIKELY, matches, lacking[0].lacking)
    p = sure[enough - 1] if enough <= len(sure) else 0.0
    return Found(p, matches)


def not_holding(part: Found) -> Found:
    """It does not hold; where it does, its words are what speaks against."""
    return Found(1.0 - part.p, part.matches, part.lacking)
