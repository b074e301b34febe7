"""Where a transcript is doubtful, nothing counts against anyone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from qa_service.aggregate.groups import count_adherence, count_reasons
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import Period
from qa_service.domain.topic import statements_of
from qa_service.report import render_html
from qa_service.workflows.write_coaching import coach_agent
from qa_service.workflows.write_voice_of_customer import prepare_voice_of_customer
from tests.judged_cases import CHINA, SOP, Case, judged
from tests.report.weeks import MONDAY, WEEK

DAY = date(2026, 9, 21)


def pair(name: str, *doubts: str, agent: str = "A1") -> JudgedConversation:
    case = Case(
        id=name,
        day=MONDAY,
        agent=agent,
        done=["greeting"],
        complaint=["privacy"],
        red_lines=[("guarantee_outcome", "保过的")],
        needs=[("试听怎么约", "question", "answered")],
        settled=not doubts,
    )
    found = judged(case)
    return replace(found, analysis=replace(found.analysis, doubts=doubts))


def whole(rows: Sequence[object]) -> dict[tuple[str, ...], tuple[float, int]]:
    return {row.what: (row.counted.rate.k, row.counted.rate.n) for row in rows if not row.dimension}  # type: ignore[attr-defined]


def test_steps_of_a_doubtful_conversation_count_for_nothing() -> None:
    clear, doubtful = pair("a"), pair("b", "stage_contradicts_sop")
    assert whole(count_adherence([clear, doubtful], CHINA)) == whole(count_adherence([clear], CHINA))


def test_a_complaint_counts_unless_it_is_doubtful_who_spoke() -> None:
    assert whole(count_reasons([pair("a"), pair("b", "very_short")], CHINA))["complaint", ""] == (2, 2)
    assert whole(count_reasons([pair("a"), pair("b", "swapped_roles")], CHINA))["complaint", ""] == (1, 1)
    assert list(statements_of(pair("b", "swapped_roles"))) == []


def test_the_weekly_report_says_how_many_it_left_out() -> None:
    clear = [pair(f"c{n}") for n in range(3)]
    document = prepare_voice_of_customer([*clear, pair("b", "low_recognition"), pair("d", "very_short")], WEEK)
    assert (document["n_conversations"], document["n_misheard"]) == (4, 1)
    assert "另有 1 通分不清谁说了什么" in render_html(document)
    assert [one["k"] for one in document["red_lines"]] == [3], "no red line of a doubtful conversation"
    assert "n_misheard" not in prepare_voice_of_customer(clear, WEEK)


def test_coaching_names_no_step_red_line_or_complaint_of_a_doubtful_conversation() -> None:
    pairs = [*(pair(f"a{n}") for n in range(3)), pair("b", "swapped_roles"), pair("x", agent="A2")]
    document = coach_agent(pairs, "A1", period=Period(), sops=[SOP], zone=CHINA)
    assert document["n_conversations"] == 4
    assert document["scores"]["provisional"]["n"] == 1
    told = str({key: value for key, value in document.items() if key != "conversations"})
    assert "'b'" not in told
