"""One workflow, one transaction: the repositories, and the only commit there is."""

from datetime import tzinfo
from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from qa_service.store.access import Clock
from qa_service.store.analyses import Analyses
from qa_service.store.api_keys import AccessLog, ApiKeys
from qa_service.store.appeals import Appeals
from qa_service.store.coaching_cases import CoachingCases
from qa_service.store.coaching_talks import CoachingTalks
from qa_service.store.conversations import Conversations
from qa_service.store.counts import Counts
from qa_service.store.deletions import Deletions
from qa_service.store.deliveries import Deliveries
from qa_service.store.imports import Imports
from qa_service.store.jobs import Jobs
from qa_service.store.originals import Originals
from qa_service.store.outcomes import Outcomes
from qa_service.store.periods import Periods
from qa_service.store.projects import Projects
from qa_service.store.recipients import Recipients
from qa_service.store.rescores import Rescores
from qa_service.store.reviews import Reviews
from qa_service.store.schedules import Schedules
from qa_service.store.sops import Sops
from qa_service.store.suggestions import Suggestions
from qa_service.store.tickets import Tickets
from qa_service.store.topics import Topics


class UnitOfWork:
    """The repositories in one transaction: committed at the end of `with`, rolled back when an error leaves it."""

    def __init__(self, engine: Engine, *, clock: Clock, zone: tzinfo, master_key: bytes | None, writes: bool) -> None:
        self._writes = writes
        self._session = session = Session(engine, expire_on_commit=False)
        self.conversations = Conversations(session, clock, zone)
        self.analyses = Analyses(session, clock, zone)
        self.originals = Originals(session, clock, zone)
        self.originals.master_key = master_key
        self.outcomes = Outcomes(session, clock, zone)
        self.sops = Sops(session, clock, zone)
        self.suggestions = Suggestions(session, clock, zone)
        self.topics = Topics(session, clock, zone)
        self.reviews = Reviews(session, clock, zone)
        self.appeals = Appeals(session, clock, zone)
        self.periods = Periods(session, clock, zone)
        self.projects = Projects(session, clock, zone)
        self.rescores = Rescores(session, clock, zone)
        self.counts = Counts(session, clock, zone)
        self.coaching_cases = CoachingCases(session, clock, zone)
        self.coaching_talks = CoachingTalks(session, clock, zone)
        self.recipients = Recipients(session, clock, zone)
        self.recipients.master_key = master_key
        self.deliveries = Deliveries(session, clock, zone)
        self.schedules = Schedules(session, clock, zone)
        self.tickets = Tickets(session, clock, zone)
        self.api_keys = ApiKeys(session, clock, zone)
        self.access_log = AccessLog(session, clock, zone)
        self.imports = Imports(session, clock, zone)
        self.jobs = Jobs(session, clock, zone)
        self.deletions = Deletions(session, clock, zone)

    def __enter__(self) -> "UnitOfWork":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._writes:
                self._session.commit()
        finally:
            self._session.close()
