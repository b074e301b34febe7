"""A few invented conversations of three SOPs, in the files that training reads."""

import json
import lzma
from pathlib import Path
from typing import Any

import yaml

OPENING, PRICE = "您好，我是小林", "一年是三千块"
ASKED, DEAR, WORTH = "一节课多少钱", "太贵了", "算下来一天不到十块"
SPOKEN = [OPENING, ASKED, PRICE, DEAR, WORTH, "保证提分", "我要退费", "老师态度太差了", "那再见"]
SPEAKERS = ("agent", "customer", "agent", "customer", "agent", "agent", "customer", "customer", "agent")


def write_datasets(folder: Path) -> Path:
    """SOPs, conversations, single turns of the tasks and of acts below a datasets folder."""
    names = [f"sop-{number}" for number in range(3)]
    for name in ("conversations/sops", "turns", "acts"):
        (folder / name).mkdir(parents=True)
    for name in names:
        text = yaml.safe_dump(_sop(name), allow_unicode=True)
        (folder / "conversations" / "sops" / f"{name}.yaml").write_text(text, "utf-8")
    _write(folder / "conversations" / "train.jsonl", [_conversation(number, names[number % 3]) for number in range(9)])
    _write(folder / "turns" / "turns.jsonl", [_turn(number) for number in range(6)])
    _write(folder / "acts" / "acts.jsonl", [_act_turn(number, name) for number, name in enumerate(names)])
    return folder


def write_corpus(folder: Path, *, repeats: int) -> Path:
    """The same few lines again and again, as a corpus to pre-train on."""
    folder.mkdir(parents=True)
    with lzma.open(folder / "invented.txt.xz", "wt", encoding="utf-8") as lines:
        for number in range(repeats):
            lines.write("\n".join(SPOKEN[number % 3 :]) + "\n\n")
    return folder


def _sop(name: str) -> dict[str, Any]:
    steps = [
        {"id": "hello", "title": "问候", "description": "问好", "examples": ["您好", "早上好"]},
        {"id": "price", "title": "报价", "description": "说价格", "examples": ["三千块", "价格是两千"]},
    ]
    dear = {"trigger": {"examples": ["有点贵"]}, "response": {"examples": ["很划算"]}}
    return {"sop": name, "steps": steps, "obligations": [{"id": "dear", "title": "嫌贵", "within": 4, **dear}]}


def _conversation(number: int, sop: str) -> dict[str, Any]:
    gold = {
        "steps": [{"id": "hello", "turns": [0]}, {"id": "price", "turns": [2]}],
        "obligations": [{"id": "dear", "trigger_turn": 3, "met": True, "response_turn": 4}],
        "red_lines": [{"id": "guarantee_outcome", "turn": 5, "quote": "保证提分"}],
        "refund": {"turns": [6], "reasons": []},
        "complaint": {"turns": [7], "reasons": [{"id": "staff_attitude", "turns": [7]}]},
        "needs": [
            {"turn": 1, "text": ASKED, "kind": "question", "handled": "answered"},
            {"turn": 3, "text": DEAR, "kind": "objection", "handled": ("answered", "partly", "evaded")[number // 3]},
        ],
        "promises": [{"turn": 5, "quote": "保证提分", "kind": "effect"}],
    }
    turns = [{"speaker": who, "text": f"{said}{number}"} for who, said in zip(SPEAKERS, SPOKEN, strict=True)]
    return {"id": f"c-{number}", "sop": sop, "turns": turns, "gold": gold}


def _turn(number: int) -> dict[str, Any]:
    labels = {"needs": [{"quote": "周末", "kind": "requirement"}], "complaint": None, "refund": None}
    return {"id": f"t-{number}", "speaker": "customer", "text": f"要周末的{number}", "before": [], "labels": labels}


def _act_turn(number: int, sop: str) -> dict[str, Any]:
    return {
        "sop": sop,
        "speaker": "agent",
        "text": f"早上好呀{number}",
        "before": ["C 喂"],
        "acts": ["s:hello"],
        "about": "s:hello",
    }


def _write(path: Path, bodies: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(body, ensure_ascii=False) + "\n" for body in bodies), "utf-8")
