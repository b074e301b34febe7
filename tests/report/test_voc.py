import json
from collections.abc import Mapping
from typing import Any

import pytest

from qa_service.report import render_html
from qa_service.rulebook import codebook
from qa_service.workflows.write_voice_of_customer import prepare_voice_of_customer, write_voice_of_customer
from tests.golden import assert_golden
from tests.judged_cases import SOP, Case, judged
from tests.report.weeks import MONDAY, WEEK, conversations


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return prepare_voice_of_customer(conversations(), WEEK, sops=[SOP])


def test_the_week_reads_as_the_golden_file(document: Mapping[str, Any]) -> None:
    assert_golden("voc.json", document)


def test_a_rise_that_is_no_chance_heads_the_page_and_names_the_department(document: Mapping[str, Any]) -> None:
    first = document["headlines"][0]
    assert (first["about"], first["direction"]) == ("complaint", "higher")
    assert "投诉升高" in first["text"]["zh"]
    assert "教务" in document["todo"][0]["zh"] and "排课/换老师/停课" in document["todo"][0]["zh"]


def test_every_number_has_its_n_and_its_interval_and_its_conversations(document: Mapping[str, Any]) -> None:
    for figure in document["figures"] + document["complaints"]["reasons"] + document["red_lines"] + document["needs"]:
        assert figure["n"] > 0
        assert figure["ci_low"] <= figure["rate"] <= figure["ci_high"]
        assert len(figure["conversations"]) == figure["k"]


def test_the_order_of_the_input_changes_nothing(document: Mapping[str, Any]) -> None:
    again = prepare_voice_of_customer(reversed(conversations()), WEEK, sops=[SOP])
    assert json.dumps(again, ensure_ascii=False) == json.dumps(document, ensure_ascii=False)


def test_few_conversations_are_said_to_be_few() -> None:
    few = [judged(Case(id=f"c{n}", day=MONDAY, complaint=["privacy"] if n == 0 else [])) for n in range(4)]
    document = prepare_voice_of_customer(few, WEEK)
    assert [line["direction"] for line in document["headlines"]] == ["not_enough_data"]
    assert all(figure["change"]["direction"] == "not_enough_data" for figure in document["figures"])


def test_a_week_without_emerging_needs_says_what_it_would_take(document: Mapping[str, Any]) -> None:
    assert not document["emerging"]
    page = render_html(document)
    assert "新出现的诉求" in page and "没有哪项诉求突然增多" in page


def test_a_week_without_conversations_gives_a_page_without_numbers() -> None:
    document = prepare_voice_of_customer([], WEEK)
    assert document["n_conversations"] == 0
    assert document["figures"][0]["rate"] is None
    assert "本周没有会话" in document["todo"][0]["zh"]
    assert "数据不足" in render_html(document)


def test_the_page_stands_alone_and_holds_both_languages(document: Mapping[str, Any]) -> None:
    page = render_html(document)
    for loaded in ("<script", "src=", '<link rel="stylesheet"', "@import", "url(http"):
        assert loaded not in page
    assert "客户最关心什么" in page and "What customers need most" in page
    assert page.count("<svg") >= 7
    assert 'id="show-zh" checked' in page
    assert 'id="show-en" checked' in render_html(document, language="en")


def test_conversations_are_links_only_where_a_service_is_named(document: Mapping[str, Any]) -> None:
    assert "/conversations/w0-00" not in render_html(document)
    assert 'href="https://qa.example/conversations/w0-00' in render_html(document, base_url="https://qa.example/")


def test_words_of_people_are_never_markup() -> None:
    nasty = "<img src=x onerror=alert(1)>多少钱"
    pairs = [judged(Case(id=f"<b>{n}", day=MONDAY, team="<i>组", needs=[(nasty, "question", None)])) for n in range(3)]
    page = render_html(prepare_voice_of_customer(pairs, WEEK), base_url="https://qa.example")
    assert "<img" not in page and "<b>0" not in page and "<i>组" not in page
    assert "&lt;img" in page


def test_ids_of_drawings_are_not_repeated_in_a_page(document: Mapping[str, Any]) -> None:
    page = render_html(document)
    ids = [part.split('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_reports_are_written_whole_beside_each_other(document: Mapping[str, Any], tmp_path: Any) -> None:
    files = write_voice_of_customer(document, tmp_path / "out")
    names = [f"voc-2026-W39{suffix}" for suffix in (".html", ".json", ".pdf", ".xlsx")]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    assert json.loads(files[0].read_text("utf-8")) == json.loads(json.dumps(document))


def test_every_reason_has_its_chinese_name(document: Mapping[str, Any]) -> None:
    names = {reason["id"].split("/")[1]: reason["name"]["zh"] for reason in document["complaints"]["reasons"]}
    assert names == {name: codebook().complaint_reasons[name].title for name in names}
