"""The coaching report of one agent, from files or from the store."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any

from qa_service.aggregate.coaching import CoachingQuestion, observe_agent
from qa_service.domain.conversation_json import CHINA
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import ALWAYS, Period
from qa_service.domain.sop import Sop
from qa_service.report import Names, coaching_document
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.write_voice_of_customer import write_report

_UNSAFE = re.compile(r"[^\w.-]")


def coach_agent(
    judged: Iterable[JudgedConversation],
    agent_id: str,
    *,
    period: Period = ALWAYS,
    sops: Sequence[Sop] = (),
    zone: tzinfo = CHINA,
) -> dict[str, Any]:
    """The report as a plain object; `judged` must hold colleagues too. Raises NotFound for an agent without data."""
    insight = load_insight()
    by_id = {sop.id: sop for sop in sops}
    question = CoachingQuestion(agent_id, period, zone, by_id)
    sheet = observe_agent(judged, question, bounds=insight.coaching, needs=insight.needs)
    return coaching_document(sheet, Names(load_codebook(), by_id), insight.coaching.changes.fewest)


def write_coaching(document: Mapping[str, Any], folder: Path, *, base_url: str | None = None) -> list[Path]:
    """Write a report as JSON, HTML, XLSX and PDF into a folder; returns the files."""
    days = "-".join(day for day in (document["from"], document["to"]) if day)
    name = f"coach-{document['agent']['id']}-{days}".rstrip("-")
    return write_report(document, folder / _UNSAFE.sub("_", name), base_url=base_url)
