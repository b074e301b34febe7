"""The journeys of one customer from the store: computed when read, so that nothing of a deleted customer is left."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from qa_service import __version__
from qa_service.analyze.journey.analysis import JourneyYardstick, SopOf, analyze_journeys
from qa_service.domain.analysis import Analysis
from qa_service.domain.journey import Contact, JourneyAnalysis
from qa_service.domain.outcome_event import OutcomeKind
from qa_service.domain.role import Action, Caller
from qa_service.domain.sop import Sop
from qa_service.errors import NotFound, TooLarge
from qa_service.rulebook import codebook, default_file
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.standing import frozen_final, sop_of, stands

# An id that so many conversations carry is no one person's (a placeholder of another system).
MOST_CONTACTS = 1000


@dataclass(frozen=True, slots=True)
class CustomerJourneys:
    """The journeys of a customer, oldest first, as of a time.

    `complete`: all conversations were looked at, not only those within a caller's reach. `undated` are conversations
    that tell no time and lie in no journey.
    """

    customer_id: str
    as_of: datetime
    complete: bool
    journeys: tuple[JourneyAnalysis, ...]
    undated: tuple[str, ...]


def read_journeys(store: Store, caller: Caller, customer_id: str, *, as_of: datetime | None = None) -> CustomerJourneys:
    """The journeys of a customer from the conversations within the caller's reach, by their final verdicts.

    `as_of` leaves out what began later, not how the rest has been judged since.
    """
    scope = caller.reach(Action.READ)
    moment = (as_of or store.clock()).astimezone(store.zone)
    with store.reading() as work:
        wanted = ConversationFilter(scope=scope, customer=customer_id)
        conversations = list(islice(work.conversations.stream(wanted), MOST_CONTACTS + 1))
        if not conversations:
            raise NotFound("there is no conversation of that customer within your reach; check the id")
        if len(conversations) > MOST_CONTACTS:
            raise TooLarge(f"over {MOST_CONTACTS} conversations carry that customer id; it is no one person's")
        contacts = [
            Contact(one, _final(work, one.id), one.started_at) for one in conversations if one.started_at is not None
        ]
        events = work.outcomes.of_customer(customer_id)
        journeys = analyze_journeys(
            customer_id,
            contacts,
            yardstick(stored_sops(work)),
            paid_at=[event.at for event in events if event.event is OutcomeKind.PAID],
            as_of=moment,
        )
    undated = tuple(one.id for one in conversations if one.started_at is None)
    return CustomerJourneys(customer_id, moment, scope.whole, journeys, undated)


def yardstick(sops: SopOf) -> JourneyYardstick:
    """What journeys are measured with, by the shipped rulebook."""
    bounds = default_file("journey.yaml")
    return JourneyYardstick(sops, codebook().judgement, bounds["most_days_apart"], {"code": __version__})


def stored_sops(work: UnitOfWork) -> SopOf:
    """The SOP versions of the store, each read once."""
    known: dict[tuple[str, int], Sop | None] = {}

    def find(slug: str, version: int) -> Sop | None:
        if (slug, version) not in known:
            known[slug, version] = sop_of(work, slug, version)
        return known[slug, version]

    return find


def _final(work: UnitOfWork, conversation_id: str) -> Analysis | None:
    """What stands for a conversation, as it was when its period was closed; None while it is not analysed."""
    stored = work.analyses.find(conversation_id)
    if stored is None:
        return None
    frozen = work.periods.find(conversation_id)
    if frozen is not None and frozen.analysis_id is not None:
        return frozen_final(work, stored, frozen)
    return stands(work, stored).verdicts.final
