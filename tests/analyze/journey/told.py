"""Contacts written as text, judged by the fixed judge, and the journeys they make."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from qa_service.analyze.analysis import Yardstick, analyze
from qa_service.analyze.journey.analysis import JourneyYardstick, analyze_journeys
from qa_service.analyze.needs.competitors import competitor_words
from qa_service.analyze.transcript import transcript
from qa_service.domain.conversation import Customer
from qa_service.domain.journey import Contact, JourneyAnalysis, JourneyPart
from qa_service.domain.sop import Sop
from qa_service.normalize.text import clean
from qa_service.rulebook import codebook, default_file
from tests.analyze.fixed_judge import JUDGE
from tests.written import written

FIRST = datetime(2026, 10, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
AS_OF = FIRST + timedelta(days=365)
YARDSTICK = Yardstick(JUDGE, codebook(), competitor_words(default_file("competitors.yaml")))


def contact(name: str, text: str, sop: Sop | None, *, day: float = 0, **fields: Any) -> Contact:
    """A contact of customer U1, so many days after the first, with its analysis."""
    at = FIRST + timedelta(days=day)
    made = replace(written(text, **fields), id=name, started_at=at, customer=Customer("U1"))
    versions = {"models": "fixed-1", "code": "test"}
    return Contact(made, analyze(transcript(made, clean), sop, YARDSTICK, versions=versions), at)


def journeys(
    contacts: Sequence[Contact],
    *sops: Sop,
    paid_on: Sequence[float] = (),
    as_of: datetime = AS_OF,
    most_days_apart: float = 30,
) -> tuple[JourneyAnalysis, ...]:
    """The journeys of these contacts."""
    known = {(sop.id, sop.version): sop for sop in sops}
    yardstick = JourneyYardstick(
        lambda slug, version: known.get((slug, version)), codebook().judgement, most_days_apart, {"code": "test"}
    )
    paid = [FIRST + timedelta(days=day) for day in paid_on]
    return analyze_journeys("U1", contacts, yardstick, paid_at=paid, as_of=as_of)


def only_part(contacts: Sequence[Contact], *sops: Sop) -> JourneyPart:
    """The one part of the one journey of these contacts."""
    (journey,) = journeys(contacts, *sops)
    (part,) = journey.parts
    return part
