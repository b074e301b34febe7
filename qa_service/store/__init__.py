"""The only place that speaks SQL: plain domain objects in and out, one transaction per unit of work."""

from qa_service.store.analyses import AnalysisProblem, StoredAnalysis
from qa_service.store.conversations import Added, Arrival, Change, ListedConversation, Numbered
from qa_service.store.deletions import Deletion
from qa_service.store.deliveries import UrgentThing
from qa_service.store.filters import ConversationFilter
from qa_service.store.imports import Import, ImportDefect, ImportState
from qa_service.store.jobs import MAX_ATTEMPTS, Job, JobState, LeaseLost
from qa_service.store.paging import MAX_PAGE, Page
from qa_service.store.periods import Freezing
from qa_service.store.rescores import rescore_filter
from qa_service.store.store import Store, system_clock
from qa_service.store.topics import KeptEvent, Placed, TopicCount
from qa_service.store.unit_of_work import UnitOfWork

__all__ = [
    "MAX_ATTEMPTS",
    "MAX_PAGE",
    "Added",
    "AnalysisProblem",
    "Arrival",
    "Change",
    "ConversationFilter",
    "Deletion",
    "Freezing",
    "Import",
    "ImportDefect",
    "ImportState",
    "Job",
    "JobState",
    "KeptEvent",
    "LeaseLost",
    "ListedConversation",
    "Numbered",
    "Page",
    "Placed",
    "Store",
    "StoredAnalysis",
    "TopicCount",
    "UnitOfWork",
    "UrgentThing",
    "rescore_filter",
    "system_clock",
]
