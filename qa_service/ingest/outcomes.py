"""Outcome events from the deployment's own systems: JSONL, CSV or Excel, one event a line."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from qa_service.domain.conversation_json import CHINA, MAX_FIELD_CHARACTERS, MAX_FREE_TEXT
from qa_service.domain.json_values import refuse_control
from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.errors import InvalidInput, TooLarge
from qa_service.ingest.cells import Cell, TableRow, is_empty, number, plain
from qa_service.ingest.csv_rows import csv_rows
from qa_service.ingest.headers import OUTCOME_HEADERS, match_headers
from qa_service.ingest.json_documents import json_lines
from qa_service.ingest.lines import head_of
from qa_service.ingest.opening import unpacked
from qa_service.ingest.reader import Defect, DefectCode, defect_of
from qa_service.ingest.table import SHOWN_HEADERS, header_names, misfit
from qa_service.ingest.times import moment
from qa_service.ingest.xlsx_rows import xlsx_sheets

EventReading: TypeAlias = OutcomeEvent | Defect

_WORDS = {
    OutcomeKind.PAID: "paid pay payment enrol enroll enrolled purchase purchased 付费 付款 支付 成交 报名 购买 缴费",
    OutcomeKind.ATTENDED: "attended attend trial_attended 到课 出席 试听 上课",
    OutcomeKind.REFUNDED: "refunded refund refund_done 退费 退款 已退费 已退款",
    OutcomeKind.COMPLAINED: "complained complaint complain 投诉",
    OutcomeKind.OPTED_OUT: "opted_out opt_out optout do_not_call 拒绝来电 拒绝联系 免打扰 勿扰",
}
EVENTS: Mapping[str, OutcomeKind] = {word: kind for kind, words in _WORDS.items() for word in words.split()}
"""A request for a refund is not among them: it is no refund yet."""

_ZIP = b"PK\x03\x04"
_NEEDED = ("customer_id", "event", "at")
_SPACE = b"\xef\xbb\xbf \t\r\n"


def read_outcomes(
    given: Path | BinaryIO, *, file_name: str | None = None, zone: tzinfo = CHINA
) -> Iterator[EventReading]:
    """Events and defects of a file or an open stream; an event that stands twice is given once."""
    name = file_name or (given.name if isinstance(given, Path) else "outcomes")
    seen = set()
    try:
        with ExitStack() as stack:
            opened = stack.enter_context(given.open("rb")) if isinstance(given, Path) else given
            for reading in _readings(stack.enter_context(unpacked(opened)), name, zone):
                if isinstance(reading, Defect):
                    yield reading
                elif reading.key not in seen:
                    seen.add(reading.key)
                    yield reading
    except InvalidInput as error:
        yield defect_of(error, name, None)
    except (EOFError, zlib.error, OSError) as error:
        reason = f"cannot be read to its end ({error}); what stands before was read"
        yield Defect(name, None, reason, DefectCode.DAMAGED_FILE.value)


def _readings(stream: BinaryIO, name: str, zone: tzinfo) -> Iterator[EventReading]:
    head = head_of(stream)
    if head.startswith(_ZIP):
        for sheet, rows in xlsx_sheets(stream):
            place = f"{name}#{sheet}" if sheet else name
            yield from [defect_of(rows, place, None)] if isinstance(rows, InvalidInput) else _table(rows, place, zone)
    elif head.lstrip(_SPACE).startswith(b"{"):
        for row, body in json_lines(stream, name):
            yield body if isinstance(body, Defect) else _reading(body, name, row, zone)
    else:
        yield from _table(csv_rows(stream, name), name, zone)


def _table(rows: Iterable[TableRow | Defect], name: str, zone: tzinfo) -> Iterator[EventReading]:
    places: dict[str, int] | None = None
    width = 0
    for row in rows:
        if isinstance(row, Defect):
            yield row
        elif places is None:
            headers = header_names(row)
            places = {field: headers.index(header) for field, header in match_headers(headers, OUTCOME_HEADERS).items()}
            width = len(headers)
            if missing := [field for field in _NEEDED if field not in places]:
                seen = ", ".join(header[:20] for header in headers[:SHOWN_HEADERS])
                reason = f"no column for {', '.join(missing)}; headers seen: {seen}"
                yield Defect(name, row.number, reason, DefectCode.UNKNOWN_COLUMNS.value)
                return
        elif problem := misfit(row, width, [places[field] for field in _NEEDED]):
            yield Defect(name, row.number, problem)
        elif not all(is_empty(cell) for cell in row.cells):
            cells = {field: row.cells[place] for field, place in places.items() if place < len(row.cells)}
            yield _reading(cells, name, row.number, zone)


def _reading(body: Any, name: str, row: int, zone: tzinfo) -> EventReading:
    try:
        if not isinstance(body, Mapping):
            raise InvalidInput("an event must be a JSON object")
        return _event(body, zone)
    except InvalidInput as error:
        return defect_of(error, name, row)


def _event(values: Mapping[str, Any], zone: tzinfo) -> OutcomeEvent:
    word = (_name(values, "event", needed=True) or "").lower()
    if word not in EVENTS:
        raise InvalidInput(f"event: {word!r:.40} is none of {', '.join(OutcomeKind)}")
    return OutcomeEvent(
        customer_id=_name(values, "customer_id", needed=True) or "",
        event=EVENTS[word],
        at=_at(values, zone),
        product=_name(values, "product"),
        amount=number(_cell(values, "amount")),
        order_id=_name(values, "order_id"),
        reason_text=_name(values, "reason_text", at_most=MAX_FREE_TEXT),
    )


def _at(values: Mapping[str, Any], zone: tzinfo) -> datetime:
    cell = _cell(values, "at")
    if is_empty(cell):
        raise InvalidInput("at is missing: an event needs its time")
    return moment(cell, zone)


def _name(
    values: Mapping[str, Any], key: str, *, needed: bool = False, at_most: int = MAX_FIELD_CHARACTERS
) -> str | None:
    cell = _cell(values, key)
    # whole numbers of JSON kept all their digits; those of a spreadsheet come as floats
    name = str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else plain(cell)
    if name is None and needed:
        raise InvalidInput(f"{key} is missing")
    if name is not None:
        if len(name) > at_most:
            raise TooLarge(f"{key} has {len(name)} characters; at most {at_most} are taken")
        refuse_control(name, key)
    return name


def _cell(values: Mapping[str, Any], key: str) -> Cell:
    cell = values.get(key)
    if isinstance(cell, list | dict):
        raise InvalidInput(f"{key} must be one value")
    return cell
