"""Tables of counts for people and programs: adherence to SOPs, their courses, complaints and refund requests."""

import json
from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path
from typing import Any

from qa_service.aggregate.course import Fitness, SopOf, count_course
from qa_service.aggregate.groups import count_adherence, count_reasons
from qa_service.aggregate.renamed import comparable_from
from qa_service.domain.conversation_json import CHINA
from qa_service.domain.counted import CountRow, row_to_json
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.taxonomy import Taxonomy
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.whole_file import write_lines


def count_grievances(judged: Iterable[JudgedConversation], *, zone: tzinfo = CHINA) -> list[dict[str, Any]]:
    """Complaint and refund rates, whole and by reason, for all and by product, channel, team, agent, version, week.

    Complaints as a whole also by the department that is responsible, of all conversations.
    """
    book = load_codebook()
    keep = load_insight().voice.kept_ids
    rows = count_reasons(judged, zone, keep=keep, taxonomy=book.taxonomy, reasons=book.complaint_reasons)
    return [
        row_to_json(row, ("kind", "reason")) | {"per_1000": _per_1000(row)} | _since(row, book.taxonomy) for row in rows
    ]


def _per_1000(row: CountRow) -> float | None:
    share = row.counted.rate.value
    return None if share is None else round(1000 * share, 1)


def count_kept_steps(judged: Iterable[JudgedConversation], *, zone: tzinfo = CHINA) -> list[dict[str, Any]]:
    """How often each step and obligation was given where owed, for all and by product, team, agent and week."""
    rows = count_adherence(judged, zone, keep=load_insight().voice.kept_ids)
    return [row_to_json(row, ("sop", "kind", "id")) for row in rows]


def count_courses(
    judged: Iterable[JudgedConversation], sop_of: SopOf, *, zone: tzinfo = CHINA
) -> tuple[list[dict[str, Any]], int]:
    """How conversations kept the course of their SOP, for all and by product, team, agent and week.

    Also returns how many were left out since nobody has the version that they were judged by. The row `fitness` is the
    mean share of steps in their place; `skipped`, `out_of_order` and `swapped` are counts.
    """
    course = count_course(judged, sop_of, zone, keep=load_insight().voice.kept_ids)
    rows = [_fitness_row(one) for one in course.fitness]
    return rows + [row_to_json(row, ("sop", "kind", "id")) for row in course.counts], course.unknown


def write_courses(rows: Iterable[dict[str, Any]], out: Path) -> int:
    """Write one row a line; returns how many."""
    return write_lines(out, (json.dumps(row, ensure_ascii=False) for row in rows))


def _fitness_row(one: Fitness) -> dict[str, Any]:
    mean, low, high = (
        None if percent is None else round(percent / 100, 4)
        for percent in (one.mean.value, one.mean.low, one.mean.high)
    )
    place = {"sop": one.sop, "kind": "fitness", "id": "", "dimension": one.dimension, "level": one.level}
    return place | {"k": None, "n": one.mean.n, "rate": mean, "ci_low": low, "ci_high": high, "conversations": []}


def _since(row: CountRow, taxonomy: Taxonomy) -> dict[str, Any]:
    """The day before which the count says nothing, where a taxonomy split the reason off or brought it."""
    day = comparable_from(row.what, taxonomy)
    return {"comparable_from": day.isoformat()} if day else {}
