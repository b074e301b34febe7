"""An analyzer without models, for tests of the rooms around it: it finds the words of an SOP where they stand."""

import re
from collections.abc import Sequence

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation, Speaker
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import (
    GrievanceFinding,
    NearMiss,
    NeedFinding,
    ObligationFinding,
    OrderFinding,
    PromiseFinding,
    ReasonFinding,
    RedLineFinding,
    StepFinding,
    StepStatus,
)
from qa_service.domain.remark import Remark
from qa_service.domain.score import ScoredFindings, score
from qa_service.domain.sop import Route, Sop, Step, choose_sop

VERSIONS = {"models": "keywords", "code": "test"}
RED_LINES = {
    "guarantee_outcome": "保证提分|保过|包过|涨到[^，。 ]*|提高[^，。 ]*分",
    "false_urgency": "最后一个名额|明天一早就没了|就剩两个位子了",
}


class KeywordAnalyzer:
    """Judges by keywords alone."""

    versions = VERSIONS

    def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
        return self.analyze_under(conversation, self.route(conversation, sops).sop)

    def route(self, conversation: Conversation, sops: Sequence[Sop]) -> Route:
        return Route(choose_sop(conversation, sops))

    def remarks(self, sop: Sop) -> list[Remark]:
        return [Remark("example_twice", ("steps", 0), {"title": "甲", "other": "乙", "example": "您好"})]

    def analyze_under(self, conversation: Conversation, sop: Sop | None) -> Analysis:
        common = {"complaint": grievance("complaint", conversation), "refund": grievance("refund", conversation)}
        common |= {"needs": needs(conversation), "promises": promises(conversation)}
        if sop is None:
            return Analysis(conversation.id, None, None, VERSIONS, **common)
        steps = tuple(step_finding(step, conversation) for step in sop.steps)
        found = ScoredFindings(steps, orders(sop, steps), obligations(sop, conversation), red_lines(sop, conversation))
        return Analysis(
            conversation.id,
            sop.id,
            sop.version,
            VERSIONS,
            score=score(sop, found),
            steps=steps,
            orders=found.orders,
            obligations=found.obligations,
            red_lines=found.red_lines,
            **common,
        )


def turns_of(conversation: Conversation, speaker: Speaker, words: Sequence[str]) -> tuple[int, ...]:
    spoken = [(number, turn.text) for number, turn in enumerate(conversation.turns) if turn.speaker is speaker]
    return tuple(number for number, text in spoken if any(word in text for word in words))


def step_finding(step: Step, conversation: Conversation) -> StepFinding:
    words = step.wording.keywords or tuple(example[:4] for example in step.wording.examples)
    turns = turns_of(conversation, Speaker.AGENT, words)
    if turns:
        return StepFinding(step.id, StepStatus.DONE, turns, 0.95, 0.95)
    agent_turns = [number for number, turn in enumerate(conversation.turns) if turn.speaker is Speaker.AGENT]
    near = NearMiss(agent_turns[-1], 0.4) if agent_turns else None
    # Heavy steps that were not found are left to a person.
    unsure = step.weight >= 12
    confidence = 0.6 if unsure else 0.9
    searched = (0, len(conversation.turns) - 1)
    return StepFinding(
        step.id, StepStatus.MISSED, (), confidence, 1 - confidence, near_miss=near, searched=searched, unsure=unsure
    )


def orders(sop: Sop, steps: Sequence[StepFinding]) -> tuple[OrderFinding, ...]:
    first = {step.id: step.turns[0] for step in steps if step.turns}
    pairs = [(pair.before, pair.after) for pair in sop.order if {pair.before, pair.after} <= first.keys()]
    return tuple(OrderFinding(a, b, (first[a], first[b]), 0.9) for a, b in pairs if first[a] > first[b])


def obligations(sop: Sop, conversation: Conversation) -> tuple[ObligationFinding, ...]:
    found = []
    for one in sop.obligations:
        for trigger in turns_of(conversation, Speaker.CUSTOMER, one.trigger.keywords)[:1]:
            answers = turns_of(conversation, Speaker.AGENT, one.response.keywords)
            answer = next((turn for turn in answers if trigger < turn <= trigger + 2 * one.within), None)
            found.append(ObligationFinding(one.id, trigger, answer, answer is not None, 0.9))
    return tuple(found)


def red_lines(sop: Sop, conversation: Conversation) -> tuple[RedLineFinding, ...]:
    listed = {line.id for line in sop.red_lines}
    return tuple(
        RedLineFinding(line, EvidenceSpan(number, found.start(), found.end()), found.group(), 0.93)
        for line, pattern in RED_LINES.items()
        for number, turn in enumerate(conversation.turns)
        if line in listed and turn.speaker is Speaker.AGENT and (found := re.search(pattern, turn.text))
    )


def grievance(kind: str, conversation: Conversation) -> GrievanceFinding:
    words = {"complaint": ("投诉", "态度"), "refund": ("退费", "退款", "退钱")}[kind]
    turns = turns_of(conversation, Speaker.CUSTOMER, words)
    reasons = (ReasonFinding("other", turns, 0.7, unsure=True),) if turns else ()
    return GrievanceFinding(kind, bool(turns), turns, 0.95, reasons)


def needs(conversation: Conversation) -> tuple[NeedFinding, ...]:
    found = []
    for number, turn in enumerate(conversation.turns):
        asked = re.search(r"[^，。？\s]*(多少钱|周末|几个人|能不能|怎么)[^，。？\s]*", turn.text)
        if turn.speaker is Speaker.CUSTOMER and asked:
            span = EvidenceSpan(number, asked.start(), asked.end())
            found.append(NeedFinding(span, "question", asked.group(), 0.8, "answered", number + 1))
    return tuple(found)


def promises(conversation: Conversation) -> tuple[PromiseFinding, ...]:
    return tuple(
        PromiseFinding("effect", EvidenceSpan(number, found.start(), found.end()), found.group(), 0.9)
        for number, turn in enumerate(conversation.turns)
        if turn.speaker is Speaker.AGENT and (found := re.search("保证[^，。]*", turn.text))
    )
