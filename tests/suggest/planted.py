"""A simulator of conversations with planted truth, in the contract's formats, with real words.

Agents differ in skill and leads in quality; better agents and better leads do more steps and buy more; customers leave
early; step labels have errors and carry calibrated probabilities. What is planted: effects of steps, a habit of the
best sellers that the SOP lacks, a phrase that goes with refunds, better words for a step.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from qa_service.domain.analysis_json import analysis_from_json
from qa_service.domain.conversation_json import CHINA, conversation_from_json
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.sop import Sop, Step
from qa_service.rulebook import default_sops

HABIT = (
    "我先给您发一段同龄孩子上课的录像，您看看他们的状态",
    "您先看一下这段同龄小朋友的课堂视频",
    "我给您发个跟咱孩子一样大的小朋友上课的片段",
    "这里有一段同年级孩子的上课录屏，发给您看看",
)
HARM = ("您放心学，孩子肯定能提分", "报了我们的班包提高，不提高找我", "学完保证孩子能拿奖")
BETTER = (
    "我把您刚才说的孩子坐不住这件事记下来了，咱们就冲着它来安排",
    "您刚提到孩子坐不住，那我们就从这一点来说怎么解决",
)
FILLERS = (
    "好的我这边帮您看一下", "嗯嗯是这样的", "您稍等我查一下系统", "这个我记录一下", "您现在说话方便是吧",
    "信号好像不太好",
    "不好意思刚才有点卡", "我跟您确认一下手机号", "这边显示是浙江的对吧", "今天天气挺热的注意防暑", "最近降温您多穿点",
    "是的没错", "对我们是线上的", "您说得对", "理解理解", "那我接着跟您说", "稍后短信会发给您", "您可以记一下",
    "我们同事之前联系过您", "这个活动到月底", "您先忙没关系", "我这边打字可能慢一点", "您看还有没有别的问题",
    "麻烦您啦",
    "咱们慢慢说不着急", "我看一下您的资料", "刚才说到哪儿了", "这个问题问得好", "我这边备注一下", "谢谢您的耐心",
)  # fmt: skip
REPLIES = ("嗯", "好的", "行", "是的", "哦这样啊", "我想想", "可以", "没有", "对", "你说")
LEADS = (("抖音", -0.05), ("转介绍", 0.06), ("地推", -0.02), ("官网", 0.02))
START = datetime(2026, 6, 1, 9, 0, tzinfo=CHINA)


@dataclass(frozen=True)
class World:
    """What is planted; chances of saying something are those of the best sellers and of the others."""

    conversations: int = 4000
    agents: int = 40
    best: int = 8
    step_effects: Mapping[str, float] = field(default_factory=dict)
    habit: tuple[float, float] = (0.0, 0.0)
    habit_effect: float = 0.0
    harm: float = 0.0
    harm_refunds: float = 0.0
    better: str | None = None
    better_effect: float = 0.0
    base_rate: float = 0.22
    refund_rate: float = 0.10
    skill: float = 0.05
    right: float = 0.92
    leaves: float = 0.06


@dataclass
class _Talk:
    """One conversation while it is being made."""

    rng: np.random.Generator
    chance: float
    harmful: bool = False
    turns: list[dict[str, str]] = field(default_factory=list)

    def say(self, text: str) -> int:
        self.turns.append({"speaker": "agent", "text": text})
        self.turns.append({"speaker": "customer", "text": self.one_of(REPLIES)})
        return len(self.turns) - 2

    def one_of(self, texts: Sequence[str]) -> str:
        return texts[int(self.rng.integers(len(texts)))]


def sop() -> Sop:
    """The SOP that the conversations follow."""
    return next(one for one in default_sops() if one.id == "moya-trial-call")


def wordings(step: Step) -> tuple[str, ...]:
    """What performs a step: its examples, or those of its elements."""
    return step.wording.examples or tuple(text for one in step.elements for text in one.wording.examples)


def bodies(world: World, seed: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Conversations and their analyses as the contract's objects."""
    rng = np.random.default_rng(seed)
    skills = np.sort(rng.normal(0, 1, world.agents))[::-1]
    names = rng.permutation(world.agents)
    for number in range(world.conversations):
        agent = int(rng.integers(world.agents))
        yield _one(world, rng, number, (agent, float(skills[agent]), f"A{names[agent]:02d}"))


def judged(world: World, seed: int) -> Iterator[JudgedConversation]:
    """The same as domain objects."""
    for conversation, analysis in bodies(world, seed):
        yield JudgedConversation(conversation_from_json(conversation, zone=CHINA), analysis_from_json(analysis))


def write(world: World, seed: int, folder: Path) -> tuple[Path, Path]:
    """The files of conversations and of results, for the command."""
    inputs, results = folder / "input.jsonl", folder / "result.jsonl"
    with inputs.open("w", encoding="utf-8") as said, results.open("w", encoding="utf-8") as found:
        for conversation, analysis in bodies(world, seed):
            said.write(json.dumps(conversation, ensure_ascii=False) + "\n")
            found.write(json.dumps(analysis, ensure_ascii=False) + "\n")
    return inputs, results


def _one(
    world: World, rng: np.random.Generator, number: int, who: tuple[int, float, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    place, skill, name = who
    lead, quality = LEADS[int(rng.integers(len(LEADS)))]
    talk = _Talk(rng, chance=world.base_rate + world.skill * skill + quality)
    propensity = float(1 / (1 + np.exp(-(0.6 * skill + 6 * quality))))
    steps = _talk(world, talk, propensity, best=place < world.best)
    converted = bool(rng.random() < np.clip(talk.chance - 0.1 * (len(steps) < len(sop().steps)), 0.01, 0.95))
    refunded = bool(rng.random() < world.refund_rate + world.harm_refunds * talk.harmful) if converted else None
    day = START + timedelta(days=int(70 * number / world.conversations), minutes=int(rng.integers(600)))
    conversation = {
        "id": f"c{number:06d}", "channel": "call", "sop": sop().id, "started_at": day.isoformat(),
        "agent": {"id": name, "team": f"{'一二三四五'[place % 5]}组"}, "customer": {"id": f"U{number:06d}"},
        "tags": {"lead_source": lead}, "outcome": {"converted": converted, "refunded": refunded}, "turns": talk.turns,
    }  # fmt: skip
    left = [_missed(world, step.id) for step in sop().steps[len(steps) :]]
    return conversation, _analysis(f"c{number:06d}", [*steps, *left])


def _talk(world: World, talk: _Talk, propensity: float, *, best: bool) -> list[dict[str, Any]]:
    """Go through the steps until the customer leaves; returns how each was read."""
    rng, steps = talk.rng, []
    planted_at = int(rng.integers(2, 6))
    talk.say(talk.one_of(FILLERS))
    for index, step in enumerate(sop().steps):
        if index > 1 and rng.random() < world.leaves:
            break
        for _ in range(int(rng.integers(0, 3))):
            talk.say(talk.one_of(FILLERS))
        if index == planted_at:
            _off_script(world, talk, best=best)
        done = bool(rng.random() < propensity)
        talk.chance += world.step_effects.get(step.id, 0.0) * (done - 0.5)
        turn = talk.say(_words(world, talk, step)) if done else None
        steps.append(_step(world, rng, talk, (step.id, turn)))
    return steps


def _off_script(world: World, talk: _Talk, *, best: bool) -> None:
    if talk.rng.random() < world.habit[0 if best else 1]:
        talk.say(talk.one_of(HABIT))
        talk.chance += world.habit_effect
    if talk.rng.random() < world.harm:
        talk.say(talk.one_of(HARM))
        talk.harmful = True


def _words(world: World, talk: _Talk, step: Step) -> str:
    if step.id == world.better and talk.rng.random() < 0.4:
        talk.chance += world.better_effect
        return talk.one_of(BETTER)
    return talk.one_of(wordings(step))


def _step(world: World, rng: np.random.Generator, talk: _Talk, step: tuple[str, int | None]) -> dict[str, Any]:
    """How a step is read: rightly mostly, and as sure as that."""
    step_id, turn = step
    if rng.random() < world.right:
        return _missed(world, step_id) if turn is None else _done(world, step_id, turn)
    return (
        _done(world, step_id, 2 * int(rng.integers(len(talk.turns) // 2 or 1)))
        if turn is None
        else _missed(world, step_id)
    )


def _done(world: World, step_id: str, turn: int) -> dict[str, Any]:
    return {"id": step_id, "status": "done", "turns": [turn], "confidence": world.right, "p_done": world.right}


def _missed(world: World, step_id: str) -> dict[str, Any]:
    return {
        "id": step_id,
        "status": "missed",
        "turns": [],
        "confidence": world.right,
        "p_done": round(1 - world.right, 3),
    }


def _analysis(conversation_id: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    nothing: dict[str, Any] = {"detected": False, "turns": [], "confidence": 0.99, "reasons": []}
    return {
        "conversation_id": conversation_id, "sop": sop().id, "sop_version": sop().version,
        "versions": {"models": "planted", "code": "planted"},
        "score": 80.0, "score_low": 70.0, "score_high": 90.0, "score_state": "settled", "passed": True, "veto": None,
        "steps": steps, "order_violations": [], "obligations": [], "red_lines": [],
        "complaint": nothing, "refund": nothing, "needs": [], "promises": [], "competitors": [],
    }  # fmt: skip
