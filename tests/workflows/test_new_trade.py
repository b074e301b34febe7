"""An SOP of a trade that no model has heard of, written from the guide, judges at once: what a QA lead would say too.

The conversations: one as it should be, one as it should not, and one with traps (a child, the customer's own talk of
flying in the rain and of private messages, a refusal in the words of the red line, a question asked too late).
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Channel, Conversation
from qa_service.domain.finding import CheckVerdict, FactVerdict, StepStatus
from qa_service.domain.score import Veto
from qa_service.rulebook import load_sop
from qa_service.workflows.analyze_conversations import load_analyzer
from tests.written import written

ROOT = Path(__file__).parents[2]
TRADE = ROOT / "tests" / "samples" / "new_trade"
Judge = Callable[[str], Analysis]


def told(name: str) -> Conversation:
    return written((TRADE / f"{name}.txt").read_text("utf-8"), channel=Channel.CHAT, product="热气球")


@pytest.fixture(scope="module", params=[True, False], ids=["fast", "encoder"])
def judge(request: pytest.FixtureRequest) -> Judge:
    analyzer, sop = load_analyzer(fast=request.param), load_sop(TRADE / "balloon-flight-chat.yaml")
    return lambda name: analyzer.analyze(told(name), [sop])


def status(analysis: Analysis) -> dict[str, StepStatus]:
    return {step.id: step.status for step in analysis.steps}


def verdicts(analysis: Analysis) -> dict[str, CheckVerdict]:
    return {check.id: check.verdict for check in analysis.checks}


def test_nothing_of_the_trade_stands_in_what_the_models_learnt() -> None:
    data = [*(ROOT / "datasets").rglob("*.jsonl"), *(ROOT / "datasets").rglob("*.yaml")]
    assert len(data) > 100
    assert [str(path) for path in data if "热气球" in path.read_text("utf-8")] == []


def test_what_was_done_as_it_should_be_is_found_done(judge: Judge) -> None:
    good = judge("good")
    due = ("greeting", "party", "health", "weather", "book")
    assert status(good) == dict.fromkeys(due, StepStatus.DONE) | {"child": StepStatus.NOT_APPLICABLE}
    assert [(one.id, one.met) for one in good.obligations] == [("fear", True)]
    assert (good.orders, good.red_lines) == ((), ())
    assert CheckVerdict.FAILED not in verdicts(good).values()
    assert [(one.id, one.verdict) for one in good.facts] == [("双人票", FactVerdict.RIGHT)]
    assert good.score is not None and good.score.passed


def test_what_was_left_out_and_what_must_not_be_said_is_found(judge: Judge) -> None:
    poor = judge("poor")
    assert status(poor)["greeting"] is status(poor)["health"] is StepStatus.MISSED
    assert not any(one.met for one in poor.obligations if one.id == "fear")
    crossed = {line.id: line.quote for line in poor.red_lines}
    assert "照样起飞" in crossed["any_weather"] and "转我个人" in crossed["private_payment"]
    assert verdicts(poor)["own_wechat"] is verdicts(poor)["fact_双人票"] is CheckVerdict.FAILED
    assert poor.score is not None and not poor.score.passed
    assert poor.score.veto is Veto.PROPOSED


def test_traps_are_none(judge: Judge) -> None:
    trap = judge("trap")
    assert status(trap)["child"] is status(trap)["health"] is StepStatus.DONE
    assert [(one.before, one.after) for one in trap.orders] == [("health", "book")]
    assert trap.red_lines == ()
    assert verdicts(trap)["own_wechat"] is CheckVerdict.PASSED
    assert trap.score is not None and trap.score.passed and trap.score.value < 100


@pytest.mark.parametrize("name", ["good", "poor", "trap"])
def test_every_quote_stands_where_it_is_said_to(judge: Judge, name: str) -> None:
    turns, analysis = told(name).turns, judge(name)
    places = [place for check in analysis.checks for place in check.places]
    for one in (*analysis.red_lines, *analysis.facts, *places):
        assert one.quote == turns[one.span.turn].text[one.span.start : one.span.end]
    for step in analysis.steps:
        assert all(turns[turn].speaker.value == "agent" for turn in step.turns)
