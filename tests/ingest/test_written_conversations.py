"""Subtitles and plain text: who speaks stands in the words themselves."""

import pytest

from qa_service.domain.conversation import Speaker
from qa_service.ingest.roles import role_of
from tests.ingest.files import conversations, defects, read, said

NAMES = {
    Speaker.AGENT: "客服 坐席 销售 顾问 课程顾问 老师 agent AGENT "
    "Sales 客服1 坐席A agent_02 客服（林晓） 客服-林晓 顾问小林 林老师 人工客服",
    Speaker.CUSTOMER: "客户 家长 学员 用户 customer Client user 客户2 乐乐妈妈 王同学 客户(电话) 顾客",
    Speaker.SYSTEM: "系统 机器人 智能客服 system BOT ivr",
}


@pytest.mark.parametrize("speaker", NAMES, ids=str)
def test_names_in_the_wild_are_known(speaker: Speaker) -> None:
    assert {name: role_of(name) for name in NAMES[speaker].split()} == dict.fromkeys(NAMES[speaker].split(), speaker)


def test_a_full_width_name_with_a_space_is_known() -> None:
    assert role_of(" Ａｇｅｎｔ 07 ") is Speaker.AGENT


@pytest.mark.parametrize(
    "name", ["", "张三", "价格", "客户需求", "客服电话", "时间", "123", "您的专属课程老师", "https"]
)
def test_other_words_are_no_role(name: str) -> None:
    assert role_of(name) is None


def test_names_of_this_deployment_come_first() -> None:
    assert role_of("小周", {"小周": "agent"}) is Speaker.AGENT
    assert role_of("老师", {"老师": "customer"}) is Speaker.CUSTOMER


def test_lines_without_a_role_go_on_with_the_turn_before() -> None:
    [one] = conversations(read("客服：课程安排如下\n时间：周六\n地点：线上\n客户：好\n", "a.txt"))
    assert said(one) == [("agent", "课程安排如下\n时间：周六\n地点：线上"), ("customer", "好")]


def test_a_link_is_not_a_speaker() -> None:
    [one] = conversations(read("客服：看这里\nhttps://a.cn\nhttps://b.cn\n", "a.txt"))
    assert said(one) == [("agent", "看这里\nhttps://a.cn\nhttps://b.cn")]


def test_a_name_that_comes_back_is_a_stranger_whose_words_are_not_given_to_another() -> None:
    found = read("客服：您好\n路人：甲\n接着说\n客户：嗯\n路人：乙\n", "a.txt")
    assert said(conversations(found)[0]) == [("agent", "您好"), ("customer", "嗯")]
    assert [(one.row, one.code) for one in defects(found)] == [(2, "unknown_role")]
    assert "2, 3, 5" in defects(found)[0].reason
    assert "(路人)" in defects(found)[0].reason


def test_blank_lines_part_conversations() -> None:
    found = read("客服：您好\n客户：你好\n\n\n客户：在吗\n客服：在\n", "三月.txt")
    assert [(one.id, len(one.turns)) for one in conversations(found)] == [("三月-1", 2), ("三月-2", 2)]


def test_blank_lines_between_single_turns_part_nothing() -> None:
    found = read("客服：您好\n\n客户：你好\n\n客服：再见\n", "三月.txt")
    assert [(one.id, len(one.turns)) for one in conversations(found)] == [("三月", 3)]


def test_lines_with_ids_part_conversations_and_then_blank_lines_do_not() -> None:
    found = read("=== a\n客服：您好\n\n客户：你好\n=== b ===\n客服：在\n===\n客服：无名\n", "t.txt")
    assert [one.id for one in conversations(found)] == ["a", "b", "t-3"]
    assert len(conversations(found)[0].turns) == 2


def test_stamps_before_a_role_become_offsets() -> None:
    [one] = conversations(read("[00:01:02] 客服：您好\n00:01:05 客户：你好\n【3】客服：第三轮\n", "a.txt"))
    assert [turn.start_ms for turn in one.turns] == [62_000, 65_000, None]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "客服：您好\n客户：你好\n"),
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v 客服>您好\n\n00:02.000 --> 00:03.000\n客户：你好\n"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\n客服：您好\n\n2\n00:00:02,000 --> 00:00:03,000\n客户：你好\n"),
    ],
    ids=["text", "vtt", "srt"],
)
def test_the_encoding_is_told_from_the_file(name: str, content: str, encoding: str) -> None:
    found = read(content.encode(encoding), name)
    assert [said(one) for one in conversations(found)] == [[("agent", "您好"), ("customer", "你好")]]
    assert defects(found) == []


def test_cues_without_a_role_are_one_defect_and_the_others_are_kept() -> None:
    cues = [f"00:0{n}.000 --> 00:0{n}.500\n{'客服：好' if n % 2 else '没人'}\n" for n in range(1, 7)]
    found = read("WEBVTT\n\n" + "\n".join(cues), "a.vtt")
    [one] = conversations(found)
    assert len(one.turns) == 3
    assert one.extra == {"left_out": [2, 4, 6]}
    assert len(defects(found)) == 1
    assert "cues 2, 4, 6 " in defects(found)[0].reason


def test_a_subtitle_file_in_which_nobody_speaks_is_one_defect() -> None:
    found = read("WEBVTT\n\n00:01.000 --> 00:02.000\n您好\n", "a.vtt")
    assert [one.code for one in found] == ["unknown_role"]


def test_names_of_people_in_voice_tags_can_be_given_roles() -> None:
    content = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v 林晓>您好</v> <v 乐乐妈>你好</v>\n"
    [one] = conversations(read(content, "a.vtt", roles={"林晓": "agent", "乐乐妈": "customer"}))
    assert said(one) == [("agent", "您好"), ("customer", "你好")]


def test_several_speakers_in_one_cue_are_several_turns() -> None:
    [one] = conversations(read("1\n00:00:01,000 --> 00:00:02,000\n客服：您好\n接着说\n客户：嗯\n", "a.srt"))
    assert said(one) == [("agent", "您好\n接着说"), ("customer", "嗯")]


def test_tags_and_entities_are_taken_out_and_ordinary_brackets_are_not() -> None:
    content = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v 客服><c.loud>价格</c> &lt; 100 <00:01.500>元，1<2 且 3>2\n"
    assert said(conversations(read(content, "a.vtt"))[0]) == [("agent", "价格 < 100 元，1<2 且 3>2")]


def test_a_missing_blank_line_before_a_cue_number_is_forgiven() -> None:
    content = "1\n00:00:01,000 --> 00:00:02,000\n客服：您好\n2\n00:00:02,000 --> 00:00:03,000\n客户：你好\n"
    found = read(content, "a.srt")
    assert said(conversations(found)[0]) == [("agent", "您好"), ("customer", "你好")]


def test_hours_may_be_left_out_and_may_have_three_digits() -> None:
    content = "WEBVTT\n\n01:02.500 --> 100:00:00.000\n客服：您好\n"
    turn = conversations(read(content, "a.vtt"))[0].turns[0]
    assert (turn.start_ms, turn.end_ms) == (62_500, 360_000_000)
