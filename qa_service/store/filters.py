"""Which conversations are meant: one filter for lists, reports and exports, and its SQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, exists, false

from qa_service.domain.role import EVERYTHING, Scope
from qa_service.store.rows import AnalysisRedLineRow, AnalysisRow, ConversationRow, TopicPlacedRow

# Sorts after every text that can follow a prefix.
LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Conditions on conversations and their current analyses, all of which must hold; None asks for nothing.

    `unplaced` means those whose present statements are placed in no topic yet.

    Days (both included) and weeks (`2026-W40`) are those of the deployment's zone. `within` is a node of the
    organisation path, `scope` what the caller may see at all.
    """

    scope: Scope = EVERYTHING
    within: tuple[str, ...] = ()
    agent: str | None = None
    team: str | None = None
    customer: str | None = None
    product: str | None = None
    channel: str | None = None
    stage: str | None = None
    sop: str | None = None
    sop_version: int | None = None
    week: str | None = None
    day_from: date | None = None
    day_to: date | None = None
    passed: bool | None = None
    score_min: float | None = None
    score_max: float | None = None
    score_state: str | None = None
    unsure: bool | None = None
    complaint: bool | None = None
    refund: bool | None = None
    red_line: str | None = None
    unplaced: bool = False


def org_text(path: tuple[str, ...]) -> str:
    """An organisation path as one text in which each node ends with a slash, so that a prefix is a branch."""
    return "".join(node.replace("/", "／") + "/" for node in path)


def org_path(text: str) -> tuple[str, ...]:
    """The organisation path that stands as one text."""
    return tuple(text.split("/")[:-1])


def week_text(moment: datetime | None, zone: tzinfo) -> str | None:
    """The ISO week of a moment in the deployment's zone, as `2026-W40`."""
    if moment is None:
        return None
    year, week, _ = moment.astimezone(zone).isocalendar()
    return f"{year}-W{week:02d}"


def conditions(wanted: ConversationFilter, zone: tzinfo) -> list[ColumnElement[bool]]:
    """The filter as SQL over conversations joined with their analyses."""
    return [
        *within(wanted.scope),
        *under(wanted.within),
        *_equal(wanted),
        *_days(wanted, zone),
        *_judged(wanted),
    ]


def within(
    scope: Scope, *, org: Any = ConversationRow.org, agent_id: Any = ConversationRow.agent_id
) -> Iterator[ColumnElement[bool]]:
    """A part of the organisation as SQL over the columns that tell where something belongs: those of conversations."""
    if scope.whole:
        return
    if scope.agent_id is not None:
        yield agent_id == scope.agent_id if scope.agent_id else false()
        return
    if not scope.org:
        yield false()
    yield from under(scope.org, org)


def under(path: tuple[str, ...], org: Any = ConversationRow.org) -> Iterator[ColumnElement[bool]]:
    """A branch of the organisation as SQL."""
    if path:
        prefix = org_text(path)
        yield org >= prefix
        yield org < prefix + LAST


def _equal(wanted: ConversationFilter) -> Iterator[ColumnElement[bool]]:
    pairs: tuple[tuple[Any, Any], ...] = (
        (ConversationRow.agent_id, wanted.agent),
        (ConversationRow.team, wanted.team),
        (ConversationRow.customer_id, wanted.customer),
        (ConversationRow.product, wanted.product),
        (ConversationRow.channel, wanted.channel),
        (ConversationRow.stage, wanted.stage),
        (ConversationRow.week, wanted.week),
        (AnalysisRow.sop, wanted.sop),
        (AnalysisRow.sop_version, wanted.sop_version),
        (AnalysisRow.passed, wanted.passed),
        (AnalysisRow.score_state, wanted.score_state),
        (AnalysisRow.unsure, wanted.unsure),
        (AnalysisRow.complaint, wanted.complaint),
        (AnalysisRow.refund, wanted.refund),
    )
    for column, value in pairs:
        if value is not None:
            yield column == value


def _days(wanted: ConversationFilter, zone: tzinfo) -> Iterator[ColumnElement[bool]]:
    if wanted.day_from is not None:
        yield ConversationRow.started_at >= datetime.combine(wanted.day_from, time(), zone)
    if wanted.day_to is not None:
        yield ConversationRow.started_at < datetime.combine(wanted.day_to + timedelta(days=1), time(), zone)


def _judged(wanted: ConversationFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.score_min is not None:
        yield AnalysisRow.score >= wanted.score_min
    if wanted.score_max is not None:
        yield AnalysisRow.score <= wanted.score_max
    if wanted.unplaced:
        yield ~exists().where(
            TopicPlacedRow.conversation == ConversationRow.number, TopicPlacedRow.analysis == ConversationRow.current
        )
    if wanted.red_line is not None:
        yield exists().where(
            AnalysisRedLineRow.analysis == AnalysisRow.id, AnalysisRedLineRow.red_line == wanted.red_line
        )
