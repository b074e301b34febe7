"""Store outcome events of a file; the same event is stored once, however often it is imported."""

from dataclasses import dataclass, field
from pathlib import Path

from qa_service.domain.outcome_event import OutcomeEvent
from qa_service.ingest.outcomes import read_outcomes
from qa_service.ingest.reader import Defect
from qa_service.store import Store

BATCH = 500


@dataclass(slots=True)
class OutcomeTally:
    """How many events were new, known already, and what could not be taken."""

    new: int = 0
    known: int = 0
    defects: list[Defect] = field(default_factory=list)


def import_outcomes(store: Store, path: Path) -> OutcomeTally:
    """Read the events of a file into the store, batch by batch."""
    tally = OutcomeTally()
    events: list[OutcomeEvent] = []
    for reading in read_outcomes(path, zone=store.zone):
        if isinstance(reading, Defect):
            tally.defects.append(reading)
            continue
        events.append(reading)
        if len(events) == BATCH:
            _add(store, events, tally)
            events = []
    _add(store, events, tally)
    return tally


def _add(store: Store, events: list[OutcomeEvent], tally: OutcomeTally) -> None:
    with store.unit_of_work() as work:
        new = work.outcomes.add_many(events)
    tally.new += new
    tally.known += len(events) - new
