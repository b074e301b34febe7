"""The weekly voice-of-customer report, from files or from the store."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path
from typing import Any

from qa_service.aggregate.grievances import record_of
from qa_service.aggregate.sales import SaleBounds, contact_of, events_by_customer, sales_of
from qa_service.aggregate.voice import hear_week
from qa_service.domain.conversation_json import CHINA
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.outcome_event import OutcomeEvent
from qa_service.domain.period import Period, end_of, local_day, week_period, weeks_before
from qa_service.domain.sale import SaleContact, SalesRecord
from qa_service.domain.sop import Sop
from qa_service.report import Names, render_html, voc_document
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.whole_file import write_lines


@dataclass(frozen=True, slots=True)
class KnownOutcomes:
    """Outcome events, and the day up to which they are known (None: no window is still open)."""

    events: Iterable[OutcomeEvent] = ()
    as_of: date | None = None


NO_EVENTS = KnownOutcomes()


def weeks_read(week: str) -> Period:
    """The days that the report of a week looks at: read only these. Raises InvalidInput for no ISO week."""
    bounds = load_insight().voice
    first = week_period(weeks_before(week, max(bounds.weeks_shown - 1, bounds.sales_weeks))[0]).first
    return Period(first, week_period(week).last)


def prepare_voice_of_customer(
    judged: Iterable[JudgedConversation],
    week: str,
    *,
    sops: Sequence[Sop] = (),
    zone: tzinfo = CHINA,
    outcomes: KnownOutcomes = NO_EVENTS,
) -> dict[str, Any]:
    """The report as a plain object; conversations outside the weeks read are passed over."""
    insight, book = load_insight(), load_codebook()
    contacts: list[SaleContact] = []
    voice = hear_week(
        _noting(judged, contacts, weeks_read(week), zone),
        week,
        zone,
        bounds=insight.voice,
        needs=insight.needs,
        taxonomy=book.taxonomy,
        reasons=book.complaint_reasons,
    )
    names = Names(book, {sop.id: sop for sop in sops})
    return voc_document(voice, names, sales_record(contacts, outcomes, zone))


def sales_record(contacts: Iterable[SaleContact], outcomes: KnownOutcomes, zone: tzinfo) -> SalesRecord:
    """What came of the sales behind these contacts."""
    insight = load_insight()
    until = end_of(outcomes.as_of, zone) if outcomes.as_of else None
    windows = SaleBounds(insight.windows_days["refunded"], insight.windows_days["complained"], until)
    bounds = insight.voice
    return record_of(
        sales_of(contacts, events_by_customer(outcomes.events), windows),
        changes=bounds.changes,
        clustered_from=bounds.clustered_from,
        keep=bounds.kept_ids,
    )


def _noting(
    judged: Iterable[JudgedConversation], contacts: list[SaleContact], days: Period, zone: tzinfo
) -> Iterator[JudgedConversation]:
    """Hand conversations on, and note each of these days as a contact."""
    for pair in judged:
        contact = contact_of(pair, zone)
        if contact is not None and days.holds(local_day(contact.at, zone)):
            contacts.append(contact)
        yield pair


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
