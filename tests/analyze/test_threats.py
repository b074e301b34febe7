"""Threats to go further are found, and what only sounds like one is not."""

import pytest

from qa_service.analyze.reasons.threats import find_threat
from qa_service.domain.conversation import Conversation, Speaker, Turn

THREATS = (
    "再不退我就打12315投诉你们",
    "我要去消协告你们",
    "不退钱我就发到小红书上让大家看看",
    "我直接找教育局举报",
    "那咱们法院见，我会起诉你们的",
    "我已经联系律师了",
    "我会找媒体曝光你们",
    "今天不处理，我就报警处理",
    "黑猫上我也会投诉",
    "我要走法律程序",
)
NONE = (
    "我在小红书上看到你们的广告",
    "先不投诉，你帮我看看怎么退",
    "我不会去12315投诉的，你们处理好就行",
    "抖音上关注的你们老师",
    "我是教育局上班的",
    "我要投诉你们老师",
    "听说有人去消协投诉过你们",
    "孩子想学法律",
    "小红书上推荐你们家",
    "我要退费",
)


def said(*lines: str, by: Speaker = Speaker.CUSTOMER) -> Conversation:
    return Conversation("c", tuple(Turn(by, line) for line in lines))


@pytest.mark.parametrize("number", range(len(THREATS)))
def test_a_threat_to_go_further_is_found(number):
    assert find_threat(said("你好", THREATS[number])) == 1


@pytest.mark.parametrize("number", range(len(NONE)))
def test_what_only_names_such_a_place_is_none(number):
    assert find_threat(said(NONE[number])) is None


def test_an_agent_does_not_threaten():
    assert find_threat(said("您可以打12315投诉", by=Speaker.AGENT)) is None
