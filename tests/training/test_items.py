"""What is reported of a labelled conversation, whether it is right, and how sure one may be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from models.findings import Item
from models.protocols import Matrix, TurnText
from models.sureness import BIAS, PROBABILITY, Sureness
from models.tasks import TASKS
from tests.training.invented import write_datasets
from training.data import Labelled, load
from training.fit_sureness import bounds, fit_sureness, learn_sureness
from training.items import Judged, judged_items
from training.rulebook_files import load_rulebook
from training.train import Learning, held_out_turns, learn_space, nobody

SOP = {"sop": "a", "red_lines": ["guarantee_outcome", "rude"]}


class Marked:
    """A label holds where it stands in the text as `<label>`."""

    labels: Mapping[str, tuple[str, ...]] = {task.name: task.labels for task in TASKS}

    def classify(self, task: str, texts: Sequence[str], before: Sequence[str]) -> Matrix:
        found = [[0.95 if f"<{label}>" in text else 0.01 for label in self.labels[task]] for text in texts]
        return np.array(found).reshape(len(texts), len(self.labels[task]))

    def calibrate(self, task: str, best: Matrix) -> Matrix:
        return best


def conversation(*turns: tuple[str, str], **gold: object) -> Labelled:
    nothing = {"turns": [], "reasons": []}
    empty = {"steps": [], "obligations": [], "red_lines": [], "needs": [], "promises": []}
    labels = empty | {"complaint": nothing, "refund": nothing} | gold
    return Labelled("c", "a", tuple(TurnText(who, text) for who, text in turns), labels)


def found(read: Labelled) -> dict[tuple[str, str], bool]:
    return {(j.item.kind, j.item.label): j.right for j in judged_items(read, SOP, Marked(), load_rulebook())}


def test_a_red_line_is_right_at_its_turn_or_the_next_one_and_once() -> None:
    said = [("agent", "<rude>你烦不烦"), ("customer", "啊"), ("agent", "<rude>不买拉倒"), ("agent", "<rude>挂了")]
    read = conversation(*said, red_lines=[{"id": "rude", "turn": 3, "quote": "挂了"}])
    items = [j for j in judged_items(read, SOP, Marked(), load_rulebook()) if j.item.kind == "red_line"]
    assert [(j.item.row, j.right) for j in items] == [(0, False), (1, False), (2, True)]


def test_only_red_lines_of_the_sop_are_looked_for_and_denials_are_none() -> None:
    read = conversation(("agent", "<false_urgency>名额没了"), ("agent", "<guarantee_outcome>我们不能保证"))
    assert not [kind for kind, _ in found(read) if kind == "red_line"]


def test_yes_and_no_are_both_decisions_and_a_reason_needs_its_label() -> None:
    complaint = {"turns": [0], "reasons": [{"id": "delivery", "turns": [0]}]}
    read = conversation(("customer", "<detected><delivery><privacy>书没到"), complaint=complaint)
    items = {
        (j.item.kind, j.item.label): j.right
        for j in judged_items(read, SOP, Marked(), load_rulebook())
        if j.item.kind != "red_line"
    }
    assert items["complaint", "detected"] and items["complaint_reason", "delivery"]
    assert not items["complaint_reason", "privacy"] and not items["refund", "detected"]
    assert found(conversation(("customer", "好的")))["no_refund", "detected"]


def test_a_need_must_be_of_the_kind_and_share_half_of_its_words() -> None:
    text = "那个 <question>多少钱一节"
    need = {"turn": 0, "text": "<question>多少钱一节", "kind": "question"}
    assert found(conversation(("customer", text), needs=[need]))["need", "question"]
    other = need | {"kind": "objection"}
    assert not found(conversation(("customer", text), needs=[other]))["need", "question"]
    elsewhere = need | {"text": "那个"}
    assert not found(conversation(("customer", text), needs=[elsewhere]))["need", "question"]


def judged(n: int, *, seed: int) -> list[Judged]:
    random = np.random.default_rng(seed)
    strength = random.normal(1.0, 2.0, n)
    right = random.random(n) < 1 / (1 + np.exp(-2 * strength))
    return [
        Judged(Item("red_line", "rude", 0, {PROBABILITY: 0.6, "whole": s}), f"c{i}", f"s{i % 10}", bool(r))
        for i, (s, r) in enumerate(zip(strength, right, strict=True))
    ]


def _sure(sureness: Sureness, one: Judged) -> float:
    return sureness.of(one.item.kind, one.item.signals)


def test_sureness_learns_what_its_signals_are_worth() -> None:
    items = judged(2000, seed=1)
    sureness = fit_sureness(items)
    assert sureness.of("red_line", {PROBABILITY: 0.6, "whole": 3.0}) > 0.97
    assert sureness.of("red_line", {PROBABILITY: 0.6, "whole": -1.0}) < 0.2
    sure, right = (np.mean(part) for part in zip(*((_sure(sureness, j), j.right) for j in items), strict=True))
    assert abs(sure - right) < 0.02


def test_the_bound_comes_from_signals_where_the_probability_alone_tells_nothing() -> None:
    sureness = fit_sureness(judged(2000, seed=1))
    row = bounds([replace(j, confidence=_sure(sureness, j)) for j in judged(2000, seed=2)])["red_line"]
    assert row["5% wrong"]["share"] > 0.4
    assert row["5% wrong"]["wrong_at_most"] <= 0.05
    assert row["5% wrong, by the probability alone"] is None


def test_a_kind_that_is_never_wrong_keeps_its_probability() -> None:
    items = [j for j in judged(300, seed=3) if j.right]
    assert fit_sureness(items).of("red_line", {PROBABILITY: 0.6, "whole": 0.0}) == pytest.approx(0.6)


def test_a_release_learns_what_decides_from_conversations_held_out(tmp_path: Path) -> None:
    data = load(write_datasets(tmp_path))
    learning = Learning(data, learn_space(data), nobody, Console(quiet=True))
    learnt = learn_sureness(data, held_out_turns(learning, reading=False), load_rulebook())
    assert {j.item.kind for j in learnt.items} >= {"complaint", "refund"}
    assert all(0.0 <= j.confidence <= 1.0 for j in learnt.items)
    assert set(learnt.by_sop) <= set(data.sops)


def test_no_to_a_complaint_teaches_whether_there_is_one() -> None:
    random = np.random.default_rng(4)
    items = []
    for number, strength in enumerate(random.normal(0.0, 2.0, 400)):
        there, answer = bool(random.random() < 1 / (1 + np.exp(-3 * strength))), strength > 0.5
        signals = {PROBABILITY: 0.5, "best": float(strength)}
        kind = "complaint" if answer else "no_complaint"
        items.append(Judged(Item(kind, "detected", -1, signals), f"c{number}", f"s{number % 9}", there == answer))
    weights = fit_sureness(items).weights
    assert set(weights) == {"complaint"} and weights["complaint"]["best"] > 1.0 and BIAS in weights["complaint"]
