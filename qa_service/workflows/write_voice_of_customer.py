"""The weekly voice-of-customer report, from files or from the store."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path
from typing import Any

from qa_service.aggregate.grievances import record_of
from qa_service.aggregate.sales import SaleBounds, contact_of, events_by_customer, sales_of
from qa_service.aggregate.voice import hear_week, judge_week, weeks_shown
from qa_service.domain.conversation_json import CHINA
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.outcome_event import OutcomeEvent
from qa_service.domain.period import Period, end_of, local_day, week_period, weeks_before
from qa_service.domain.sale import SaleContact, SalesRecord
from qa_service.domain.sop import Sop
from qa_service.report import Names, render_html, render_pdf, render_xlsx, voc_document, with_tickets
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.count_stored import count_marked, week_counts, with_words
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.manage_tickets import tickets_told
from qa_service.workflows.whole_file import write_bytes


@dataclass(frozen=True, slots=True)
class KnownOutcomes:
    """Outcome events, and the day up to which they are known (None: the last of the week reported on)."""

    events: Iterable[OutcomeEvent] = ()
    as_of: date | None = None


NO_EVENTS = KnownOutcomes()


def weeks_read(week: str) -> Period:
    """The days that the report of a week looks at: read only these. Raises InvalidInput for no ISO week."""
    first = week_period(sales_weeks(week)[0]).first
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
    return voc_document(voice, names, sales_record(contacts, outcomes, week, zone))


def prepare_stored_voice(
    store: Store, wanted: ConversationFilter, week: str, *, sops: Sequence[Sop] = (), as_of: date | None = None
) -> dict[str, Any]:
    """The same from what the store has counted, as far as the filter goes; no analysis is read but for its words."""
    insight, book = load_insight(), load_codebook()
    count_marked(store, sales_weeks(week))
    with store.reading() as work:
        counts = week_counts(work, weeks_shown(week, insight.voice), wanted, insight.voice)
        record = _sales_of(work, wanted, week, as_of)
        tickets = tickets_told(work, wanted.scope)
    voice = judge_week(counts, bounds=insight.voice, needs=insight.needs, taxonomy=book.taxonomy)
    document = voc_document(voice, Names(book, {sop.id: sop for sop in sops}), record)
    return with_tickets(document, tickets)


def stored_sales(store: Store, wanted: ConversationFilter, week: str) -> SalesRecord:
    """What came of the sales up to a week."""
    count_marked(store, sales_weeks(week))
    with store.reading() as work:
        return _sales_of(work, wanted, week, None)


def _sales_of(work: UnitOfWork, wanted: ConversationFilter, week: str, as_of: date | None) -> SalesRecord:
    contacts = work.counts.sale_contacts(sales_weeks(week), wanted)
    known = KnownOutcomes(work.outcomes.stream(), as_of)
    return with_words(work, sales_record(contacts, known, week, work.counts.zone))


def sales_weeks(week: str) -> tuple[str, ...]:
    """The weeks whose sales the report of a week follows up, oldest first."""
    bounds = load_insight().voice
    return (*weeks_before(week, max(bounds.weeks_shown - 1, bounds.sales_weeks)), week)


def sales_record(contacts: Iterable[SaleContact], outcomes: KnownOutcomes, week: str, zone: tzinfo) -> SalesRecord:
    """What came of the sales behind these contacts, as known at the end of a week unless another day is given."""
    insight = load_insight()
    until = end_of(outcomes.as_of or week_period(week).last or date.max, zone)
    window = SaleBounds(insight.windows_days["refunded"], until)
    bounds = insight.voice
    return record_of(
        sales_of(contacts, events_by_customer(outcomes.events), window),
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
    """Write a report as JSON, HTML, XLSX and PDF into a folder; returns the files."""
    return write_report(document, folder / f"voc-{document['week']}", base_url=base_url)


def write_report(document: Mapping[str, Any], stem: Path, *, base_url: str | None = None) -> list[Path]:
    """Write any report document as `.json`, `.html`, `.xlsx` and `.pdf`, beside each other; returns the files."""
    contents = {
        ".json": (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode(),
        ".html": (render_html(document, base_url=base_url) + "\n").encode(),
        ".xlsx": render_xlsx(document, base_url=base_url),
        ".pdf": render_pdf(document, base_url=base_url),
    }
    files = []
    for suffix, content in contents.items():
        path = stem.with_name(stem.name + suffix)
        write_bytes(path, content)
        files.append(path)
    return files
