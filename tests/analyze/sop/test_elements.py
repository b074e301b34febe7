"""Elements of a step: each found and scored by itself, and a doubt about one is a doubt about the step."""

import pytest

from qa_service.analyze.analysis import Yardstick, analyze
from qa_service.analyze.needs.competitors import competitor_words
from qa_service.analyze.transcript import transcript
from qa_service.domain.analysis import Analysis
from qa_service.domain.finding import StepStatus
from qa_service.rulebook import codebook, default_file, parse_sop
from tests.analyze.doubtful_judge import JUDGE
from tests.analyze.test_analysis import AsIs
from tests.written import written

CLOSE = """
sop: s
steps:
  - id: close
    weight: 10
    elements: [{id: time, title: time, points: 1}, {id: place, title: place, points: 3}]
"""


def analysed(text: str, sop: str = CLOSE) -> Analysis:
    yardstick = Yardstick(JUDGE, codebook(), competitor_words(default_file("competitors.yaml")))
    return analyze(transcript(written(text), AsIs), parse_sop(sop, "s.yaml"), yardstick, versions={})


@pytest.mark.parametrize(
    ("text", "status", "unsure", "span"),
    [
        ("A [time][place]", "done", False, (100.0, 100.0)),
        ("A [time]", "done", False, (25.0, 25.0)),
        ("A [place?]", "done", True, (0.0, 75.0)),
        ("A [time][place?]", "done", True, (25.0, 100.0)),
        ("A [time][place??]", "done", True, (25.0, 100.0)),
        ("A [place??]", "missed", True, (0.0, 75.0)),
        ("A [close]", "done", False, (0.0, 0.0)),
        ("A [close?]", "done", True, (0.0, 100.0)),
        ("A none", "missed", False, (0.0, 0.0)),
    ],
    ids=[
        *("all", "one", "only_a_coin_flip", "one_sure_and_one_coin_flip", "one_sure_and_a_near_miss", "a_near_miss"),
        *("the_step_without_elements", "perhaps_the_step", "nothing"),
    ],
)
def test_a_doubtful_element_makes_the_step_unsure(
    text: str, status: str, unsure: bool, span: tuple[float, float]
) -> None:
    found = analysed(f"{text}\nC x\nA y")
    (step,) = found.steps
    assert (step.status, step.unsure) == (status, unsure)
    assert found.score and (found.score.low, found.score.high) == span


def test_a_step_is_as_sure_as_the_element_that_it_stands_on() -> None:
    (step,) = analysed("A [time?]\nC x").steps
    assert (step.confidence, step.p_done) == (0.6, 0.6)
    assert [(one.id, one.done, one.unsure) for one in step.elements] == [("time", True, True), ("place", False, False)]


def test_an_element_is_looked_for_where_its_step_is() -> None:
    early = CLOSE.replace("weight: 10", "weight: 10\n    first_turns: 2")
    (step,) = analysed("A x\nC x\nA [time]", early).steps
    assert step.status is StepStatus.MISSED and not any(one.done for one in step.elements)
