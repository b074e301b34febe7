"""A language model that says what a test wrote down, asked about a conversation that leaves doubts."""

import json
from dataclasses import dataclass, field
from typing import Any

from qa_service.analyze.analysis import Yardstick, analyze
from qa_service.analyze.language_judge import LanguageJudge
from qa_service.analyze.needs.competitors import competitor_words
from qa_service.analyze.transcript import transcript
from qa_service.domain.analysis import Analysis
from qa_service.domain.inquiry import Inquiry
from qa_service.domain.sop import Sop
from qa_service.rulebook import codebook, default_file, parse_sop
from tests.analyze.doubtful_judge import JUDGE
from tests.analyze.test_analysis import AsIs
from tests.written import written

SOP = parse_sop(
    """
sop: s
pass_score: 60
steps:
  - {id: greeting, weight: 10, first_turns: 3}
  - {id: price, weight: 10}
  - {id: loan, weight: 10, when: {keywords: [分期]}}
order: [[greeting, price]]
obligations:
  - {id: dear, title: dear, weight: 10, within: 2, trigger: {keywords: [太贵]}, response: {examples: [值]}}
  - {id: quote, title: quote, weight: 10, within: 4, trigger: {keywords: [多少钱]}, response: {step: price}}
red_lines: [false_urgency, rude, {id: own, title: own, severity: minor, examples: [x]}]
""",
    "s.yaml",
)
# One doubtful item of each kind: greeting, an obligation, a red line, a complaint with a reason, a refund.
DOUBTS = """
A [greeting?]您好
C 太贵了
A [dear?]值，最后一个名额<false_urgency?>
C 态度差<detected?><staff_attitude?>
A [price]三千
"""


@dataclass
class Scripted:
    """A language model that gives a prepared answer and keeps what it was asked."""

    answers: dict[str, tuple[object, object]] | str | Exception
    asked: list[Inquiry] = field(default_factory=list)

    def answer(self, inquiry: Inquiry) -> str:
        self.asked.append(inquiry)
        if isinstance(self.answers, Exception):
            raise self.answers
        if isinstance(self.answers, str):
            return self.answers
        given = [{"item": item, "verdict": v, "turns": turns} for item, (v, turns) in self.answers.items()]
        return json.dumps({"verdicts": given})


def judged(
    text: str, answers: Any, *, sop: Sop | None = SOP, every: bool = False
) -> tuple[Analysis, Analysis, Scripted]:
    """The analysis of the models alone, the one with the judge, and the judge's language model."""
    yardstick = Yardstick(JUDGE, codebook(), competitor_words(default_file("competitors.yaml")))
    read, versions = transcript(written(text), AsIs), {"models": "doubtful-1"}
    model = Scripted(answers)
    second = LanguageJudge(model, "tiny", lambda conversation: conversation, every=every)
    alone = analyze(read, sop, yardstick, versions=versions)
    return alone, analyze(read, sop, yardstick, versions=versions, second=second), model


def question(model: Scripted) -> dict[str, Any]:
    return json.loads(model.asked[0].question)


def step(analysis: Analysis, step_id: str) -> Any:
    return next(one for one in analysis.steps if one.id == step_id)
