"""Tables of counts for people and programs: SOP adherence, and complaints and refund requests with their reasons."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from qa_service.aggregate.groups import count_adherence, count_reasons
from qa_service.aggregate.renamed import comparable_from
from qa_service.domain.conversation_json import CHINA
from qa_service.domain.counted import CountRow, row_to_json
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.taxonomy import Taxonomy
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight


def count_grievances(judged: Iterable[JudgedConversation], *, zone: tzinfo = CHINA) -> list[dict[str, Any]]:
    """Complaint and refund rates, whole and by reason, each for all and by product, team, agent and week."""
    taxonomy = load_codebook().taxonomy
    rows = count_reasons(judged, zone, keep=load_insight().voice.kept_ids, taxonomy=taxonomy)
    return [row_to_json(row, ("kind", "reason")) | _since(row, taxonomy) for row in rows]


def count_kept_steps(judged: Iterable[JudgedConversation], *, zone: tzinfo = CHINA) -> list[dict[str, Any]]:
    """How often each step and obligation was given where owed, for all and by product, team, agent and week."""
    rows = count_adherence(judged, zone, keep=load_insight().voice.kept_ids)
    return [row_to_json(row, ("sop", "kind", "id")) for row in rows]


def _since(row: CountRow, taxonomy: Taxonomy) -> dict[str, Any]:
    """The day before which the count says nothing, where a taxonomy split the reason off or brought it."""
    day = comparable_from(row.what, taxonomy)
    return {"comparable_from": day.isoformat()} if day else {}
