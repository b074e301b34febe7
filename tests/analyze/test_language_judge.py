"""What the judge is asked, and what its answers do to an analysis."""

import json
from dataclasses import replace
from typing import Any

import pytest

from qa_service.analyze.language_judge.question import instructions, prompt_version
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json, analysis_to_line
from qa_service.domain.finding import RemovedFinding, StepStatus
from qa_service.rulebook import codebook, parse_sop
from tests.analyze.scripted_model import DOUBTS, judged, question, step

ELEMENTS = parse_sop(
    """
sop: e
steps:
  - id: close
    weight: 10
    elements: [{id: time, title: time, points: 1}, {id: place, title: place, points: 3}]
""",
    "e.yaml",
)

# What is asked


def test_only_unsure_items_are_asked_and_a_doubtful_complaint_with_all_its_reasons() -> None:
    _, _, model = judged(DOUBTS, {})
    items = [item for item in model.asked[0].items if not item.startswith(("complaint/", "refund/"))]
    assert items == ["step/greeting", "obligation/dear/1", "red_line/false_urgency/2", "complaint", "refund"]
    reasons = [item for item in model.asked[0].items if item.startswith("complaint/")]
    assert reasons == [f"complaint/{reason}" for reason in codebook().complaint_reasons]


def test_the_question_says_what_each_verdict_may_cite() -> None:
    _, _, model = judged(DOUBTS, {})
    items = {item["item"]: item for item in question(model)["items"]}
    assert items["step/greeting"]["verdicts"] == {"done": [0, 2], "missed": [0, 2]}, "only the first moves count"
    assert items["obligation/dear/1"]["verdicts"] == {"met": [2], "unmet": [2], "not_triggered": [1]}
    assert items["red_line/false_urgency/2"]["verdicts"] == {"crossed": [2], "not_crossed": [2]}
    assert items["complaint"]["verdicts"] == {"detected": "customer", "not_detected": "customer"}
    assert question(model)["turns"][1] == {"turn": 1, "speaker": "customer", "text": "太贵了"}


def test_nobody_is_asked_when_the_models_are_sure_of_everything() -> None:
    alone, after, model = judged("A [greeting]您好\nC 嗯\nA [price]三千", {})
    assert model.asked == []
    assert analysis_to_line(alone) == analysis_to_line(after)


def test_asked_about_everything_the_judge_sees_what_nobody_found_too() -> None:
    _, _, model = judged("A [greeting]您好\nC 嗯\nA [price]三千", {}, every=True)
    items = set(model.asked[0].items)
    assert {"step/greeting", "step/price", "step/loan", "obligation/dear", "red_line/rude", "red_line/own"} <= items
    assert {"complaint", "complaint/other", "refund", "refund/no_time"} <= items


def test_without_an_sop_red_lines_and_grievances_are_asked() -> None:
    _, after, model = judged(DOUBTS, {"red_line/false_urgency/2": ("not_crossed", [2])}, sop=None)
    assert [item for item in model.asked[0].items if item.startswith(("step", "obligation"))] == []
    assert (after.red_lines, after.score) == ((), None)


# What its decisions do


def test_a_step_that_the_judge_finds_done_says_who_decided_and_scores() -> None:
    text = "A 您好[greeting??]\nC 嗯\nA [price]三千"
    alone, after, _ = judged(text, {"step/greeting": ("done", [0])})
    assert (step(alone, "greeting").status, step(alone, "greeting").unsure) == (StepStatus.MISSED, True)
    found = step(after, "greeting")
    assert (found.status, found.turns, found.unsure, found.decided_by) == ("done", (0,), False, "language_model")
    assert (found.near_miss, found.searched) == (None, None)
    assert alone.score and after.score and after.score.value > alone.score.value
    assert step(after, "price").decided_by is None


def test_agreement_keeps_the_confidence_of_the_models_and_contradiction_claims_nothing() -> None:
    alone, agreed, _ = judged(DOUBTS, {"step/greeting": ("done", [0])})
    assert step(agreed, "greeting").confidence == step(alone, "greeting").confidence == 0.6
    _, contradicted, _ = judged(DOUBTS, {"step/greeting": ("missed", [2])})
    missed = step(contradicted, "greeting")
    assert (missed.confidence, missed.p_done, missed.unsure) == (0.5, 0.5, False)
    assert (missed.near_miss.turn, missed.searched) == (2, (0, 2)), "a missed step names where it was looked for"


def test_contradicting_what_the_models_are_sure_of_leaves_it_to_a_person() -> None:
    text = "A [greeting]您好\nC 嗯\nA [price]三千"
    _, after, _ = judged(text, {"step/greeting": ("missed", [0])}, every=True)
    missed = step(after, "greeting")
    assert (missed.status, missed.confidence, missed.unsure) == (StepStatus.MISSED, 0.5, True)
    assert after.score and after.score.state == "provisional"


def test_a_conditional_step_may_be_found_not_applicable_with_a_customer_turn() -> None:
    text = "C 可以分期吗\nA [loan??]可以"
    _, after, model = judged(text, {"step/loan": ("not_applicable", [0])})
    assert step(after, "loan").status is StepStatus.NOT_APPLICABLE
    assert {item["item"]: item for item in question(model)["items"]}["step/loan"]["only_when"] == {"keywords": ["分期"]}


def test_the_order_of_steps_follows_the_judge() -> None:
    text = "A [price]三千\nC 嗯\nA [greeting??]您好"
    alone, after, _ = judged(text, {"step/greeting": ("done", [2])})
    assert (alone.orders, [order.turns for order in after.orders]) == ((), [(2, 0)])
    assert after.orders[0].unsure, "it rests on a decision that nobody has measured"


def test_an_obligation_met_by_a_step_follows_the_judge_and_claims_no_more_than_it() -> None:
    text = "A [greeting]喂\nC 多少钱\nA [price??]三千"
    alone, after, _ = judged(text, {"step/price": ("done", [2])})
    assert [(one.met, one.decided_by) for one in alone.obligations] == [(False, None)]
    quote = after.obligations[0]
    assert (quote.met, quote.response_turn, quote.confidence, quote.decided_by) == (True, 2, 0.5, "language_model")


@pytest.mark.parametrize(
    ("decision", "episodes"),
    [
        (("met", [2]), [(1, 2, True)]),
        (("unmet", [2]), [(1, None, False)]),
        (("not_triggered", [1]), []),
    ],
    ids=["met", "unmet", "not_triggered"],
)
def test_an_obligation_is_met_or_not_or_was_never_owed(decision: tuple[str, list[int]], episodes: list[Any]) -> None:
    _, after, _ = judged(DOUBTS, {"obligation/dear/1": decision})
    assert [(one.trigger_turn, one.response_turn, one.met) for one in after.obligations] == episodes
    removed = () if episodes else (RemovedFinding("obligation/dear/1", (1,), "language_model"),)
    assert after.removed == removed


def test_a_red_line_that_is_none_is_struck_out_with_a_trace() -> None:
    alone, after, _ = judged(DOUBTS, {"red_line/false_urgency/2": ("not_crossed", [2])})
    assert alone.red_lines and after.red_lines == ()
    assert after.removed == (RemovedFinding("red_line/false_urgency/2", (2,), "language_model"),)
    _, confirmed, _ = judged(DOUBTS, {"red_line/false_urgency/2": ("crossed", [2])})
    line = confirmed.red_lines[0]
    assert (line.unsure, line.confidence, line.decided_by) == (False, 0.55, "language_model")
    assert line.quote == alone.red_lines[0].quote, "the quote is the transcript's"


def test_the_judge_alone_never_strikes_out_a_fatal_red_line() -> None:
    _, after, _ = judged("C 嗯\nA 没钱就别问<rude?>", {"red_line/rude/1": ("not_crossed", [1])})
    assert [(line.id, line.unsure, line.decided_by) for line in after.red_lines] == [("rude", True, None)]
    assert after.score and after.score.veto == "proposed"


def test_what_the_judge_adds_is_quoted_from_the_transcript_and_put_before_a_person() -> None:
    text = "A [greeting]您好\nC 太过分\nA 没钱就别问"
    answers = {"red_line/rude": ("crossed", [2]), "obligation/dear": ("met", [1, 2])}
    _, after, _ = judged(text, answers, every=True)
    line, episode = after.red_lines[0], after.obligations[0]
    assert (line.quote, line.unsure, line.confidence, line.decided_by) == ("没钱就别问", True, 0.5, "language_model")
    assert (episode.trigger_turn, episode.response_turn, episode.met, episode.unsure) == (1, 2, True, True)


def test_a_complaint_and_its_reasons_are_decided() -> None:
    answers = {
        "complaint": ("detected", [3]),
        "complaint/staff_attitude": ("not_stated", [3]),
        "complaint/slow_response": ("stated", [3]),
        "refund": ("detected", [3]),
        "refund/no_time": ("stated", [1]),
    }
    _, after, _ = judged(DOUBTS, answers)
    assert [(reason.id, reason.turns, reason.unsure) for reason in after.complaint.reasons] == [
        ("slow_response", (3,), False)
    ]
    assert (after.complaint.unsure, after.complaint.confidence) == (False, 0.55)
    assert (after.refund.detected, after.refund.confidence, after.refund.turns) == (True, 0.55, (3,))
    assert [(reason.id, reason.decided_by) for reason in after.refund.reasons] == [("no_time", "language_model")]
    assert after.removed == (RemovedFinding("complaint/staff_attitude", (3,), "language_model"),)


def test_a_complaint_that_is_none_has_no_turns_and_no_reasons() -> None:
    _, after, _ = judged(DOUBTS, {"complaint": ("not_detected", [3]), "complaint/other": ("stated", [3])})
    assert (after.complaint.detected, after.complaint.turns, after.complaint.reasons) == (False, (), ())
    assert after.complaint.decided_by == "language_model"


def test_a_step_with_elements_is_decided_when_all_of_them_are() -> None:
    text = "A [close??]那就这样\nC 好\nA 周六在这里"
    both = {"step/close/time": ("done", [2]), "step/close/place": ("missed", [2])}
    alone, after, _ = judged(text, both, sop=ELEMENTS)
    close = after.steps[0]
    assert [(e.id, e.done, e.turns) for e in close.elements] == [("time", True, (2,)), ("place", False, ())]
    assert (close.status, close.turns, close.decided_by) == (StepStatus.DONE, (2,), "language_model")
    assert (close.confidence, close.unsure, after.score and after.score.value) == (0.5, False, 25.0)
    _, half, _ = judged(text, dict(list(both.items())[:1]), sop=ELEMENTS)
    assert half.steps == alone.steps


def test_contradicting_a_sure_element_leaves_the_step_to_a_person() -> None:
    answers = {"step/close/time": ("done", [0]), "step/close/place": ("done", [0])}
    alone, after, _ = judged("A [time]周六\nC 好", answers, sop=ELEMENTS, every=True)
    assert (alone.steps[0].status, alone.steps[0].unsure) == (StepStatus.DONE, False)
    assert (after.steps[0].confidence, after.steps[0].unsure) == (0.5, True)
    _, missed, _ = judged("A 周六\nC 好", {key: ("missed", [0]) for key in answers}, sop=ELEMENTS, every=True)
    assert (missed.steps[0].searched, missed.steps[0].decided_by) == ((0, 0), "language_model")


def test_an_analysis_names_the_judge_and_its_prompt_where_it_answered() -> None:
    alone, after, _ = judged(DOUBTS, {})
    assert after.versions == {
        "models": "doubtful-1",
        "judge": "tiny",
        "judge_items": "unsure",
        "judge_prompts": prompt_version(),
    }
    assert replace(after, versions=alone.versions) == alone, "and an empty answer changes nothing else"
    assert prompt_version().startswith("1-") and "JSON" in instructions()


def test_what_the_judge_decided_survives_writing_and_reading() -> None:
    answers = {"step/greeting": ("done", [0]), "obligation/dear/1": ("not_triggered", [1])}
    answers |= {"complaint": ("detected", [3]), "complaint/staff_attitude": ("stated", [3])}
    _, after, _ = judged(DOUBTS, answers)
    body = analysis_to_json(after)
    assert analysis_from_json(json.loads(json.dumps(body))) == after
    assert body["steps"][0]["decided_by"] == body["complaint"]["reasons"][0]["decided_by"] == "language_model"
    assert body["removed"] == [{"key": "obligation/dear/1", "turns": [1], "decided_by": "language_model"}]
    assert not [one for one in body["steps"][1:] if "decided_by" in one]
