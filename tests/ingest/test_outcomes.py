"""Outcome events from files."""

import io
from pathlib import Path

import pytest

from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.ingest.outcomes import read_outcomes
from tests.ingest.files import SAMPLES, defects, workbook


def outcomes(content: str | bytes, name: str = "o.jsonl") -> list[object]:
    return list(read_outcomes(io.BytesIO(content.encode() if isinstance(content, str) else content), file_name=name))


@pytest.mark.parametrize("file", ["outcomes.jsonl", "outcomes.csv", "outcomes.xlsx"])
def test_the_same_events_are_read_from_every_format(file: str) -> None:
    paid, refunded = read_outcomes(SAMPLES / file)
    assert isinstance(paid, OutcomeEvent)
    assert isinstance(refunded, OutcomeEvent)
    assert (paid.customer_id, paid.event, paid.at.isoformat()) == (
        "u-77",
        OutcomeKind.PAID,
        "2026-03-02T09:30:00+08:00",
    )
    assert (paid.product, paid.amount, paid.order_id) == ("少儿绘画", 3980, "202603020930000001")
    assert (refunded.event, refunded.reason_text, refunded.amount) == (OutcomeKind.REFUNDED, "孩子没时间", None)


def test_events_of_all_formats_have_the_same_keys() -> None:
    keys = [[event.key for event in read_outcomes(SAMPLES / f"outcomes.{kind}")] for kind in ("jsonl", "csv", "xlsx")]
    assert keys[0] == keys[1] == keys[2]


def test_an_event_that_stands_twice_is_given_once() -> None:
    line = '{"customer_id": "u", "event": "paid", "at": "2026-03-01", "order_id": "o"}\n'
    assert len(outcomes(line * 2)) == 1
    assert len(outcomes(line + line.replace("2026-03-01", "2026-03-02"))) == 2


def test_the_key_is_the_same_for_the_same_moment_in_another_offset() -> None:
    here = '{"customer_id": "u", "event": "paid", "at": "2026-03-01T10:00:00+08:00"}\n'
    there = '{"customer_id": "u", "event": "paid", "at": "2026-03-01T02:00:00Z"}\n'
    assert len(outcomes(here + there)) == 1


BAD_EVENTS = {
    "cut": '{"customer_id": "u", "ev',
    "not_an_object": "[]",
    "no_customer": '{"event": "paid", "at": "2026-03-01"}',
    "no_event": '{"customer_id": "u", "at": "2026-03-01"}',
    "unknown_event": '{"customer_id": "u", "event": "born", "at": "2026-03-01"}',
    "only_requested": '{"customer_id": "u", "event": "refund_request", "at": "2026-03-01"}',
    "no_time": '{"customer_id": "u", "event": "paid"}',
    "wrong_time": '{"customer_id": "u", "event": "paid", "at": "soon"}',
    "year_one": '{"customer_id": "u", "event": "paid", "at": "0001-01-01"}',
    "infinite_amount": '{"customer_id": "u", "event": "paid", "at": "2026-03-01", "amount": 1e999}',
    "huge_amount": '{"customer_id": "u", "event": "paid", "at": "2026-03-01", "amount": %s}' % ("9" * 400),
    "amount_in_words": '{"customer_id": "u", "event": "paid", "at": "2026-03-01", "amount": "many"}',
    "customer_is_a_list": '{"customer_id": [], "event": "paid", "at": "2026-03-01"}',
    "customer_is_infinite": '{"customer_id": 1e999, "event": "paid", "at": "2026-03-01"}',
    "nul": '{"customer_id": "\\u0000", "event": "paid", "at": "2026-03-01"}',
    "surrogate": '{"customer_id": "u", "event": "paid", "at": "2026-03-01", "reason_text": "\\ud800"}',
    "huge_id": '{"customer_id": "%s", "event": "paid", "at": "2026-03-01"}' % ("u" * 201),
    "nested": "[" * 100_000,
}


@pytest.mark.parametrize("bad", BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_a_bad_event_costs_only_itself(bad: str) -> None:
    good = '{"customer_id": "%s", "event": "paid", "at": "2026-03-01"}'
    found = outcomes("\n".join([good % "a", bad, good % "b"]))
    assert [one.customer_id for one in found if isinstance(one, OutcomeEvent)] == ["a", "b"]
    assert [one.row for one in defects(found)] == [2]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("u,付费,2026-03-01,多出,", "invalid_input"),
        ("u,付费", "invalid_input"),
        ("1.23457E+17,付费,2026-03-01", "digits_lost"),
    ],
    ids=["extra_column", "cut", "lost_digits"],
)
def test_a_bad_row_costs_only_itself(row: str, code: str) -> None:
    found = outcomes(f"客户ID,事件,时间\na,付费,2026-03-01\n{row}\nb,到课,2026-03-01\n", "o.csv")
    assert [one.customer_id for one in found if isinstance(one, OutcomeEvent)] == ["a", "b"]
    assert [(one.row, one.code) for one in defects(found)] == [(3, code)]


def test_a_table_without_the_needed_columns_names_what_it_has() -> None:
    [defect] = outcomes("客户ID,心情\nu,好\n", "o.csv")
    assert "event, at" in defect.reason
    assert "客户ID, 心情" in defect.reason


def test_an_id_that_excel_kept_as_a_number_is_reported() -> None:
    found = outcomes(workbook(["客户ID", "事件", "时间"], [202611880000012345, "付费", "2026-03-01"]), "o.xlsx")
    assert [one.code for one in found] == ["digits_lost"]


def test_an_id_in_json_may_be_a_whole_number() -> None:
    [event] = outcomes('{"customer_id": 202611880000012345, "event": "paid", "at": "2026-03-01"}')
    assert event.customer_id == "202611880000012345"


@pytest.mark.parametrize("content", [b"", b"\x00" * 99, b"PK\x03\x04broken", b"\x1f\x8bbroken", b"\xff\xfe"], ids=repr)
def test_no_broken_file_raises(content: bytes) -> None:
    assert not [one for one in outcomes(content) if isinstance(one, OutcomeEvent)]


def test_a_file_that_is_not_there_is_a_defect(tmp_path: Path) -> None:
    assert [one.code for one in read_outcomes(tmp_path / "absent.csv")] == ["damaged_file"]
