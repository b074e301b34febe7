"""Judged conversations written by hand: short ones, with just the findings that a case is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Agent, Conversation, Customer, Outcome, Speaker, Turn
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import (
    CompetitorFinding,
    GrievanceFinding,
    NeedFinding,
    ObligationFinding,
    OrderFinding,
    PromiseFinding,
    ReasonFinding,
    RedLineFinding,
    StepFinding,
    StepStatus,
)
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.score import Score, ScoreState
from qa_service.rulebook import parse_sop

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")

SOP = parse_sop(
    """
sop: trial
version: 3
title: 试听邀约
pass_score: 70
faq:
  - {question: 试听收费吗, answer: 不收费}
steps:
  - {id: greeting, title: 报清身份, weight: 10, examples: [您好，我是小林]}
  - {id: needs, title: 问出诉求, weight: 30, examples: [您最想解决什么]}
  - {id: pitch, title: 对着诉求讲课, weight: 30, examples: [您刚说他坐不住，我们一节课分六个小任务]}
  - {id: book, title: 定下时间, weight: 30, examples: [周六上午十点可以吗]}
order:
  - [greeting, needs]
  - [needs, pitch]
obligations:
  - id: price
    title: 问价要给数
    weight: 10
    within: 4
    trigger: {keywords: [多少钱]}
    response: {examples: [二十四节一千九百八]}
red_lines: [guarantee_outcome, false_urgency]
""",
    "cases.yaml",
)


@dataclass(frozen=True)
class Case:
    """What happened in one conversation; steps not named are missed."""

    id: str
    day: date
    agent: str = "A1"
    team: str = "一组"
    customer: str | None = None
    product: str | None = "阅读"
    done: Sequence[str] = ()
    owed: Sequence[str] = ("greeting", "needs", "pitch", "book")
    needs: Sequence[tuple[str, str, str | None]] = ()
    complaint: Sequence[str] = ()
    refund: Sequence[str] = ()
    red_lines: Sequence[tuple[str, str]] = ()
    promises: Sequence[tuple[str, str]] = ()
    competitors: Sequence[tuple[str, str]] = ()
    price_met: bool | None = None
    disordered: Sequence[tuple[str, str]] = ()
    score: float | None = 80.0
    settled: bool = True
    outcome: Outcome = Outcome()  # noqa: RUF009 -- frozen
    tags: Mapping[str, str] = field(default_factory=dict)
    turns_after: int = 0


def judged(case: Case) -> JudgedConversation:
    """The conversation and its analysis that a case describes."""
    writer = _Writer()
    steps = tuple(_step(writer, name, case) for name in case.owed)
    needs = tuple(_need(writer, *need) for need in case.needs)
    complaint = _grievance(writer, "complaint", case.complaint, "你们这样太过分了")
    refund = _grievance(writer, "refund", case.refund, "我要退费")
    red_lines = tuple(_red_line(writer, name, words) for name, words in case.red_lines)
    promises = tuple(_promise(writer, kind, words) for kind, words in case.promises)
    competitors = tuple(_competitor(writer, name, stance) for name, stance in case.competitors)
    obligations = () if case.price_met is None else (_price(writer, met=case.price_met),)
    for _ in range(case.turns_after):
        writer.say(Speaker.CUSTOMER, "嗯")
    writer.say(Speaker.CUSTOMER, "好的再见")
    analysis = Analysis(
        conversation_id=case.id,
        sop=SOP.id,
        sop_version=SOP.version,
        versions={"models": "cases", "code": "test"},
        score=_score(case),
        steps=steps,
        orders=tuple(OrderFinding(before, after, (1, 0), 0.9) for before, after in case.disordered),
        obligations=obligations,
        red_lines=red_lines,
        complaint=complaint,
        refund=refund,
        needs=needs,
        promises=promises,
        competitors=competitors,
    )
    conversation = Conversation(
        id=case.id,
        turns=tuple(writer.turns),
        product=case.product,
        sop=SOP.id,
        agent=Agent(id=case.agent, name=f"坐席{case.agent}", team=case.team),
        customer=Customer(id=case.customer or f"U-{case.id}"),
        started_at=datetime.combine(case.day, time(10, 30), CHINA),
        outcome=case.outcome,
        tags=case.tags,
    )
    return JudgedConversation(conversation, analysis)


@dataclass
class _Writer:
    turns: list[Turn] = field(default_factory=list)

    def say(self, speaker: Speaker, text: str) -> int:
        self.turns.append(Turn(speaker, text))
        return len(self.turns) - 1


def _step(writer: _Writer, name: str, case: Case) -> StepFinding:
    if name in case.done:
        turn = writer.say(Speaker.AGENT, SOP.step(name).wording.examples[0])
        return StepFinding(name, StepStatus.DONE, (turn,), 0.95, 0.95)
    return StepFinding(name, StepStatus.MISSED, (), 0.9, 0.1)


def _need(writer: _Writer, text: str, kind: str, handled: str | None) -> NeedFinding:
    turn = writer.say(Speaker.CUSTOMER, text)
    answer = writer.say(Speaker.AGENT, f"{text}这个是这样的") if handled in ("answered", "partly", "evaded") else None
    return NeedFinding(EvidenceSpan(turn, 0, len(text)), kind, text, 0.9, handled, answer)


def _grievance(writer: _Writer, kind: str, reasons: Sequence[str], words: str) -> GrievanceFinding:
    if not reasons:
        return GrievanceFinding(kind, detected=False, turns=(), confidence=0.99)
    turn = writer.say(Speaker.CUSTOMER, words)
    found = tuple(ReasonFinding(reason, (turn,), 0.9) for reason in reasons)
    return GrievanceFinding(kind, detected=True, turns=(turn,), confidence=0.95, reasons=found)


def _red_line(writer: _Writer, name: str, words: str) -> RedLineFinding:
    turn = writer.say(Speaker.AGENT, words)
    return RedLineFinding(name, EvidenceSpan(turn, 0, len(words)), words, 0.9)


def _promise(writer: _Writer, kind: str, words: str) -> PromiseFinding:
    turn = writer.say(Speaker.AGENT, words)
    return PromiseFinding(kind, EvidenceSpan(turn, 0, len(words)), words, 0.9)


def _competitor(writer: _Writer, name: str, stance: str) -> CompetitorFinding:
    turn = writer.say(Speaker.CUSTOMER, f"{name}那边我也看过")
    return CompetitorFinding(EvidenceSpan(turn, 0, len(name)), name, stance, 0.9)


def _price(writer: _Writer, *, met: bool) -> ObligationFinding:
    turn = writer.say(Speaker.CUSTOMER, "一共多少钱")
    answer = writer.say(Speaker.AGENT, "二十四节一千九百八" if met else "您先听听课")
    return ObligationFinding("price", turn, answer if met else None, met, 0.9)


def _score(case: Case) -> Score | None:
    if case.score is None:
        return None
    state = ScoreState.SETTLED if case.settled else ScoreState.PROVISIONAL
    return Score(case.score, case.score - 5, case.score + 5, state, case.score >= SOP.pass_score, None)
