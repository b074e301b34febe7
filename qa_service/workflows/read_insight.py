"""Insight for one caller, from the store: each report over the conversations within the caller's reach."""

from dataclasses import replace
from typing import Any

from qa_service.aggregate.groups import count_reasons
from qa_service.domain.counted import row_to_json
from qa_service.domain.role import Action, Caller
from qa_service.rulebook import codebook
from qa_service.store import ConversationFilter, Store
from qa_service.workflows.read_stored import StoredVerdicts

KEPT_IDS = 20


def read_reasons(
    store: Store, caller: Caller, wanted: ConversationFilter, *, by: str, kind: str | None
) -> list[dict[str, Any]]:
    """Complaint and refund rates and their reasons; `by` is a dimension, or "all" for the whole."""
    judged = StoredVerdicts(store, replace(wanted, scope=caller.reach(Action.REPORT)))
    rows = count_reasons(judged, store.zone, keep=KEPT_IDS)
    dimension = "" if by == "all" else by
    chosen = [row for row in rows if row.dimension == dimension and kind in (None, row.what[0])]
    return [row_to_json(row, ("kind", "reason")) | {"title": _title(*row.what)} for row in chosen]


def _title(kind: str, reason: str) -> str | None:
    book = codebook()
    reasons = book.complaint_reasons if kind == "complaint" else book.refund_reasons
    return reasons[reason].title if reason in reasons else None
