"""What labels teach, turn by turn: what counts, what counts little, and what was never said."""

from typing import Any

import numpy as np
import pytest

from models.adaptation import EXAMPLE, EXAMPLE_WEIGHT, Subject
from models.adapted import BUILT_IN, Adaptation, Correction, Part, turn_space
from models.artifacts import load
from qa_service.analyze.lessons import (
    SPEAKERS,
    Taught,
    draw_lessons,
    reworded_acts,
    reworded_since,
    unsaid_acts,
)
from qa_service.analyze.sop.acts import named_acts
from qa_service.analyze.transcript import transcript
from qa_service.domain.gold import gold_of
from qa_service.domain.sop import Sop
from qa_service.normalize.text import clean
from qa_service.rulebook import parse_sop
from tests.written import written

JUDGE = load()
YAML = """
sop: small
steps:
  - {id: greeting, title: 问候, weight: 10, examples: [您好我是小林, 早上好], counter_examples: [您好在吗]}
  - {id: price, title: 报价, weight: 10, examples: [一共三千八, 半年两千], first_turns: 3}
obligations:
  - id: cost
    title: 问价要答
    weight: 5
    within: 2
    trigger: {examples: [多少钱, 怎么收费]}
    response: {examples: [一共三千八]}
  - id: place
    title: 问路要答
    weight: 5
    within: 2
    trigger: {examples: [在哪里]}
    response: {step: greeting}
red_lines: [rude, {id: own, title: 提同事, severity: minor, examples: [我同事骗你的]}]
"""
SOP = parse_sop(YAML, "small.yaml")
TEXT = """
A 您好我是小林
C 多少钱
A 我看看
C 到底多少钱
A 一共三千八
C 好
A 半年是两千
"""
GOLD: dict[str, Any] = {
    "steps": [{"id": "greeting", "turns": [0]}, {"id": "price", "turns": [4, 6]}],
    "obligations": [{"id": "cost", "trigger_turn": 1, "response_turn": 4, "met": True}],
    "red_lines": [{"id": "rude", "turn": 2, "quote": "我看看"}],
}


def subjects(gold: dict[str, Any] = GOLD, sop: Sop = SOP) -> dict[str, Subject]:
    conversation = written(TEXT, extra={"gold": gold})
    labels = gold_of(conversation)
    taught = Taught(transcript(conversation, clean), labels, unsaid_acts(labels, sop))
    return {subject.kind: subject for subject in draw_lessons([taught], sop, JUDGE, turn_space(JUDGE))}


def column(subject: Subject, name: str) -> tuple[list[float], list[float]]:
    """Truth and weight of each turn of the side that performs such acts."""
    index, lessons = subject.ids.index(name), subject.lessons.spoken()
    return lessons.holds[:, index].tolist(), lessons.weights[:, index].tolist()


def test_every_turn_of_the_agent_teaches_about_every_step() -> None:
    found = subjects()["step"]
    assert column(found, "greeting") == ([1, 0, 0, 0], [1, 1, 1, 1])
    assert column(found, "price") == ([0, 0, 1, 1], [1, 1, 1, 1])
    assert found.lessons.spoken().searched[:, 1].tolist() == [1, 1, 0, 0], "it must begin within three moves"


def test_a_repeat_of_an_open_trigger_is_no_counter_example() -> None:
    assert column(subjects()["trigger"], "cost") == ([1, 0, 0], [1, 0, 1])


def test_only_an_open_trigger_can_be_answered() -> None:
    found = subjects()["response"]
    assert found.ids == ("cost",), "the response of `place` is a step"
    assert column(found, "cost") == ([0, 0, 1, 0], [0, 1, 1, 0])
    gold = GOLD | {"obligations": [{"id": "cost", "trigger_turn": 1, "response_turn": None, "met": False}]}
    assert column(subjects(gold)["response"], "cost") == ([0, 0, 0, 0], [0, 1, 0, 0]), "two moves are its time"


def test_red_lines_of_the_sop_and_of_the_codebook_are_taught_apart() -> None:
    found = subjects()
    assert column(found["red_line"], "own") == ([0, 0, 0, 0], [1, 1, 1, 1])
    assert column(found[BUILT_IN], "rude") == ([0, 1, 0, 0], [1, 1, 1, 1])


def test_a_step_done_nobody_knows_where_teaches_nothing() -> None:
    gold = GOLD | {"steps": [{"id": "greeting", "turns": []}]}
    found = subjects(gold)["step"]
    assert column(found, "greeting")[1] == [0, 0, 0, 0]
    assert column(found, "price") == ([0, 0, 0, 0], [1, 1, 1, 1])


def test_what_nobody_said_anything_about_teaches_nothing() -> None:
    found = subjects({"steps": [{"id": "greeting", "turns": [0]}], "missed": []})
    assert column(found["step"], "greeting")[1] == [1, 1, 1, 1]
    assert column(found["step"], "price")[1] == [0, 0, 0, 0]
    assert not any(found[kind].lessons.spoken().weights.any() for kind in ("trigger", "response", "red_line", BUILT_IN))


def test_the_sops_own_sentences_are_labelled_turns_that_count_little() -> None:
    lessons = subjects()["step"].lessons
    mine = lessons.owner == EXAMPLE
    rows = {
        tuple(holds): tuple(weights) for holds, weights in zip(lessons.holds[mine], lessons.weights[mine], strict=True)
    }
    assert rows == {
        (1.0, 0.0): (EXAMPLE_WEIGHT, EXAMPLE_WEIGHT),
        (0.0, 1.0): (EXAMPLE_WEIGHT, EXAMPLE_WEIGHT),
        (0.0, 0.0): (EXAMPLE_WEIGHT, 0.0),
    }, "a counter-example speaks against its own step alone"


def test_the_general_log_odds_are_those_of_the_analysis() -> None:
    lessons = subjects()["step"].lessons.spoken()
    assert np.isfinite(lessons.odds).all()
    assert lessons.odds[0, 0] > lessons.odds[1:, 0].max(), "the greeting greets"


@pytest.mark.parametrize(
    ("change", "reworded"),
    [
        (("早上好", "早"), {("step", "greeting")}),
        (("[多少钱, 怎么收费]", "[多少钱]"), {("trigger", "cost")}),
        (("我同事骗你的", "同事骗你"), {("red_line", "own")}),
        (("red_lines: [rude, ", "red_lines: [rude, privacy_leak, "), {(BUILT_IN, "privacy_leak")}),
        (("weight: 10", "weight: 20"), set()),
    ],
    ids=["example", "trigger", "own_red_line", "new_red_line", "weight"],
)
def test_only_other_words_make_another_act(change: tuple[str, str], reworded: set[tuple[str, str]]) -> None:
    assert reworded_acts(SOP, parse_sop(YAML.replace(*change), "changed.yaml")) == reworded


def test_an_adaptation_tells_which_of_its_acts_were_reworded_since() -> None:
    named = named_acts(SOP)["step"]
    keys = {kind.kind: dict(zip(kind.ids, kind.keys, strict=True)) for kind in subjects().values()}
    part = Part(
        "step", tuple(n for n, _ in named), tuple(keys["step"][n] for n, _ in named), Correction(*[np.zeros(0)] * 3)
    )
    changed = parse_sop(YAML.replace("早上好", "早"), "changed.yaml")
    assert reworded_since(Adaptation("small", "v", (part,)), SOP) == []
    assert reworded_since(Adaptation("small", "v", (part,)), changed) == ["step greeting"]


def test_customers_trigger_and_agents_do_the_rest() -> None:
    assert set(SPEAKERS) == {"trigger"}
