"""Insight for one caller, from the store: each report over the conversations within the caller's reach.

Final verdicts count. Days are those of the store's zone; what is left out of a filter is not narrowed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from qa_service.domain.effect import effect_to_json, sample_size_to_json
from qa_service.domain.outcome_event import OutcomeEvent
from qa_service.domain.period import local_day
from qa_service.domain.role import Action, Caller
from qa_service.domain.sop import Sop
from qa_service.domain.topic import topic_to_json, unassigned_to_json
from qa_service.store import ConversationFilter, Store
from qa_service.workflows.compute_effects import EffectsQuestion, answer_effects
from qa_service.workflows.count_quality import count_courses, count_grievances
from qa_service.workflows.group_needs import group_needs
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.read_journey import stored_sops
from qa_service.workflows.read_stored import StoredVerdicts
from qa_service.workflows.sops_in_force import published_sops
from qa_service.workflows.write_voice_of_customer import prepare_stored_voice

Body = dict[str, Any]


def read_reasons(store: Store, caller: Caller, wanted: ConversationFilter, *, by: str, kind: str | None) -> list[Body]:
    """Complaint and refund rates and their reasons; `by` is a dimension, or "all" for the whole."""
    rows = count_grievances(_judged(store, caller, wanted), zone=store.zone)
    dimension = "" if by == "all" else by
    chosen = [row for row in rows if row["dimension"] == dimension and kind in (None, row["kind"])]
    return [row | {"title": _title(row["kind"], row["reason"])} for row in chosen]


def read_courses(
    store: Store, caller: Caller, wanted: ConversationFilter, *, by: str, sop: str | None
) -> tuple[list[Body], int]:
    """How the courses of SOPs were kept, and how many conversations were judged by a version that is gone."""
    with store.reading() as work:
        rows, unknown = count_courses(_judged(store, caller, wanted), stored_sops(work), zone=store.zone)
    dimension = "" if by == "all" else by
    return [row for row in rows if row["dimension"] == dimension and sop in (None, row["sop"])], unknown


def read_topics(store: Store, caller: Caller, wanted: ConversationFilter) -> tuple[list[Body], Body]:
    """What customers want again and again, and the needs that fit no topic."""
    today = local_day(store.clock(), store.zone)
    grouping = group_needs(_judged(store, caller, wanted), as_of=today).grouping
    return [topic_to_json(topic) for topic in grouping.topics], unassigned_to_json(grouping.unassigned)


def read_voice_of_customer(store: Store, caller: Caller, week: str) -> Body:
    """The voice-of-customer report of an ISO week."""
    wanted = ConversationFilter(scope=caller.reach(Action.REPORT))
    return prepare_stored_voice(store, wanted, week, sops=_sops(store))


def read_effects(
    store: Store, caller: Caller, wanted: ConversationFilter, *, outcomes: Sequence[str], as_of: date | None
) -> Body:
    """Which steps, obligations, red lines, orders and phrases go with the outcomes, and how many it takes to tell."""
    judged = _judged(store, caller, wanted)
    answer = answer_effects(judged, replace(_question(store, outcomes, as_of), phrases=True))
    return {
        "items": list(map(effect_to_json, answer.effects)),
        "sample_sizes": list(map(sample_size_to_json, answer.sizes)),
    }


def _judged(store: Store, caller: Caller, wanted: ConversationFilter) -> StoredVerdicts:
    return StoredVerdicts(store, replace(wanted, scope=caller.reach(Action.REPORT)))


def _question(store: Store, outcomes: Sequence[str], as_of: date | None) -> EffectsQuestion:
    with store.reading() as work:
        events: list[OutcomeEvent] = list(work.outcomes.stream())
    return EffectsQuestion(outcomes, _sops(store), events, as_of=as_of, zone=store.zone)


def _sops(store: Store) -> Sequence[Sop]:
    with store.reading() as work:
        return published_sops(work)


def _title(kind: str, reason: str) -> str | None:
    book = load_codebook()
    reasons = book.complaint_reasons if kind == "complaint" else book.refund_reasons
    return reasons[reason].title if reason in reasons else None
