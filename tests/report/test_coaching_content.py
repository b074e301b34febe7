"""What a coaching report tells: what matters most, what moved, which wordings, the table of a team, cases."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.aggregate.found_cases import CaseSearch
from qa_service.domain.coaching import ApprovedWording, Estimate, Helpful
from qa_service.domain.coaching_case import CaseKind, CaseQuery
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import Period
from qa_service.errors import InvalidInput, NotFound
from qa_service.report import render_html
from qa_service.workflows.coaching_cases import found_cases, write_out
from qa_service.workflows.write_coaching import (
    CoachingBackground,
    coach_agent,
    coach_team,
    coached_points,
    read_coached_points,
    write_coaching,
)
from tests.judged_cases import SOP, Case, judged
from tests.report.weeks import MONDAY, conversations


def talks(agent: str, done: Sequence[str], *, n: int = 40, day: date = MONDAY, often: float = 1.0) -> list[Any]:
    dice = random.Random(f"{agent}{day}")
    return [
        judged(
            Case(
                id=f"{agent}-{day}-{number:03d}",
                day=day,
                agent=agent,
                done=[step for step in done if step == "greeting" or dice.random() < often],
            )
        )
        for number in range(n)
    ]


def team() -> list[JudgedConversation]:
    """A1 seldom books and seldom asks; five colleagues do both."""
    others = [one for n in range(2, 7) for one in talks(f"A{n}", ["greeting", "needs", "pitch", "book"], often=0.9)]
    return [*talks("A1", ["greeting", "needs", "pitch", "book"], often=0.5), *others]


def test_what_helps_results_comes_before_what_costs_points() -> None:
    known = {("trial", "step", "book"): Helpful("converted", Estimate(0.06, 0.03, 0.09), 6000, "C")}
    plain = coach_agent(team(), "A1", sops=[SOP])
    assert {point["worth"]["by"] for point in plain["priorities"]} == {"points"}
    document = coach_agent(team(), "A1", sops=[SOP], background=CoachingBackground(known))
    first = document["priorities"][0]
    assert (first["id"], first["worth"]["by"], first["worth"]["effect"]["n"]) == ("book", "effect", 6000)
    assert 0 < first["worth"]["ci_low"] < first["worth"]["value"] < first["worth"]["ci_high"]
    assert (
        "每 100 通约多" in document["headlines"][0]["text"]["zh"]
        and "6,000 位客户" in document["headlines"][0]["text"]["zh"]
    )
    assert "先按「差距 × 与成交的关联」排序" in render_html(document)
    assert "数据还看不出" in render_html(plain)


def test_a_low_share_of_few_occasions_is_not_ranked() -> None:
    few = [*talks("A1", ["greeting"], n=3), *[one for one in team() if one.agent_id != "A1"]]
    assert coach_agent(few, "A1", sops=[SOP])["priorities"] == []


def test_chance_ranks_nobody_low_in_nineteen_teams_of_twenty() -> None:
    ranked = 0
    for number in range(20):
        alike = [
            one
            for agent in range(8)
            for one in talks(f"T{number}-{agent}", ["greeting", "needs", "pitch", "book"], n=25, often=0.7)
        ]
        document = coach_team(alike, "一组", sops=[SOP])
        ranked += any(row["below"] or row["above"] for row in document["agents"])
    assert ranked <= 3


def test_whether_the_point_coached_last_time_moved_is_judged_on_what_came_after(tmp_path: Path) -> None:
    before = team()
    last = coach_agent(before, "A1", sops=[SOP])
    files = write_coaching(last, tmp_path)
    points = read_coached_points(files[0])
    assert {point.id for point in points} == {point["id"] for point in last["priorities"]}
    later = MONDAY + timedelta(days=30)
    after = talks("A1", ["greeting", "needs", "pitch", "book"], day=later, often=0.95, n=60)
    period = Period(MONDAY, later)
    background = CoachingBackground(coached=points)
    document = coach_agent([*before, *after], "A1", period=period, sops=[SOP], background=background)
    moved = {one["id"]: one for one in document["last_time"]}
    assert set(moved) == {point.id for point in points}
    assert all(one["change"]["direction"] == "higher" and one["n"] == 60 for one in moved.values())
    assert "上次辅导的点" in render_html(document) and "明显改善" in render_html(document)


def test_what_was_picked_for_being_low_and_comes_back_by_chance_is_no_progress() -> None:
    improved = 0
    for number in range(20):
        agent = f"R{number}"
        group = [
            one
            for name in (agent, *(f"{agent}-{other}" for other in range(6)))
            for one in talks(name, ["greeting", "needs", "pitch", "book"], n=20, often=0.6)
        ]
        document = coach_agent(group, agent, sops=[SOP])
        lowest = min(document["points"], key=lambda point: point["rate"])
        points = coached_points(document | {"priorities": [lowest]})
        after = talks(agent, ["greeting", "needs", "pitch", "book"], day=MONDAY + timedelta(days=9), n=40, often=0.6)
        background = CoachingBackground(coached=points)
        again = coach_agent([*group, *after], agent, sops=[SOP], background=background)
        improved += again["last_time"][0]["change"]["direction"] == "higher"
    assert improved <= 2


def test_a_file_that_is_no_report_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for content in ("{}", "[]", "no"):
        path.write_text(content)
        with pytest.raises(InvalidInput):
            read_coached_points(path)


def test_an_approved_wording_stands_beside_the_question_it_is_for() -> None:
    shelf = [
        ApprovedWording("w1", "学费多少钱", "二十四节一千九百八"),
        ApprovedWording("w2", "学费多少钱", "只给别的产品", "篮球"),
        ApprovedWording("w3", "能不能开发票", "可以"),
    ]
    document = coach_agent(conversations(), "A1", sops=[SOP], background=CoachingBackground(approved=shelf))
    approved = {need["label"]: [one["id"] for one in need["approved"]] for need in document["needs"]}
    assert ["w1"] in approved.values() and all(ids in ([], ["w1"]) for ids in approved.values())
    assert "二十四节一千九百八" in render_html(document)


def test_the_table_of_a_team_names_who_lacks_what_and_ranks_nobody() -> None:
    document = coach_team(team(), "一组", sops=[SOP])
    assert [row["agent"]["id"] for row in document["agents"]] == [f"A{n}" for n in range(1, 7)]
    below = {row["agent"]["id"]: [name["zh"] for name in row["below"]] for row in document["agents"]}
    assert below.pop("A1") == ["问出诉求", "对着诉求讲课", "定下时间"]
    assert set(map(tuple, below.values())) == {()}
    assert "坐席A1" in document["headlines"][0]["text"]["zh"]
    assert "坐席A1" in document["todo"][0]["zh"], "the first screen says with whom to sit down"
    with pytest.raises(NotFound):
        coach_team(team(), "二组", sops=[SOP])


def cases(query: CaseQuery, **options: Any) -> list[Any]:
    pairs = conversations()
    return found_cases(lambda: pairs, CaseSearch(query, **options))


def test_cases_of_every_kind_are_found_with_the_turns_around_them() -> None:
    found = cases(CaseQuery())
    assert {case.kind for case in found} >= {CaseKind.GOOD, CaseKind.ANSWER, CaseKind.UNANSWERED, CaseKind.RED_LINE}
    answer = next(case for case in found if case.kind is CaseKind.ANSWER and not case.step)
    assert answer.objection and answer.moment.context[-1].turn > answer.moment.turn > answer.moment.context[0].turn


def test_cases_are_found_by_words_and_by_what_they_are_about() -> None:
    assert {case.step for case in cases(CaseQuery(step="needs"))} == {"needs"}
    assert cases(CaseQuery(text="近视"))
    assert all("近视" in case.words for case in cases(CaseQuery(text="近视")))
    assert cases(CaseQuery(text="没人说过")) == []


def test_the_order_of_the_input_changes_no_case() -> None:
    pairs = conversations()
    assert found_cases(lambda: pairs[::-1], CaseSearch()) == found_cases(lambda: pairs, CaseSearch())


def test_a_handout_hides_customers_and_if_wished_agents() -> None:
    words = "我电话是13812345678，坐席A1你记一下，有优惠吗"
    pair = judged(Case(id="c1", day=MONDAY, needs=[(words, "question", "answered")]))
    found = found_cases(lambda: [pair], CaseSearch(CaseQuery(kind=CaseKind.ANSWER)))
    page = render_html(write_out(found, [SOP], mask_agents=True))
    assert "13812345678" not in page and "坐席A1" not in page and "有优惠吗" in page
