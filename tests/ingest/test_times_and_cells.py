"""Moments, offsets and cells as people and programs write them."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from qa_service.domain.conversation_json import CHINA
from qa_service.errors import InvalidInput
from qa_service.ingest.cells import DigitsLost, milliseconds, number, plain, text, truth
from qa_service.ingest.times import clock_ms, epoch_moment, moment

MOMENTS = {
    "2026-03-01T10:00:00": "2026-03-01T10:00:00+08:00",
    "2026-03-01T10:00:00Z": "2026-03-01T10:00:00+00:00",
    "2026-03-01T10:00:00-05:00": "2026-03-01T10:00:00-05:00",
    "2026-03-01 10:00": "2026-03-01T10:00:00+08:00",
    "2026/3/1 9:05:07": "2026-03-01T09:05:07+08:00",
    "2026.03.01": "2026-03-01T00:00:00+08:00",
    "2026年3月1日 下午2:05": "2026-03-01T14:05:00+08:00",
    "2026年3月1日 10时05分": "2026-03-01T10:05:00+08:00",
    "2026/3/1 12:05 AM": "2026-03-01T00:05:00+08:00",
    "２０２６－０３－０１　１０：００": "2026-03-01T10:00:00+08:00",
    "2026-03-01 10:00:00.25": "2026-03-01T10:00:00.250000+08:00",
    "20260301": "2026-03-01T00:00:00+08:00",
    "20260301100500": "2026-03-01T10:05:00+08:00",
    "46082.5": "2026-03-01T12:00:00+08:00",
    "1772330400": "2026-03-01T10:00:00+08:00",
    "1772330400123": "2026-03-01T10:00:00.123000+08:00",
}


@pytest.mark.parametrize(("written", "expected"), MOMENTS.items(), ids=lambda value: value if value.isascii() else "-")
def test_a_written_moment_is_understood(written: str, expected: str) -> None:
    assert moment(written, CHINA).isoformat() == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (46082, "2026-03-01T00:00:00+08:00"),
        (46082.999988425925, "2026-03-01T23:59:59+08:00"),
        (20260301, "2026-03-01T00:00:00+08:00"),
        (1772330400000.0, "2026-03-01T10:00:00+08:00"),
        (datetime(2026, 3, 1, 10), "2026-03-01T10:00:00+08:00"),
        (datetime(2026, 3, 1, 10, tzinfo=UTC), "2026-03-01T10:00:00+00:00"),
        (date(2026, 3, 1), "2026-03-01T00:00:00+08:00"),
    ],
    ids=str,
)
def test_a_cell_with_a_moment_is_understood(cell: object, expected: str) -> None:
    assert moment(cell, CHINA).isoformat() == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "昨天",
        "2026-02-30",
        "2026-03-01 25:00",
        "03/04/2026",
        "12",
        7,
        -1,
        True,
        None,
        [],
        1e999,
        float("nan"),
        10**400,
        "9" * 400,
        "0001-01-01",
        "9999-12-31",
        time(1, 2),
    ],
    ids=lambda value: repr(value)[:16] if not isinstance(value, str) or value.isascii() else "-",
)
def test_what_is_no_moment_is_refused(written: object) -> None:
    with pytest.raises(InvalidInput):
        moment(written, CHINA)


@pytest.mark.parametrize(
    "value", [None, "x", "", True, 0, 5, -1772330400, 1e999, 10**400, "1e9", [], {}], ids=lambda v: repr(v)[:12]
)
def test_what_counts_no_seconds_since_1970_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        epoch_moment(value, CHINA)


def test_seconds_and_milliseconds_are_told_apart_by_magnitude() -> None:
    zone = timezone(timedelta(hours=8))
    assert epoch_moment(1772330400, zone) == epoch_moment(1772330400000, zone) == epoch_moment("1772330400000", zone)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("00:01.5", 1_500), ("1:02:03", 3_723_000), ("01:02:03,045", 3_723_045), ("12", None), ("a:b", None), ("", None)],
    ids=str,
)
def test_clock_times_are_milliseconds(written: str, expected: int | None) -> None:
    assert clock_ms(written) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("312", 312_000),
        (312, 312_000),
        ("312秒", 312_000),
        ("05:12", 312_000),
        (time(0, 5, 12), 312_000),
        (timedelta(minutes=5, seconds=12), 312_000),
        ("", None),
    ],
    ids=lambda value: repr(value) if not isinstance(value, str) or value.isascii() else "-",
)
def test_lengths_come_as_numbers_and_clocks(cell: object, expected: int | None) -> None:
    assert milliseconds(cell, unit=1000) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("¥3,980.00", 3980), ("３９８０元", 3980), (3980, 3980), ("-12.5", -12.5), ("—", None), (None, None)],
    ids=str,
)
def test_amounts_are_read_as_people_write_them(cell: object, expected: float | None) -> None:
    assert number(cell) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell", ["很多", "1e999", float("inf"), 10**400, True, date(2026, 3, 1)], ids=lambda v: repr(v)[:12]
)
def test_what_is_no_amount_is_refused(cell: object) -> None:
    with pytest.raises(InvalidInput):
        number(cell)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("是", True), ("No", False), (1, True), ("未知", None), (None, None), (False, False)],
    ids=str,
)
def test_yes_and_no_in_two_languages(cell: object, expected: bool | None) -> None:
    assert truth(cell) is expected  # type: ignore[arg-type]


def test_a_word_that_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(InvalidInput, match="neither yes nor no"):
        truth("也许")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (88.0, "88"),
        (0.5, "0.5"),
        (" a ", "a"),
        ('="0012"', "0012"),
        ("'007", "007"),
        ("", None),
        (True, "TRUE"),
        ("3E25", "3E25"),
    ],
    ids=str,
)
def test_names_and_ids_are_text(cell: object, expected: str | None) -> None:
    assert plain(cell) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", [1.5e17, 10**15, "1.23457E+17", float("inf")], ids=str)
def test_numbers_whose_digits_are_lost_are_no_ids(cell: object) -> None:
    with pytest.raises(DigitsLost, match="format the column as text"):
        plain(cell)  # type: ignore[arg-type]


def test_a_moment_as_text_is_written_out() -> None:
    assert text(datetime(2026, 3, 1, 10)) == "2026-03-01 10:00:00"
