"""Write the journeys of many customers, one a line, by customer and time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from qa_service.analyze.journey.analysis import SopOf as SopOf
from qa_service.analyze.journey.analysis import analyze_journeys
from qa_service.domain.conversation import Conversation, Turn
from qa_service.domain.journey import Contact
from qa_service.domain.journey_json import journey_to_line
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.domain.sop import Sop
from qa_service.workflows.read_journey import yardstick
from qa_service.workflows.whole_file import whole_file


@dataclass(slots=True)
class JourneyTally:
    """How many journeys of how many customers were written, and what lies in none."""

    journeys: int = 0
    customers: int = 0
    nameless: int = 0
    undated: int = 0
    unknown_sops: set[str] = field(default_factory=set)

    def warnings(self) -> list[str]:
        """One sentence for each kind of what was left out."""
        told = []
        if self.nameless:
            told.append(f"{self.nameless} conversations carry no customer id and lie in no journey")
        if self.undated:
            told.append(f"{self.undated} conversations have no `started_at` and lie in no journey")
        if self.unknown_sops:
            names = ", ".join(sorted(self.unknown_sops))
            told.append(f"not known, so that what they judged is not joined: {names}; give them with --sop")
        return told


def sops_of_files(sops: Sequence[Sop]) -> SopOf:
    """SOPs as they were given."""
    known = {(sop.id, sop.version): sop for sop in sops}
    return lambda slug, version: known.get((slug, version))


def write_journeys(
    judged: Iterable[JudgedConversation],
    out: Path,
    *,
    sop_of: SopOf,
    events: Iterable[OutcomeEvent] = (),
    as_of: datetime | None = None,
) -> JourneyTally:
    """Write the journeys as of a time, without one as of the last contact. Memory holds analyses, no text of turns."""
    tally = JourneyTally()
    contacts = _by_customer(judged, tally)
    paid: dict[str, list[datetime]] = defaultdict(list)
    for event in events:
        if event.event is OutcomeKind.PAID:
            paid[event.customer_id].append(event.at)
    last = max((one.at for group in contacts.values() for one in group), default=None)
    measured = yardstick(_telling(sop_of, tally))
    with whole_file(out) as lines:
        for customer_id in sorted(contacts):
            moment = as_of or last
            assert moment is not None
            made = analyze_journeys(
                customer_id, contacts[customer_id], measured, paid_at=sorted(paid[customer_id]), as_of=moment
            )
            lines.writelines(journey_to_line(one) + "\n" for one in made)
            tally.customers += bool(made)
            tally.journeys += len(made)
    return tally


def _by_customer(judged: Iterable[JudgedConversation], tally: JourneyTally) -> dict[str, list[Contact]]:
    contacts: dict[str, list[Contact]] = defaultdict(list)
    for one in judged:
        customer_id, began = one.conversation.customer.id, one.conversation.started_at
        if customer_id is None:
            tally.nameless += 1
        elif began is None:
            tally.undated += 1
        else:
            contacts[customer_id].append(Contact(_without_words(one.conversation), one.analysis, began))
    return contacts


def _without_words(conversation: Conversation) -> Conversation:
    """Who spoke in which turn is all that a journey reads of a conversation."""
    return replace(conversation, turns=tuple(Turn(turn.speaker, "") for turn in conversation.turns), extra={})


def _telling(sop_of: SopOf, tally: JourneyTally) -> SopOf:
    def find(slug: str, version: int) -> Sop | None:
        found = sop_of(slug, version)
        if found is None:
            tally.unknown_sops.add(f"{slug} version {version}")
        return found

    return find
