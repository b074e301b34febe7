"""Masking must not hide from an analysis what was done with personal data."""

from dataclasses import replace

import pytest

from models.artifacts import load
from qa_service.analyze.stand_ins import STAND_INS, readable
from qa_service.domain.conversation import PersonalSpan, Speaker, Turn
from qa_service.normalize.masking import KINDS, mask
from qa_service.rulebook import parse_sop
from qa_service.workflows.analyze_conversations import Analyzer
from tests.written import written

ANALYZER = Analyzer(load())
SOP = parse_sop("sop: s\nsteps: [{id: a}]\nred_lines: [private_payment, privacy_leak]\n", "s.yaml")


def test_every_kind_of_masked_data_has_a_stand_in() -> None:
    assert set(STAND_INS) == set(KINDS)


def test_stand_ins_fill_masked_spans_and_leave_the_rest() -> None:
    turn = Turn(Speaker.AGENT, "打●●●●找●●说", personal=(PersonalSpan(1, 5, "phone"), PersonalSpan(6, 8, "person")))
    assert readable(turn) == "打13800000000找张小明说"
    assert readable(turn, 5) == "找张小明说"
    assert readable(turn, 3, 6) == "13800000000找", "a piece that begins inside a span still shows what it is"
    assert readable(replace(turn, personal=())) == turn.text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("private_payment", "您别走平台了 直接转我个人微信 微信号 lin1990mm 我给您便宜两百"),
        ("privacy_leak", "你们小区王丽丽 电话13912345678 她家孩子数学才考了五十二分"),
    ],
    ids=["private_payment", "privacy_leak"],
)
def test_a_red_line_about_personal_data_is_found_in_masked_text_too(line: str, text: str) -> None:
    masked = mask(written(f"C 嗯\nA {text}"))
    assert "●" in masked.turns[1].text
    found = ANALYZER.analyze_under(masked, SOP).red_lines
    assert [one.id for one in found] == [line]
    assert found[0].quote == found[0].span.quote(masked.turns[1].text)
