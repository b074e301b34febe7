from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from qa_service.domain.period import Period
from qa_service.errors import NotFound
from qa_service.report import render_html
from qa_service.workflows.write_coaching import coach_agent, write_coaching
from tests.golden import assert_golden
from tests.judged_cases import SOP, Case, judged
from tests.report.weeks import MONDAY, conversations

FIVE_WEEKS = Period(date(2026, 8, 24), date(2026, 9, 27))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return coach_agent(conversations(), "A1", period=FIVE_WEEKS, sops=[SOP])


def test_the_sheet_reads_as_the_golden_file(document: Mapping[str, Any]) -> None:
    assert_golden("coaching.json", document)


def test_the_step_that_costs_most_points_comes_first(document: Mapping[str, Any]) -> None:
    assert [point["id"] for point in document["priorities"]] == ["needs", "pitch"]
    first = document["priorities"][0]
    assert first["change"]["ci_high"] < 0 and first["points_lost"] > 15
    assert "最值得改进：「问出诉求」" in document["headlines"][0]["text"]["zh"]


def test_a_priority_shows_own_misses_and_a_colleague_who_does_it(document: Mapping[str, Any]) -> None:
    cases = document["priorities"][0]["cases"]
    assert {case["kind"] for case in cases} == {"good", "missed", "colleague"}
    colleague = next(case for case in cases if case["kind"] == "colleague")
    assert colleague["agent"] != "A1" and colleague["quote"] == "您最想解决什么"


def test_where_nothing_differs_nothing_is_ranked() -> None:
    alike = [
        judged(
            Case(id=f"c{n:03d}", day=MONDAY, agent=f"A{n % 4}", done=["greeting", "book"] if n % 3 else ["greeting"])
        )
        for n in range(400)
    ]
    document = coach_agent(alike, "A1", sops=[SOP])
    assert document["priorities"] == document["strengths"] == []
    assert document["headlines"][0]["direction"] == "no_clear_change"


def test_three_conversations_are_not_enough_to_judge_anybody() -> None:
    few = [judged(Case(id=f"c{n}", day=MONDAY, agent="A1" if n < 3 else "A2", done=["greeting"])) for n in range(60)]
    document = coach_agent(few, "A1", sops=[SOP])
    assert document["headlines"][0]["direction"] == "not_enough_data"
    assert {point["change"]["direction"] for point in document["points"]} == {"not_enough_data"}


def test_only_settled_scores_are_compared_and_others_show_their_range(document: Mapping[str, Any]) -> None:
    scores = document["scores"]
    settled = sum(1 for pair in conversations() if pair.agent_id == "A1" and pair.analysis.score.state == "settled")
    assert scores["own"]["n"] == settled
    assert scores["provisional"]["n"] == document["n_conversations"] - settled


def test_complaints_of_own_customers_stand_with_the_promises_made() -> None:
    case = Case(
        id="c1", day=MONDAY, refund=["poor_result"], complaint=["misleading_promise"], promises=[("effect", "一定见效")]
    )
    document = coach_agent([judged(case)], "A1", sops=[SOP])
    assert [one["kind"] for one in document["grievances"]] == ["complaint", "refund"]
    assert document["grievances"][1]["promises"][0]["quote"] == "一定见效"


def test_an_agent_without_conversations_is_not_found() -> None:
    with pytest.raises(NotFound, match="A9"):
        coach_agent(conversations(), "A9", sops=[SOP])


def test_the_team_is_the_comparison_where_it_is_large_enough(document: Mapping[str, Any]) -> None:
    assert document["compared_with"] == {"group": "team", "n_agents": 1, "n_conversations": 40}


def test_the_page_shows_the_steps_in_the_order_of_the_sop(document: Mapping[str, Any], tmp_path: Any) -> None:
    assert [point["id"] for point in document["points"]] == ["greeting", "needs", "pitch", "book", "price"]
    page = render_html(document)
    assert page.index("最值得改进") < page.index("每一步：本人与同事")
    names = [path.name for path in write_coaching(document, tmp_path)]
    assert names == [f"coach-A1-2026-08-24-2026-09-27{suffix}" for suffix in (".json", ".html", ".xlsx", ".pdf")]
