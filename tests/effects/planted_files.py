"""The planted world as files of the contract: conversations, their analyses, and a declared rollout."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from qa_service.domain.effect import TargetKind
from tests.effects.planted import LEAD_QUALITY, Drawn, declared, name_of, values_of
from tests.judged_cases import CHINA

MONDAY = datetime(2026, 8, 3, 9, 0, tzinfo=CHINA)
SAID = (
    "您好我这边给您说一下",
    "这个情况我们了解",
    "课程是按单元上的",
    "老师会跟着孩子走",
    "家里电脑就可以上",
    "我再跟您确认一遍",
)
HEARD = ("嗯好的", "那你说吧", "孩子平时挺忙的", "我想想看", "是这样啊")


@dataclass(frozen=True)
class Said:
    """A phrase that agents say by habit, and the points it changes the outcome's rate by."""

    words: str
    effect: float
    share: float = 0.25


@dataclass(frozen=True)
class Written:
    """Where the files of a world lie."""

    conversations: Path
    results: Path
    rollout: Path


def write_world(drawn: Drawn, folder: Path, seed: int, phrases: tuple[Said, ...] = ()) -> Written:
    """Write one draw; phrases change the outcome on top of what was drawn."""
    rng = np.random.default_rng([seed, 3])
    written = Written(folder / "conversations.jsonl", folder / "results.jsonl", folder / "rollout.json")
    said, converted = _said(drawn, phrases, rng)
    values = {target: values_of(drawn, target) for target in drawn.planted}
    with (
        written.conversations.open("w", encoding="utf-8") as first,
        written.results.open("w", encoding="utf-8") as second,
    ):
        for row in range(len(drawn.agents)):
            turns = _turns(
                int(drawn.last_turn[row]),
                [one.words for one, mine in zip(phrases, said, strict=True) if mine[row]],
                rng,
            )
            first.write(_line(_conversation(drawn, row, bool(converted[row]), turns)))
            second.write(_line(_analysis(drawn, row, {target.id: int(values[target][row]) for target in values})))
    if drawn.unit:
        written.rollout.write_text(_line(_rollout(drawn)), "utf-8")
    return written


def _said(drawn: Drawn, phrases: tuple[Said, ...], rng: np.random.Generator) -> tuple[list[Any], Any]:
    """Who says what (better agents more often), and what came of it."""
    n = len(drawn.agents)
    habit = rng.normal(0, 0.8, (len(phrases), int(drawn.agents.max()) + 1))
    said = [
        rng.random(n) < np.clip(one.share * np.exp(habit[k][drawn.agents]), 0, 0.9) for k, one in enumerate(phrases)
    ]
    change = sum((one.effect * mine for one, mine in zip(phrases, said, strict=True)), np.zeros(n))
    flips = rng.random(n)
    gained = ~drawn.converted & (flips < np.maximum(change, 0) / (1 - drawn.rate).clip(0.05))
    lost = drawn.converted & (flips < np.maximum(-change, 0) / drawn.rate.clip(0.05))
    return said, (drawn.converted | gained) & ~lost


def _turns(last: int, phrases: list[str], rng: np.random.Generator) -> list[dict[str, str]]:
    turns = []
    for at in range(last + 1):
        words = str(rng.choice(HEARD if at % 2 else SAID))
        turns.append({"speaker": "customer" if at % 2 else "agent", "text": f"{words}{rng.integers(10, 99)}"})
    for words in phrases:
        turns[0]["text"] += f"，{words}{rng.choice(['啊', '呢', '哈'])}，您看呢"
    return turns


def _conversation(drawn: Drawn, row: int, converted: bool, turns: list[dict[str, str]]) -> dict[str, Any]:
    agent = int(drawn.agents[row])
    started = MONDAY + timedelta(weeks=int(drawn.weeks[row]), minutes=row % 400)
    return {
        "id": f"c-{row:06d}",
        "product": "少儿编程",
        "agent": {"id": name_of("agent", agent), "team": f"{agent % 5}组"},
        "customer": {"id": name_of("customer", row)},
        "started_at": started.isoformat(),
        "outcome": {"converted": converted},
        "tags": {"lead_source": f"来源{int(drawn.leads[row]) % len(LEAD_QUALITY)}"},
        "turns": turns,
    }


def _analysis(drawn: Drawn, row: int, values: Mapping[str, int]) -> dict[str, Any]:
    steps, obligations, red_lines = [], [], []
    for target in drawn.planted:
        p, value = float(drawn.readings[target][row]), values[target.id]
        if target.kind is TargetKind.STEP:
            turns = [value] if value >= 0 else []
            told = {
                "status": "done" if value >= 0 else "missed",
                "turns": turns,
                "confidence": max(p, 1 - p),
                "p_done": p,
            }
            steps.append({"id": target.id, **told})
        elif target.kind is TargetKind.OBLIGATION and value >= 0:
            response = {"trigger_turn": 1, "response_turn": 2 if value else None, "met": bool(value)}
            obligations.append({"id": target.id, **response, "confidence": max(p, 1 - p)})
        elif target.kind is TargetKind.RED_LINE and value == 1:
            red_lines.append({"id": target.id, "turn": 0, "start": 0, "end": 2, "quote": "您好", "confidence": p})
    nothing = {"detected": False, "turns": [], "confidence": 0.98, "reasons": []}
    return {
        **{
            "conversation_id": f"c-{row:06d}",
            "sop": "planted",
            "sop_version": 1 + int(drawn.arms[row] if drawn.unit else 0),
        },
        **{"versions": {"models": "planted", "code": "planted"}, "score": 80.0, "passed": True, "veto": None},
        **{"steps": steps, "order_violations": [], "obligations": obligations, "red_lines": red_lines},
        **{"complaint": nothing, "refund": nothing, "needs": [], "promises": [], "competitors": []},
    }


def _rollout(drawn: Drawn) -> dict[str, Any]:
    rollout = declared(drawn)
    assigned = [
        {"unit_id": one.unit_id, "at": MONDAY.isoformat(), "arm": "to" if one.new else "from"}
        for one in rollout.assigned
    ]
    head = {
        "sop": rollout.sop,
        "from_version": 1,
        "to_version": 2,
        "unit": rollout.unit,
        "mechanism": rollout.mechanism,
    }
    return head | {"assigned": assigned}


def _line(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False) + "\n"
