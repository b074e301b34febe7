"""Coaching reports of one agent or of a team, from files or from the store."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from pathlib import Path
from typing import Any

from qa_service.aggregate.coached_team import TeamQuestion, observe_team
from qa_service.aggregate.coaching import CoachingQuestion, observe_agent
from qa_service.domain.coaching import ApprovedWording, CoachedPoint, Estimate, Helpful
from qa_service.domain.conversation_json import CHINA
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.metrics import rate
from qa_service.domain.period import ALWAYS, Period
from qa_service.domain.sop import Sop
from qa_service.errors import InvalidInput
from qa_service.report import Names, coaching_document, team_document
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.write_voice_of_customer import write_report

_UNSAFE = re.compile(r"[^\w.-]")
What = tuple[str, str, str]


@dataclass(frozen=True)
class CoachingBackground:
    """What is known beside the conversations: what helps, what was coached before, which wordings are approved."""

    helpful: Mapping[What, Helpful] = field(default_factory=dict)
    coached: Sequence[CoachedPoint] = ()
    approved: Sequence[ApprovedWording] = ()


NOTHING_KNOWN = CoachingBackground()


def coach_agent(
    judged: Iterable[JudgedConversation],
    agent_id: str,
    *,
    period: Period = ALWAYS,
    sops: Sequence[Sop] = (),
    zone: tzinfo = CHINA,
    background: CoachingBackground = NOTHING_KNOWN,
) -> dict[str, Any]:
    """The report as a plain object; `judged` must hold colleagues too. Raises NotFound for an agent without data."""
    insight = load_insight()
    by_id = {sop.id: sop for sop in sops}
    known = (background.helpful, background.coached, background.approved)
    question = CoachingQuestion(agent_id, period, zone, by_id, *known)
    sheet = observe_agent(judged, question, bounds=insight.coaching, needs=insight.needs)
    return coaching_document(sheet, Names(load_codebook(), by_id), insight.coaching.changes.fewest)


def coach_team(
    judged: Iterable[JudgedConversation],
    team: str,
    *,
    period: Period = ALWAYS,
    sops: Sequence[Sop] = (),
    zone: tzinfo = CHINA,
) -> dict[str, Any]:
    """The team's table as a plain object; raises NotFound for a team without data."""
    by_id = {sop.id: sop for sop in sops}
    question = TeamQuestion(team, period, zone, by_id)
    sheet = observe_team(judged, question, bounds=load_insight().coaching)
    return team_document(sheet, Names(load_codebook(), by_id))


def coached_points(document: Mapping[str, Any], *, on: date | None = None) -> list[CoachedPoint]:
    """What an earlier report says matters most, coached on a day (default: the report's last)."""
    try:
        day = on or date.fromisoformat(document["to"])
        return [_coached(point, day) for point in document["priorities"]]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput("that is no coaching report of this service; give its .json file") from error


def _coached(point: Mapping[str, Any], day: date) -> CoachedPoint:
    pulled = Estimate(*(float(point["shrunken"][key]) for key in ("value", "ci_low", "ci_high")))
    return CoachedPoint(point["sop"], point["kind"], point["id"], day, rate(point["k"], point["n"]), pulled)


def read_coached_points(path: Path) -> list[CoachedPoint]:
    """The same from the file of a report."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise InvalidInput(f"{path} holds no JSON; give the .json file of an earlier coaching report") from error
    return coached_points(document)


def write_coaching(document: Mapping[str, Any], folder: Path, *, base_url: str | None = None) -> list[Path]:
    """Write a report as JSON, HTML, XLSX and PDF into a folder; returns the files."""
    days = "-".join(day for day in (document["from"], document["to"]) if day)
    who = f"team-{document['team']}" if document["report"] == "coaching_team" else document["agent"]["id"]
    name = f"coach-{who}-{days}".rstrip("-")
    return write_report(document, folder / _UNSAFE.sub("_", name), base_url=base_url)
