"""An SOP whose agents do one step in words that its examples do not hint at, and labelled conversations of it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.gold import gold_of
from qa_service.domain.sop import Sop
from qa_service.rulebook import parse_sop
from qa_service.workflows.adapt_models import Labelled

YAML = """
sop: own-words
version: 1
title: 预约
pass_score: 60
steps:
  - {id: greeting, title: 报清身份, description: 说自己是谁, weight: 30, examples: [您好我是小林, 你好这边是课程顾问]}
  - {id: enter, title: 登记信息, description: 把客户的信息记下来, weight: 40, examples: [帮您登记信息, 我记录资料]}
  - {id: farewell, title: 道别, description: 说再见, weight: 30, examples: [再见, 祝您生活愉快]}
obligations:
  - id: price
    title: 问价要给数
    weight: 10
    within: 4
    trigger: {examples: [多少钱, 怎么收费]}
    response: {examples: [一共三千八, 一节课两百]}
red_lines: [guarantee_outcome]
"""
SOP = parse_sop(YAML, "own-words.yaml")
# What the agents of this company say for "I enter your data".
ENTERED = (
    "单子我给挂上了哈",
    "行 那先把单子挂上",
    "我这边单子挂好了",
    "给您挂上单子咯",
    "单子这就挂上",
    "好嘞单子帮你挂着",
    "那单子就先挂上",
    "我把单子挂上去",
)
NOT_ENTERED = (
    "我们老师都是师范毕业的",
    "周末也有班的",
    "校区就在地铁口边上",
    "一个班十个孩子",
    "教材都包在里面",
    "上课用的是自己的平板",
    "路上大概半小时",
    "您先听一节也行",
)
GREETINGS = ("您好我是课程顾问小林", "你好我是小周", "您好这边是启航的顾问", "哎您好我叫小陈")
ANSWERS = ("嗯", "好的", "哦这样", "行吧", "知道了", "那可以")


def body(number: int, *, entered: bool, agent: str | None = None, **fields: Any) -> dict[str, Any]:
    """One labelled conversation."""
    lines = [("agent", GREETINGS[number % len(GREETINGS)]), ("customer", ANSWERS[number % len(ANSWERS)])]
    lines += [("agent", NOT_ENTERED[number % len(NOT_ENTERED)]), ("customer", ANSWERS[(number + 1) % len(ANSWERS)])]
    if entered:
        lines += [("agent", ENTERED[number % len(ENTERED)]), ("customer", ANSWERS[(number + 2) % len(ANSWERS)])]
    lines += [("agent", NOT_ENTERED[(number + 3) % len(NOT_ENTERED)]), ("customer", "嗯嗯"), ("agent", "好的再见")]
    done = [{"id": "greeting", "turns": [0]}, {"id": "farewell", "turns": [len(lines) - 1]}]
    done += [{"id": "enter", "turns": [4]}] if entered else []
    gold: dict[str, Any] = {key: [] for key in ("order_violations", "obligations", "red_lines", "needs")}
    gold |= {kind: {"detected": False, "turns": [], "reasons": []} for kind in ("complaint", "refund")}
    return {
        "id": f"own-{number:03d}",
        "agent": {"id": agent},
        "turns": [{"speaker": speaker, "text": text} for speaker, text in lines],
        "gold": gold | {"steps": done},
    } | fields


def bodies(count: int, **fields: Any) -> list[dict[str, Any]]:
    """So many, the step being done in every second one."""
    return [body(number, entered=number % 2 == 0, **fields) for number in range(count)]


def labelled(given: Sequence[dict[str, Any]], sop: Sop = SOP) -> list[Labelled]:
    """Labelled conversations as the workflow takes them."""
    conversations = [conversation_from_json(one) for one in given]
    return [Labelled(one, gold_of(one)) for one in conversations]


def write(folder: Path, given: Sequence[dict[str, Any]], yaml: str = YAML) -> tuple[Path, Path]:
    """The labelled file and the SOP file."""
    source, sop = folder / "labelled.jsonl", folder / "sop.yaml"
    source.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in given), "utf-8")
    sop.write_text(yaml, "utf-8")
    return source, sop
