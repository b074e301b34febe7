"""Weeks counted under different taxonomies: what was renamed goes on, what was split says so."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from qa_service.domain.judged import JudgedConversation
from qa_service.report import render_html
from qa_service.workflows.count_quality import count_grievances
from qa_service.workflows.write_voice_of_customer import prepare_voice_of_customer
from tests.judged_cases import Case, judged
from tests.report.weeks import MONDAY, WEEK

TAXONOMY = """
taxonomy: lark
version: 2
complaint:
  - {id: lodging, title: 食宿, retired: true}
  - {id: dorm, title: 宿舍, examples: [宿舍里有蟑螂]}
  - {id: canteen, title: 食堂, examples: [饭里有头发]}
changes:
  - {date: 2026-09-21, kind: complaint, split: lodging, into: [dorm, canteen]}
  - {date: 2026-09-21, kind: complaint, renamed: bus, to: delivery}
  - {date: 2026-09-21, kind: complaint, merged: [platform_fault, slow_response], into: slow_response}
"""


@pytest.fixture(autouse=True)
def _own_taxonomy(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(TAXONOMY, "utf-8")
    monkeypatch.setenv("QA_TAXONOMY", str(path))


def week(back: int, complaints: Sequence[str]) -> list[JudgedConversation]:
    day = MONDAY - timedelta(weeks=back)
    named = [*complaints, *[""] * (30 - len(complaints))]
    return [
        judged(Case(id=f"w{back}-{number:02d}", day=day, complaint=[reason] if reason else []))
        for number, reason in enumerate(named)
    ]


def reasons(conversations: Sequence[JudgedConversation]) -> dict[str, dict[str, Any]]:
    document = prepare_voice_of_customer(conversations, WEEK)
    return {one["id"].partition("/")[2]: one for one in document["complaints"]["reasons"]}


def before(*complaints: str) -> list[JudgedConversation]:
    return [one for back in range(1, 5) for one in week(back, complaints)]


def test_a_renamed_reason_goes_on_under_its_new_name() -> None:
    found = reasons([*before("bus"), *week(0, ["delivery"] * 12)])
    assert "bus" not in found
    assert found["delivery"]["change"]["before"]["k"] == 4
    assert found["delivery"]["change"]["direction"] == "higher"


def test_merged_reasons_are_counted_once_a_conversation() -> None:
    both = judged(Case(id="both", day=MONDAY, complaint=["platform_fault", "slow_response"]))
    found = reasons([*before("platform_fault"), both])
    assert found["slow_response"]["k"] == 1


def test_the_whole_of_a_split_stays_comparable_and_its_parts_say_since_when() -> None:
    found = reasons([*before("lodging", "lodging"), *week(0, ["dorm", "canteen"])])
    assert (found["lodging"]["k"], found["lodging"]["change"]["before"]["k"]) == (2, 8)
    assert found["lodging"]["change"]["direction"] in ("no_clear_change", "not_enough_data")
    assert found["dorm"]["change"]["direction"] == "not_comparable"
    assert found["dorm"]["comparable_from"] == "2026-09-21"
    assert [one["rate"] for one in found["dorm"]["series"][:-1]] == [None] * (len(found["dorm"]["series"]) - 1)
    assert found["lodging"]["name"]["zh"] == "食宿"
    page = render_html(prepare_voice_of_customer([*before("lodging"), *week(0, ["dorm"])], WEEK))
    assert "口径已变，不可比" in page and "自 2026-09-21 起单列" in page


def test_tables_count_under_the_names_of_today() -> None:
    rows = count_grievances([*week(1, ["lodging", "bus"]), *week(0, ["dorm"])])
    found = {row["reason"]: row for row in rows if row["kind"] == "complaint" and not row["dimension"]}
    assert (found["lodging"]["k"], found["dorm"]["k"], found["delivery"]["k"]) == (2, 1, 1)
    assert found["dorm"]["comparable_from"] == "2026-09-21"
    assert "comparable_from" not in found["lodging"]
