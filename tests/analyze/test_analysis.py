"""What an analysis makes of the models' probabilities; the models themselves are fixed here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from models.protocols import Judge, Matrix
from qa_service.analyze.analysis import Yardstick, analyze
from qa_service.analyze.needs.competitors import competitor_words
from qa_service.analyze.transcript import transcript
from qa_service.domain.analysis import Analysis
from qa_service.domain.finding import StepStatus
from qa_service.rulebook import codebook, default_file, parse_sop
from tests.analyze.fixed_judge import JUDGE, FixedTurns
from tests.written import marked, written

SOP = parse_sop(
    """
sop: s
pass_score: 60
steps:
  - {id: greeting, weight: 10, first_turns: 3}
  - {id: needs, weight: 10}
  - {id: price, weight: 10}
  - {id: loan, weight: 10, when: {keywords: [分期]}}
order: [[greeting, price], {before: needs, after: price, unless_asked: true}]
obligations:
  - {id: dear, title: dear, weight: 10, within: 4, trigger: {keywords: [太贵]}, response: {examples: [值]}}
red_lines: [rude, guarantee_outcome]
""",
    "s.yaml",
)


@dataclass(frozen=True)
class AsIs:
    """Cleaning is not what is tested here."""

    text: str

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        return start, end


class Diluted(FixedTurns):
    """Sees nothing in a text of several clauses, as a model does that harmless words distract."""

    def classify(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        found = super().classify(task, texts, before)
        diluted = np.array(["，" in text for text in texts], dtype=bool)
        return np.where(diluted[:, None], 0.01, found)


def analysed(text: str, judge: Judge = JUDGE) -> Analysis:
    yardstick = Yardstick(judge, codebook(), competitor_words(default_file("competitors.yaml")))
    return analyze(transcript(written(text), AsIs), SOP, yardstick, versions={"models": "fixed-1"})


def status(analysis: Analysis, step_id: str) -> StepStatus:
    return next(step.status for step in analysis.steps if step.id == step_id)


def test_a_done_step_names_its_turns_and_a_missed_one_the_range_searched() -> None:
    found = analysed("A 您好[greeting]\nC 你好\nA [price]三千\nA [price]含教材")
    greeting, needs, price, loan = found.steps
    assert (greeting.turns, price.turns) == ((0,), (2, 3))
    assert (needs.status, needs.searched) == (StepStatus.MISSED, (0, 3))
    assert loan.status is StepStatus.NOT_APPLICABLE


def test_a_step_with_first_turns_counts_only_if_begun_within_those_moves() -> None:
    late = "A 喂\nC 喂\nA 嗯\nC 谁\nA 您好[greeting]"
    assert status(analysed(late), "greeting") is StepStatus.MISSED
    bubbles = "A 喂\nA 喂\nA 喂\nA 喂\nA 您好[greeting]"
    assert status(analysed(bubbles), "greeting") is StepStatus.DONE, "five bubbles are one move"


def test_a_conditional_step_is_owed_only_after_its_trigger() -> None:
    assert status(analysed("A 喂\nC 可以分 期吗"), "loan") is StepStatus.MISSED
    assert status(analysed("A 可以分期\nC 哦"), "loan") is StepStatus.NOT_APPLICABLE, "the customer must say it"


def test_an_order_is_breached_when_before_comes_after() -> None:
    found = analysed("A [price]\nC 嗯\nA [greeting][needs]")
    assert [(o.key, o.turns) for o in found.orders] == [
        ("order/greeting>price", (2, 0)),
        ("order/needs>price", (2, 0)),
    ]


def test_an_early_step_that_answers_a_question_is_no_breach_where_the_pair_says_so() -> None:
    found = analysed("A [greeting]\nC 多少钱<question>\nA [price]\nC 嗯\nA [needs]")
    assert found.orders == ()


@pytest.mark.parametrize(
    ("text", "episodes"),
    [
        ("C 太贵了\nA [dear]值", [(0, 1, True)]),
        ("C 太贵了\nA 嗯", [(0, None, False)]),
        ("C 太贵了", []),
        ("C 太贵了\nA 嗯\nC 啊\nA 哦\nC 啊\nA [dear]", [(0, None, False)]),
        ("C 太贵了\nA 嗯\nC 真的太贵了\nA 哦\nC 啊\nA [dear]", [(0, 5, True)]),
        ("C 太贵了\nA [dear]\nC 还是太贵\nA 嗯", [(0, 1, True), (2, None, False)]),
        ("C 太贵了\nA 嗯\nA 嗯\nA 嗯\nA 嗯\nA 嗯\nA [dear]", [(0, 6, True)]),
    ],
    ids=["met", "unmet", "no_agent_move", "too_late", "a_repeat_extends", "a_new_episode", "bubbles_are_one_move"],
)
def test_obligations_are_episodes_counted_in_moves(text: str, episodes: list[tuple[int, int | None, bool]]) -> None:
    found = analysed(text).obligations
    assert [(o.trigger_turn, o.response_turn, o.met) for o in found] == episodes


def test_the_quote_of_a_red_line_is_the_shortest_clause_that_proves_it() -> None:
    text = "C 能过吗\nA 您放心，【我们包过<guarantee_outcome>】，真的"
    found = analysed(text)
    assert [line.span for line in found.red_lines] == marked(text)
    assert found.red_lines[0].quote == "我们包过<guarantee_outcome>"
    assert found.score is not None and found.score.veto == "proposed"


def test_a_red_line_that_is_denied_in_its_clause_is_not_crossed() -> None:
    assert analysed("A 谁也不能保证您一定过<guarantee_outcome>").red_lines == ()
    both = analysed("A 别家不敢保证<guarantee_outcome>，我们包过<guarantee_outcome>").red_lines
    assert [line.quote for line in both] == ["我们包过<guarantee_outcome>"]


def test_harmless_words_beside_it_hide_no_red_line() -> None:
    judge = replace(JUDGE, turns=Diluted())
    text = "A 试听不要钱，【保证提分<guarantee_outcome>】"
    found = analysed(text, judge).red_lines
    assert [line.span for line in found] == marked(text)
    assert analysed("A 试听不要钱，谁也不能保证提分<guarantee_outcome>", judge).red_lines == ()


def test_what_is_nearly_a_counter_example_crosses_no_red_line_of_the_sops_own() -> None:
    own = "{id: own, title: own, severity: minor, examples: ['[own]包过的'], counter_examples: ['[own]我们可不包过']}"
    sop = parse_sop(f"sop: s\nsteps: [{{id: a, weight: 1}}]\nred_lines: [{own}]", "s.yaml")
    yardstick = Yardstick(JUDGE, codebook(), competitor_words(default_file("competitors.yaml")))

    def found(text: str) -> list[str]:
        read = transcript(written(text), AsIs)
        return [line.quote for line in analyze(read, sop, yardstick, versions={}).red_lines]

    assert found("A [own]我们可不包过") == found("A 嗯 [own]我们可不包过的") == []
    assert found("A [own]您放心 我们肯定包过") == ["[own]您放心 我们肯定包过"]


def test_a_red_line_the_sop_does_not_list_is_not_its_business() -> None:
    assert analysed("A 最后一个名额<false_urgency>").red_lines == ()
    assert analysed("C 没钱就别问<rude>").red_lines == (), "customers cross no red lines"


def test_a_refund_request_names_its_turns_and_reasons() -> None:
    found = analysed("C 我要退费<detected>\nA 为什么\nC 没时间<no_time>").refund
    assert (found.detected, found.turns) == (True, (0,))
    assert [(reason.id, reason.turns) for reason in found.reasons] == [("no_time", (2,))]


def test_a_need_is_quoted_letter_for_letter_and_followed_to_its_answer() -> None:
    text = "C 喂，【周末有课吗<question>】\nA <answer>有的\nC 【要晚上<requirement>】\nC 【太远<objection>】"
    found = analysed(text).needs
    assert [need.span for need in found] == marked(text)
    assert [(n.kind, n.handled, n.response_turn) for n in found] == [
        ("question", "answered", 1),
        ("requirement", None, None),
        ("objection", "none", None),
    ]


def test_a_competitor_is_named_with_its_stance_and_the_own_company_is_none() -> None:
    found = analysed("A 您好我是猿编程的小林\nC 人家【小码编程】更便宜\nC 猿编程我知道").competitors
    assert [(c.quote, c.stance) for c in found] == [("小码编程", "better")]


def test_a_conversation_of_one_side_says_so() -> None:
    assert analysed("A 在吗\nA [greeting]").doubts == ("no_customer_turn",)


@pytest.mark.parametrize("text", ["S 接通", "A ", "C ", "A …\nC 。", "A   \nC ？"], ids=range(5))
def test_a_conversation_without_words_is_analysed_all_the_same(text: str) -> None:
    found = analysed(text)
    assert [step.status for step in found.steps[:3]] == [StepStatus.MISSED] * 3
    assert found.needs == ()
