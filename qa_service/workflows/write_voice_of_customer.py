"""The weekly voice-of-customer report, from files or from the store."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any

from qa_service.aggregate.voice import hear_week
from qa_service.domain.conversation_json import CHINA
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import Period, week_period, weeks_before
from qa_service.domain.sop import Sop
from qa_service.report import Names, render_html, voc_document
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.whole_file import write_lines


def weeks_read(week: str) -> Period:
    """The days that the report of a week looks at: read only these. Raises InvalidInput for no ISO week."""
    first = week_period(weeks_before(week, load_insight().voice.weeks_shown - 1)[0]).first
    return Period(first, week_period(week).last)


def prepare_voice_of_customer(
    judged: Iterable[JudgedConversation], week: str, *, sops: Sequence[Sop] = (), zone: tzinfo = CHINA
) -> dict[str, Any]:
    """The report as a plain object; conversations outside the weeks shown are passed over."""
    insight, book = load_insight(), load_codebook()
    voice = hear_week(
        judged,
        week,
        zone,
        bounds=insight.voice,
        needs=insight.needs,
        taxonomy=book.taxonomy,
        reasons=book.complaint_reasons,
    )
    return voc_document(voice, Names(book, {sop.id: sop for sop in sops}))


def write_voice_of_customer(document: Mapping[str, Any], folder: Path, *, base_url: str | None = None) -> list[Path]:
    """Write a report as JSON and HTML into a folder; returns the files."""
    return write_report(document, folder / f"voc-{document['week']}", base_url=base_url)


def write_report(document: Mapping[str, Any], stem: Path, *, base_url: str | None = None) -> list[Path]:
    """Write any report document beside each other as `.json` and `.html`; returns the files."""
    contents = {
        ".json": json.dumps(document, ensure_ascii=False, indent=1),
        ".html": render_html(document, base_url=base_url),
    }
    files = []
    for suffix, text in contents.items():
        path = stem.with_name(stem.name + suffix)
        write_lines(path, [text])
        files.append(path)
    return files
