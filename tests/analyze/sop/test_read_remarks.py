"""What the models make of an SOP's own sentences; here a judge that goes by `[title]` and `<red line>`."""

from dataclasses import replace

import numpy as np

from qa_service.analyze.sop.remarks import Examiner, remarks_of_models
from qa_service.domain.remark import Remark, RemarkBounds
from qa_service.normalize.text import clean
from qa_service.rulebook import codebook, parse_sop
from tests.analyze.fixed_judge import JUDGE

BOUNDS = RemarkBounds(longest_moves=300, longest_turns=600, short_keyword=2, other_from=0.85)
YAML = """
sop: demo
steps:
  - {id: hello, title: 问候, weight: 60, examples: ['[问候]您好', 您好], counter_examples: ['[问候]喂']}
  - {id: price, title: 报价, weight: 40, examples: ['[问候]一共三千八', '[报价]三千八<guarantee_outcome>']}
obligations:
  - id: dear
    title: 嫌贵
    weight: 5
    within: 4
    trigger: {examples: ['[嫌贵]太贵了']}
    response: {examples: ['[嫌贵]给您分期']}
red_lines:
  - guarantee_outcome
  - {id: spam, title: 刷屏, severity: minor, examples: ['[刷屏]在吗[报价]']}
"""


def told() -> list[Remark]:
    sop = parse_sop(YAML, "demo.yaml")
    return remarks_of_models(sop, Examiner(JUDGE, codebook(), BOUNDS, clean))


def test_an_example_that_the_checker_does_not_recognise_is_told_where_it_stands() -> None:
    found = [one for one in told() if one.code == "example_not_recognised"]
    assert [(one.place, one.values["example"]) for one in found] == [
        (("steps", 0, "examples", 1), "您好"),
        (("steps", 1, "examples", 0), "[问候]一共三千八"),
    ]


def test_examples_of_elements_and_of_conditions_are_read_too() -> None:
    sop = parse_sop(
        """
sop: demo
steps:
  - id: hello
    title: 问候
    weight: 100
    examples: ['[问候]您好']
    when: {examples: [喂]}
    elements:
      - {id: name, title: 报名字, examples: ['[报名字]我是小林', 我是小林]}
""",
        "demo.yaml",
    )
    found = remarks_of_models(sop, Examiner(JUDGE, codebook(), BOUNDS, clean))
    assert [one.place for one in found] == [
        ("steps", 0, "elements", 0, "examples", 1),
        ("steps", 0, "when", "examples", 0),
    ]


def test_examples_of_acts_in_checks_and_branches_are_read_where_they_stand() -> None:
    sop = parse_sop(
        """
sop: demo
steps: [{id: hello, title: 问候, weight: 100}]
checks:
  - id: bye
    title: 道别
    weight: 5
    expect:
      any:
        - {keywords: [再见]}
        - not:
            act: 催促
            examples: [快点]
            in: {after: {act: 问价, examples: ['[问价]', 多少钱], in: {speaker: customer}}}
  - {id: plain, title: p, weight: 5, expect: {act: 致谢, examples: ['[致谢]'], counter_examples: ['[致谢]谢什么谢']}}
branches:
  - {id: late, title: l, when: {act: 迟到, examples: [来晚了]}, steps: [hello]}
""",
        "demo.yaml",
    )
    found = remarks_of_models(sop, Examiner(JUDGE, codebook(), BOUNDS, clean))
    after = ("checks", 0, "expect", "any", 1, "not", "in", "after")
    assert [(one.code, one.place) for one in found] == [
        ("example_not_recognised", ("checks", 0, "expect", "any", 1, "not", "examples", 0)),
        ("example_not_recognised", (*after, "examples", 1)),
        ("counter_example_matches", ("checks", 1, "expect", "counter_examples", 0)),
        ("example_not_recognised", ("branches", 0, "when", "examples", 0)),
    ]


def test_a_counter_example_of_a_red_line_is_not_found_and_so_not_told() -> None:
    lines = "[{id: own, title: 刷屏, severity: minor, examples: ['[刷屏]在吗'], counter_examples: ['[刷屏]您忙您的']}]"
    sop = parse_sop(f"sop: demo\nsteps: [{{id: hello, weight: 100}}]\nred_lines: {lines}", "demo.yaml")
    assert remarks_of_models(sop, Examiner(JUDGE, codebook(), BOUNDS, clean)) == []


def test_a_counter_example_that_still_matches_is_told() -> None:
    (one,) = [one for one in told() if one.code == "counter_example_matches"]
    assert (one.place, one.values["p"]) == (("steps", 0, "counter_examples", 0), 0.9)


def test_an_example_that_crosses_a_red_line_is_told() -> None:
    (one,) = [one for one in told() if one.code == "example_crosses_red_line"]
    assert (one.place, one.values["red_line"]) == (("steps", 1, "examples", 1), "承诺效果")


def test_an_example_of_a_red_line_that_does_a_step_is_told() -> None:
    (one,) = [one for one in told() if one.code == "red_line_example_does_step"]
    assert (one.place, one.values["other"]) == (("red_lines", 1, "examples", 0), "报价")


def test_an_example_that_would_be_taken_for_another_step_is_told() -> None:
    class Likening:
        """An act is as likely as its examples are near: equal, or sharing the first two characters."""

        def match(self, turns, acts):  # type: ignore[no-untyped-def]
            def odds(text: str, act: object) -> float:
                given = act.examples  # type: ignore[attr-defined]
                return 0.99 if text in given else 0.9 if any(one[:2] == text[:2] for one in given) else 0.1

            return np.array([[odds(turn.text, act) for act in acts] for turn in turns])

        def done(self, probabilities):  # type: ignore[no-untyped-def]
            return probabilities.max(axis=0)

    sop = parse_sop(
        "sop: demo\nsteps:\n"
        "  - {id: a, title: 约时间, weight: 50, examples: [周六来吗, 周六下午来]}\n"
        "  - {id: b, title: 道别, weight: 50, examples: [周六见再见, 再见啦]}\n",
        "demo.yaml",
    )
    judge = replace(JUDGE, acts=Likening())
    found = remarks_of_models(sop, Examiner(judge, codebook(), BOUNDS, clean))
    (one,) = [one for one in found if one.code == "example_fits_other"]
    assert one.place == ("steps", 1, "examples", 0)
    assert (one.values["other"], one.values["p"], one.values["p_other"]) == ("约时间", 0.1, 0.9)
