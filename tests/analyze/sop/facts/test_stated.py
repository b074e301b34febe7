"""What a stated fact becomes in an analysis: evidence, a red line or a failed check, and points."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from qa_service.analyze.analysis import Yardstick, analyze
from qa_service.analyze.needs.competitors import competitor_words
from qa_service.analyze.transcript import transcript
from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json
from qa_service.domain.conversation import Conversation
from qa_service.domain.finding import CheckVerdict, FactVerdict
from qa_service.normalize.text import clean
from qa_service.rulebook import codebook, default_file, parse_sop
from tests.analyze.fixed_judge import JUDGE
from tests.written import marked, written

FACTS = """
facts:
  - price: {24 课时: 2880, 48 课时: 4980}
    days: {退费到账: {value: 15, unit: 工作日, about: [退费, 到账]}}
"""
SOP = f"sop: s\nsteps: [{{id: a, weight: 1, required: false}}]\nred_lines: [contract_mislead]\n{FACTS}"


def analysed(talk: str | Conversation, sop: str = SOP) -> Analysis:
    yardstick = Yardstick(JUDGE, codebook(), competitor_words(default_file("competitors.yaml")))
    conversation = written(talk) if isinstance(talk, str) else talk
    return analyze(transcript(conversation, clean), parse_sop(sop, "s.yaml"), yardstick, versions={})


def checks(analysis: Analysis) -> dict[str, Any]:
    return {check.id.removeprefix("fact_"): check for check in analysis.checks}


def test_a_wrong_term_is_a_red_line_with_its_words_and_its_fact() -> None:
    talk = "A 退费的话【三天】就到账"
    analysis = analysed(talk)
    (line,) = analysis.red_lines
    assert (line.id, line.span, line.quote, line.fact) == ("contract_mislead", marked(talk)[0], "三天", "退费到账")
    assert not line.unsure
    assert checks(analysis)["退费到账"].verdict is CheckVerdict.NOT_APPLICABLE
    assert analysis.score is not None
    assert analysis.score.value == 80


def test_a_wrong_price_fails_its_check_once() -> None:
    analysis = analysed("A 24课时是3280元\nA 对，24课时3280")
    check = checks(analysis)["24课时"]
    assert check.verdict is CheckVerdict.FAILED
    assert [place.quote for place in check.places] == ["3280元", "3280"]
    assert analysis.red_lines == ()
    assert analysis.score is not None
    assert (analysis.score.value, analysis.score.low, analysis.score.high) == (80, 80, 80)


def test_without_the_red_line_in_the_sop_a_wrong_term_fails_its_check() -> None:
    analysis = analysed("A 退费的话三天就到账", SOP.replace("red_lines: [contract_mislead]", ""))
    assert checks(analysis)["退费到账"].verdict is CheckVerdict.FAILED
    assert analysis.red_lines == ()


@pytest.mark.parametrize(("talk", "quote"), [("A 24课时活动价2580", "2580"), ("A 退费十五天到账", "十五天")])
def test_what_is_unclear_counts_against_nobody_and_is_left_to_a_person(talk: str, quote: str) -> None:
    analysis = analysed(talk)
    (check,) = [check for check in analysis.checks if check.verdict is CheckVerdict.PASSED]
    assert check.unsure
    assert [place.quote for place in check.places] == [quote]
    assert [(one.verdict, one.unsure) for one in analysis.facts] == [(FactVerdict.UNCLEAR, True)]
    assert analysis.score is not None
    assert (analysis.score.value, analysis.score.low, analysis.score.high) == (100, 80, 100)


def test_a_right_statement_is_evidence_too() -> None:
    talk = "A 二十四节课是【两千八百八】，四十八节【4980元】"
    analysis = analysed(talk)
    assert [one.span for one in analysis.facts] == marked(talk)
    assert {one.verdict for one in analysis.facts} == {FactVerdict.RIGHT}
    assert [one.offered for one in analysis.facts] == ["2880 元", "4980 元"]
    assert not any(check.unsure for check in analysis.checks)


def test_a_fact_that_is_not_stated_does_not_apply() -> None:
    assert {check.verdict for check in analysed("A 您好").checks} == {CheckVerdict.NOT_APPLICABLE}


def test_a_red_line_that_the_models_found_in_the_same_turn_is_one_finding() -> None:
    (line,) = analysed("A 退费的话三天就到账，<contract_mislead>").red_lines
    assert line.fact == "退费到账"


def test_an_analysis_with_facts_is_read_back_as_it_was() -> None:
    analysis = analysed("A 24课时3280，退费三天到账，48课时活动价4500")
    assert analysis_from_json(analysis_to_json(analysis)) == analysis
    (body, *_) = analysis_to_json(analysis)["facts"]
    assert body == {
        "id": "24 课时",
        "verdict": "wrong",
        "turn": 0,
        "start": 4,
        "end": 8,
        "quote": "3280",
        "offered": "2880 元",
        "confidence": 0.9,
    }


def test_an_sop_without_structured_facts_gives_the_same_object_as_before() -> None:
    body = analysis_to_json(
        analysed("A 24课时3280，<contract_mislead>", SOP.replace(FACTS, "facts: [24 课时 2880 元]"))
    )
    assert not {"facts", "checks"} & set(body)
    assert set(body["red_lines"][0]) == {"id", "turn", "start", "end", "quote", "confidence"}


def test_what_was_hardly_heard_is_no_proof() -> None:
    talk = written("A 24课时是3280元")
    hardly = replace(talk, turns=(replace(talk.turns[0], asr_confidence=0.4),))
    assert [one.verdict for one in analysed(talk).facts] == [FactVerdict.WRONG]
    assert [one.verdict for one in analysed(hardly).facts] == [FactVerdict.UNCLEAR]


def test_a_recalled_message_states_nothing() -> None:
    talk = written("A 24课时是3280元")
    assert analysed(replace(talk, turns=(replace(talk.turns[0], recalled=True),))).facts == ()


def test_dates_of_an_offer_count_from_the_day_of_the_conversation() -> None:
    sop = SOP.replace(FACTS, "facts: {date: {活动: 2026-10-08}}")
    talk = written("A 活动就到下周四\nA 活动到十月十号", started_at=datetime(2026, 9, 28, 10))
    assert [one.verdict for one in analysed(talk, sop).facts] == [FactVerdict.RIGHT, FactVerdict.WRONG]
    assert [one.verdict for one in analysed(replace(talk, started_at=None), sop).facts] == [FactVerdict.UNCLEAR] * 2


def test_of_two_facts_alike_that_of_the_product_is_meant() -> None:
    facts = "facts: {price: {小学: {value: 1980, about: [小学, 24课时]}, 初中: {value: 2640, about: [初中, 24课时]}}}"
    talk = written("A 24课时2280")
    assert [one.verdict for one in analysed(talk, SOP.replace(FACTS, facts)).facts] == [FactVerdict.UNCLEAR]
    (one,) = analysed(replace(talk, product="小学阅读"), SOP.replace(FACTS, facts)).facts
    assert (one.id, one.verdict) == ("小学", FactVerdict.WRONG)


@pytest.mark.parametrize("said", ["三角琴调一次【不到四千】", "三角琴上门【三千九百八】", "三角的【3980元】一次"])
def test_a_product_called_after_a_shape_names_no_price_of_jiao(said: str) -> None:
    steps = "[{id: a, weight: 1, required: false}]"
    sop = f"sop: s\nsteps: {steps}\nfacts: [{{price: {{三角琴: {{value: 3980, about: [三角]}}}}}}]"
    talk = f"C 三角和立式差多少\nA {said}"
    (fact,) = analysed(talk, sop).facts
    assert (fact.verdict, fact.span) == (FactVerdict.RIGHT, marked(talk)[0])
