import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.domain.conversation import Agent, Conversation, Customer, PersonalSpan, Speaker, Turn
from qa_service.domain.conversation_json import conversation_from_json, conversation_to_json
from qa_service.normalize.masking import KINDS, MASK, mask
from tests.normalize.marked import marked_turns


def conversation(text: str, **fields: Any) -> Conversation:
    return Conversation("c-1", tuple(marked_turns(text)[0]), **fields)


def test_every_character_is_masked_and_its_kind_is_kept() -> None:
    masked = mask(conversation("C 我叫王晓明，电话幺三八 呃 六六四二一七零三"))
    assert masked.turns[0].text == "我叫●●●，电话" + MASK * 14
    assert masked.turns[0].personal == (PersonalSpan(2, 5, "person"), PersonalSpan(8, 22, "phone"))


def test_masking_a_masked_conversation_changes_nothing() -> None:
    once = mask(conversation("A 请问是乐乐妈妈吗\nC 嗯 138\nA 嗯\nC 6642\nC 1703 微信abc_12345"))
    assert mask(once) == once


def test_masked_conversations_survive_their_json() -> None:
    once = mask(conversation("C 我姓陈，寄到海棠路18号院4栋1602"))
    again = conversation_from_json(json.loads(json.dumps(conversation_to_json(once))))
    assert again.turns == once.turns
    assert mask(again).turns == once.turns


def test_turns_without_personal_data_are_the_same_objects() -> None:
    received = conversation("A 两千八百八一年\nC 太贵了")
    assert mask(received).turns[1] is received.turns[1]


def test_spans_that_came_with_the_text_are_kept_and_masked() -> None:
    turn = Turn(Speaker.CUSTOMER, "他是某某某 手机13866421703", personal=(PersonalSpan(2, 5, "nickname"),))
    masked = mask(Conversation("c-1", (turn,)))
    assert masked.turns[0].text == "他是●●● 手机" + MASK * 11
    assert masked.turns[0].personal == (PersonalSpan(2, 5, "nickname"), PersonalSpan(8, 19, "phone"))


def test_the_agents_name_is_masked_where_it_is_said_and_stays_in_its_field() -> None:
    masked = mask(conversation("A 这里是墨芽阅读陈若溪", agent=Agent(id="A1", name="陈若溪", team="一组")))
    assert masked.turns[0].text == "这里是墨芽阅读●●●"
    assert masked.agent.name == "陈若溪"


def test_a_customers_name_from_the_metadata_is_known_in_the_text() -> None:
    customer = Customer(id="U1", extra={"child_name": "布谷", "remark": "布谷妈妈"})
    masked = mask(conversation("A 布谷这节课听懂了吗", customer=customer))
    assert masked.turns[0].text == "●●这节课听懂了吗"
    assert masked.customer.extra == {"child_name": "●●", "remark": "●●妈妈"}
    assert masked.customer.id == "U1"


def test_personal_fields_are_masked_whole_and_other_fields_where_they_hold_personal_data() -> None:
    extra = {
        "手机": 13866421703,
        "contact": {"tel": "138-6642-1703", "note": ["张女士", 3, True, None, 1.5]},
        "summary": "张女士，13866421703，要退费",
        "source_row": 18,
        "来电": 13866421703.0,
        "gold": {"needs": [{"turn": 0, "text": "六六四二"}]},
    }
    tags = {"lead_source": "抖音", "备注": "13866421703"}
    masked = mask(conversation("C 一三八\nA 嗯\nC 六六四二\nC 一七零三", extra=extra, tags=tags))
    assert masked.extra == {
        "手机": MASK * 11,
        "contact": {"tel": MASK * 13, "note": ["●●●", "●", True, None, "●●●"]},
        "summary": f"●女士，{MASK * 11}，要退费",
        "source_row": 18,
        "来电": MASK * 11,
        "gold": {"needs": [{"turn": 0, "text": "●●●●"}]},
    }
    assert masked.tags == {"lead_source": "抖音", "备注": MASK * 11}


def test_a_customers_display_name_is_masked_and_the_agents_id_is_not() -> None:
    turns = (
        Turn(Speaker.CUSTOMER, "在吗", speaker_id="乐乐妈妈"),
        Turn(Speaker.AGENT, "在的", speaker_id="zhouxm"),
    )
    masked = mask(Conversation("c-1", turns))
    assert [turn.speaker_id for turn in masked.turns] == ["●●妈妈", "zhouxm"]


def test_line_ends_inside_a_turn_do_not_move_offsets() -> None:
    masked = mask(Conversation("c-1", (Turn(Speaker.CUSTOMER, "电话:\r\n138 6642 1703\n谢谢"),)))
    assert masked.turns[0].text == "电话:\r\n" + MASK * 13 + "\n谢谢"


PIECES = """
我叫 王晓明 张女士 乐乐 妈妈 的 老师 姓 陈 幺三八 六六四二 一七零三 138 6642 1703 嗯 13866421703 微信 abc_12345 qq
847201936 @ 163.com 京A 五单元 北京市 学府路 12号 在 育才小学 读 高一 ， 。 ● 身份证 110105198803121279 卡号
他 小林 Amy 叫什么 订单号 x X 点 com 艾特 收
"""
TEXTS = st.lists(st.sampled_from([*PIECES.split(), " ", "\n", "１３８", "😀", "İ"]), max_size=12).map("".join)
TURNS = st.lists(st.builds(Turn, st.sampled_from([Speaker.AGENT, Speaker.CUSTOMER]), TEXTS), min_size=1, max_size=5)


@settings(max_examples=400, deadline=None)
@given(TURNS, TEXTS)
def test_any_conversation_keeps_its_shape_and_is_masked_once(turns: list[Turn], remark: str) -> None:
    once = mask(Conversation("c-1", tuple(turns), extra={"remark": remark}))
    for received, masked in zip(turns, once.turns, strict=True):
        assert len(masked.text) == len(received.text)
        covered = {place for span in masked.personal for place in range(span.start, span.end)}
        for place, (before, after) in enumerate(zip(received.text, masked.text, strict=True)):
            assert after == (MASK if place in covered else before)
        assert all(span.kind in KINDS for span in masked.personal)
    assert mask(once) == once


@pytest.mark.parametrize(
    "hostile", ["一" * 20000, "妈妈" * 10000, "1 " * 10000, "嗯" * 20000, "王" * 20000, "a." * 10000]
)
def test_a_huge_turn_takes_no_more_than_its_share(hostile: str) -> None:
    assert len(mask(Conversation("c-1", (Turn(Speaker.CUSTOMER, hostile),))).turns[0].text) == len(hostile)


def test_the_same_conversation_gives_the_same_spans() -> None:
    received = conversation("A 请问是乐乐妈妈吗\nC 我叫王晓明 13866421703 寄到海棠路18号院4栋1602")
    assert mask(received) == mask(replace(received))
