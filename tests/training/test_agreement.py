"""Two hands are compared item by item: what both said, what only one said, and what chance would share."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from sklearn.metrics import cohen_kappa_score

from training.agreement import AgreementError, agreement, labelled_twice, main, table
from training.labels_compared import MEASURES, Compared, Measure, Twice, span_overlap

Json = dict[str, Any]

SOP: Json = {
    "sop": "trial-call",
    "steps": [{"id": "greeting"}, {"id": "price"}, {"id": "booking"}],
    "obligations": [{"id": "ask_price"}],
    "order": [["greeting", "price"], {"before": "price", "after": "booking", "unless_asked": True}],
    "red_lines": ["rude", {"id": "fake_exam"}],
}
TURNS = [
    {"speaker": "agent", "text": "您好 我是小许"},
    {"speaker": "customer", "text": "一节课多少钱 我怕孩子坐不住"},
    {"speaker": "agent", "text": "九块 送您一本书"},
    {"speaker": "customer", "text": "你们态度太差了 退钱"},
    {"speaker": "system", "text": "通话结束"},
]


def gold(**labels: Any) -> Json:
    nothing: Json = {"detected": False, "turns": [], "reasons": []}
    lists = ("steps", "obligations", "order_violations", "red_lines", "needs", "promises", "competitors")
    return {key: [] for key in lists} | {"complaint": nothing, "refund": nothing} | labels


def grievance(**reasons: list[int]) -> Json:
    turns = sorted({turn for where in reasons.values() for turn in where})
    return {"detected": True, "turns": turns, "reasons": [{"id": i, "turns": t} for i, t in reasons.items()]}


def need(kind: str, text: str, **more: Any) -> Json:
    return {"turn": 1, "kind": kind, "text": text, "topic": "x"} | more


def compared(name: str, first: Json, second: Json) -> Compared:
    (measure,) = (m for m in MEASURES if m.name == name)
    return measure.compare(Twice(TURNS, SOP, first, second))


def counts(found: Compared) -> tuple[int, int, int]:
    return found.first, found.second, found.shared


def test_hands_that_say_the_same_agree_wholly_on_every_label() -> None:
    labels = gold(
        steps=[{"id": "greeting", "turns": [0]}],
        obligations=[{"id": "ask_price", "trigger_turn": 1, "met": True}],
        red_lines=[{"turn": 2, "id": "rude", "quote": "九块"}],
        complaint=grievance(staff_attitude=[3]),
        needs=[need("question", "一节课多少钱", handled="answered")],
        promises=[{"turn": 2, "kind": "gift", "quote": "送您一本书"}],
        competitors=[{"turn": 1, "quote": "孩子", "stance": "worse"}],
    )
    for measure in MEASURES:
        found = measure.compare(Twice(TURNS, SOP, labels, labels))
        assert found.first == found.second == found.shared, measure.name
        assert all(one == other for one, other in found.cells), measure.name


def test_a_step_that_one_hand_alone_finds_done_is_missed_for_the_other() -> None:
    first = gold(steps=[{"id": "greeting", "turns": [0]}, {"id": "price", "turns": [2]}])
    second = gold(steps=[{"id": "greeting", "turns": [0, 2]}])
    missed = compared("step missed", first, second)
    assert counts(missed) == (1, 2, 1)
    assert missed.cells == {("False", "False"): 1, ("False", "True"): 1, ("True", "True"): 1}
    assert counts(compared("step at the turn", first, second)) == (2, 2, 1)


def test_an_episode_is_the_same_within_two_turns_and_its_outcome_is_compared() -> None:
    first = gold(obligations=[{"id": "ask_price", "trigger_turn": 1, "met": True}])
    near = gold(obligations=[{"id": "ask_price", "trigger_turn": 3, "met": False}])
    far = gold(obligations=[{"id": "ask_price", "trigger_turn": 4, "met": True}])
    assert counts(compared("obligation episode", first, near)) == (1, 1, 1)
    assert compared("obligation met", first, near).cells == {("True", "False"): 1}
    assert counts(compared("obligation episode", first, far)) == (1, 1, 0)
    assert compared("obligation triggered", first, far).cells == {("True", "True"): 1}


def test_wrong_orders_are_compared_over_the_pairs_of_the_sop() -> None:
    found = compared("order violated", gold(order_violations=[{"before": "price", "after": "booking"}]), gold())
    assert found.cells == {("False", "False"): 1, ("True", "False"): 1}


def test_red_lines_are_compared_by_turn_and_by_name() -> None:
    first = gold(red_lines=[{"turn": 2, "id": "rude", "quote": "九块"}])
    second = gold(red_lines=[{"turn": 2, "id": "fake_exam", "quote": "九块"}])
    assert counts(compared("red line, any", first, second)) == (1, 1, 1)
    assert counts(compared("red line", first, second)) == (1, 1, 0)
    assert compared("red line, which", first, second).cells == {("none", "none"): 1, ("rude", "fake_exam"): 1}


def test_reasons_are_compared_only_where_a_hand_finds_the_complaint() -> None:
    first, second = gold(complaint=grievance(staff_attitude=[3])), gold(complaint=grievance(slow_response=[3]))
    assert counts(compared("complaint reason", first, second)) == (1, 1, 0)
    assert sum(compared("complaint reason", first, gold()).cells.values()) == 13
    assert not compared("complaint reason", gold(), gold()).cells
    assert compared("complaint", first, gold()).cells == {("True", "False"): 1}
    assert counts(compared("complaint voiced", first, second)) == (1, 1, 1)


def test_needs_are_the_same_when_they_share_half_of_their_words() -> None:
    first = gold(needs=[need("question", "多少钱", handled="answered"), need("pain_point", "坐不住")])
    second = gold(needs=[need("requirement", "一节课多少钱", handled="evaded"), need("pain_point", "我怕")])
    assert counts(compared("need", first, second)) == (2, 2, 1)
    assert compared("need kind", first, second).cells == {("question", "requirement"): 1}
    assert compared("handled", first, second).cells == {("answered", "evaded"): 1}


def test_spans_overlap_by_their_place_in_the_turn() -> None:
    assert span_overlap("一节课多少钱", "一节课", "一节课多少钱") == pytest.approx(6 / 9)
    assert span_overlap("一节课多少钱", "一节课", "多少钱") == 0
    assert span_overlap("一节课多少钱", "一节课", "两节课") == 0


def test_a_promise_counts_with_its_kind_and_kinds_are_compared_on_the_same_words() -> None:
    first = gold(promises=[{"turn": 2, "kind": "gift", "quote": "送您一本书"}])
    second = gold(promises=[{"turn": 2, "kind": "price", "quote": "一本书"}])
    assert counts(compared("promise and its kind", first, second)) == (1, 1, 0)
    assert compared("promise kind", first, second).cells == {("gift", "price"): 1}
    assert counts(compared("promise, any", first, second)) == (1, 1, 1)


def test_competitors_are_looked_for_on_both_sides_and_not_in_system_turns() -> None:
    found = compared("competitor", gold(competitors=[{"turn": 1, "quote": "孩子", "stance": "worse"}]), gold())
    assert sum(found.cells.values()) == 4
    assert counts(found) == (1, 0, 0)


def cells(*answers: tuple[str, str]) -> Compared:
    found = Compared()
    found.cells.update(answers)
    return found


def test_kappa_is_that_of_all_conversations_together() -> None:
    one = [("yes", "yes"), ("no", "no"), ("no", "yes")]
    other = [("yes", "no"), ("no", "no"), ("yes", "yes"), ("no", "no")]
    found = agreement([cells(*one), cells(*other)], draws=50)
    assert found.kappa.value == pytest.approx(cohen_kappa_score(*zip(*one, *other, strict=True)))
    assert found.same == pytest.approx(5 / 7)


def test_the_interval_holds_the_figure_and_the_same_seed_gives_the_same() -> None:
    rows = [Compared(first=n + 1, second=n + 2, shared=n) for n in range(6)]
    found = agreement(rows, draws=200, seed=3)
    assert found.f1.low < found.f1.value < found.f1.high
    assert found.f1 == agreement(rows, draws=200, seed=3).f1
    assert found.f1 != agreement(rows, draws=200, seed=4).f1


def test_hands_that_know_one_answer_only_have_no_kappa() -> None:
    assert str(agreement([cells(("no", "no"))], draws=10).kappa) == "—"


def test_a_label_that_nobody_gave_has_no_row() -> None:
    measure = Measure("promise kind", "promises of both", lambda _: Compared())
    assert len(list(table([Twice(TURNS, SOP, gold(), gold())], [measure], draws=10))) == 2


def written(folder: Path, *, second_id: str = "tr-1") -> tuple[Path, Path]:
    conversations, second = folder / "conversations", folder / "second.jsonl"
    (conversations / "sops").mkdir(parents=True)
    (conversations / "sops" / "trial.yaml").write_text(yaml.safe_dump(SOP), "utf-8")
    labels = gold(steps=[{"id": "greeting", "turns": [0]}])
    body = {"id": "tr-1", "sop": SOP["sop"], "turns": TURNS, "gold": labels}
    (conversations / "a.jsonl").write_text(json.dumps(body, ensure_ascii=False) + "\n", "utf-8")
    second.write_text(json.dumps({"id": second_id, "gold": labels}) + "\n", "utf-8")
    return conversations, second


def test_the_command_prints_a_markdown_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    conversations, second = written(tmp_path)
    assert main(["--conversations", str(conversations), "--second", str(second), "--draws", "20"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("1 conversations, 5 turns")
    assert (
        "| step missed | conversation × step | 2 | 2 | 100.0% | 1.00 (1.00 to 1.00) | 1.00 (1.00 to 1.00) |" in printed
    )


def test_second_labels_without_their_conversation_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AgreementError, match="no conversation 'tr-9'"):
        labelled_twice(*written(tmp_path, second_id="tr-9"))


def test_the_shipped_second_labels_stand_beside_their_conversations() -> None:
    datasets = Path(__file__).parents[2] / "datasets"
    twice = labelled_twice(datasets / "conversations", datasets / "second" / "second.jsonl")
    assert len(twice) == 64
    for one in twice:
        for need_ in one.second["needs"]:
            assert need_["text"] in one.turns[need_["turn"]]["text"]
        assert {step["id"] for step in one.second["steps"]} <= {step["id"] for step in one.sop["steps"]}
