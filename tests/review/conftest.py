import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json
from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.sop import Sop
from qa_service.rulebook import parse_sop

SOP = """
sop: trial-call
version: 3
title: 试听邀约
pass_score: 60
order_points: 5
steps:
  - {id: greeting, title: 开场, description: 问好并报姓名, weight: 20, examples: [您好我是小林, 喂您好]}
  - {id: needs, title: 挖需求, description: 问孩子的情况, weight: 40, examples: [孩子几年级, 成绩怎么样]}
  - {id: pitch, title: 介绍课程, description: 介绍课程的好处, weight: 40, examples: [我们是小班课, 老师会批改]}
order:
  - [needs, pitch]
obligations:
  - id: price_asked
    title: 问价须报
    weight: 20
    within: 2
    trigger: {examples: [多少钱, 怎么收费], keywords: [多少钱]}
    response: {examples: [一共三千二, 九块钱一节], keywords: [元]}
red_lines: [guarantee_outcome, false_urgency]
"""
TURNS = [
    ("agent", "您好，我是小林"),
    ("customer", "你好，多少钱一节课"),
    ("agent", "我们小班课保证提分"),
    ("customer", "孩子不爱学习"),
    ("agent", "孩子几年级了，平时考多少分"),
]
MACHINE = {
    "conversation_id": "c-1",
    "sop": "trial-call",
    "sop_version": 3,
    "versions": {"models": "m1", "code": "0.1"},
    "score": 0.0,
    "score_low": 0.0,
    "score_high": 100.0,
    "score_state": "provisional",
    "passed": False,
    "veto": "proposed",
    "steps": [
        {"id": "greeting", "status": "done", "turns": [0], "confidence": 0.99, "p_done": 0.99},
        {"id": "needs", "status": "missed", "turns": [], "confidence": 0.6, "p_done": 0.4, "unsure": True}
        | {"near_miss": {"turn": 4, "p": 0.4}},
        {"id": "pitch", "status": "done", "turns": [2], "confidence": 0.95, "p_done": 0.95},
    ],
    "order_violations": [],
    "obligations": [{"id": "price_asked", "trigger_turn": 1, "response_turn": None, "met": False, "confidence": 0.9}],
    "red_lines": [
        {"id": "guarantee_outcome", "turn": 2, "start": 5, "end": 9, "quote": "保证提分", "confidence": 0.93}
    ],
    "complaint": {"detected": False, "turns": [], "confidence": 0.98, "reasons": []},
    "refund": {"detected": False, "turns": [], "confidence": 0.98, "reasons": []},
    "needs": [{"turn": 1, "start": 3, "end": 9, "kind": "question", "text": "多少钱一节课", "confidence": 0.9}],
    "promises": [{"turn": 2, "start": 5, "end": 9, "kind": "effect", "quote": "保证提分", "confidence": 0.9}],
    "competitors": [],
}


@pytest.fixture
def sop() -> Sop:
    return parse_sop(SOP, "trial-call.yaml")


@pytest.fixture
def conversation() -> Conversation:
    turns = [{"speaker": speaker, "text": text} for speaker, text in TURNS]
    return conversation_from_json({"id": "c-1", "turns": turns, "agent": {"id": "A01", "team": "一组"}})


@pytest.fixture
def machine() -> Analysis:
    return analysis_from_json(MACHINE)
