"""Single turns as people write them become rows, or an error that names file and line."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from training.annotated_text import AnnotationError
from training.data import act_turn
from training.single_turns import compile_lines, main

Json = dict[str, Any]

SOP = yaml.safe_load("""
sop: swim
steps: [{id: greet}, {id: book}]
obligations: [{id: price, trigger: {examples: [x]}, response: {examples: [y]}}]
""")
TASKS = ("red_lines", "promises", "competitors", "complaint", "refund", "needs")
ACTS = """
@ sop=swim
= s:book
# 约时间
A s:greet s:book | C 谁啊 >> 小海豚的 周六上午那节给您排上
A - | 时间回头再跟您定

= t:price
C t:price | 那一期得多少米
C - | A 一期两千二 >> 哦
= a:price
A a:price | C 多少钱 >> 两千二
"""


def compiled(text: str, *tasks: str) -> Sequence[Json | AnnotationError]:
    return list(compile_lines(text.strip().splitlines(), "t", sops={"swim": SOP}, tasks=tasks or TASKS))


def rows(text: str, *tasks: str) -> Sequence[Json]:
    return [row for row in compiled(text, *tasks) if not isinstance(row, AnnotationError)]


def labels(line: str, *tasks: str) -> Json:
    [row] = rows(line, *tasks)
    found: Json = row["labels"]
    return found


def test_a_turn_keeps_its_acts_its_section_and_the_turn_before() -> None:
    first = rows(ACTS)[0]
    assert first == {
        "speaker": "agent",
        "before": ["C 谁啊"],
        "text": "小海豚的 周六上午那节给您排上",
        "acts": ["s:greet", "s:book"],
        "sop": "swim",
        "about": "s:book",
    }


def test_triggers_are_the_customers_and_responses_the_agents() -> None:
    found = [(row["speaker"], row["about"], row["acts"]) for row in rows(ACTS)[2:]]
    assert found == [
        ("customer", "t:price", ["t:price"]),
        ("customer", "t:price", []),
        ("agent", "a:price", ["a:price"]),
    ]


def test_a_turn_without_the_act_of_its_section_is_a_near_miss_of_it() -> None:
    turns = [act_turn({"id": "x"} | row) for row in rows(ACTS)]
    assert [turn.about in turn.acts for turn in turns] == [True, False, True, False, True]


def test_turns_of_tasks_stand_in_groups_that_blank_lines_part() -> None:
    pairs = "A r:rude=滚 | 您滚\nA - | 您好\n\nA - | 行\n# 说明\nA p:gift=送书 | 送书"
    groups = [row["group"] for row in rows(pairs)]
    assert groups[0] == groups[1] != groups[2] == groups[3]
    assert groups[0].startswith("t-")


def test_labels_of_an_agents_turn_carry_their_quotes() -> None:
    line = "A r:rude=没钱别问 ; p:gift=送您一本书 ; k:worse=星河差远了 | C 贵 >> 没钱别问 送您一本书 星河差远了"
    assert labels(line, "red_lines", "promises", "competitors") == {
        "red_lines": [{"id": "rude", "quote": "没钱别问"}],
        "promises": [{"kind": "gift", "quote": "送您一本书"}],
        "competitors": [{"stance": "worse", "quote": "星河差远了"}],
    }


def test_labels_of_a_customers_turn_tell_no_request_from_one_without_a_reason() -> None:
    line = "C c:slow_response ; f: ; n:requirement:refund=退钱 ; n:question=多久 | 没人理我 退钱 多久"
    assert labels(line, "complaint", "refund", "needs") == {
        "complaint": ["slow_response"],
        "refund": [],
        "needs": [{"kind": "requirement", "quote": "退钱", "topic": "refund"}, {"kind": "question", "quote": "多久"}],
    }
    assert labels("C - | 好的", "complaint", "refund", "needs") == {"complaint": None, "refund": None, "needs": []}


def test_only_what_was_asked_for_is_labelled() -> None:
    assert labels("A p:gift=送书 | 送书", "red_lines") == {"red_lines": []}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("您好 我是小海豚的", "not a turn"),
        ("X s:greet | 您好", "not a turn"),
        ("A s:greet |", "not a turn"),
        ("A s:nowhere | 您好", "swim has no 's:nowhere'"),
        ("A a:greet | 您好", "swim has no 'a:greet'"),
        ("A z:greet | 您好", "cannot read the label 'z:greet'"),
        ("C s:greet | 您好", "cannot stand on a turn of the customer"),
        ("A t:price | 多少钱", "cannot stand on a turn of the agent"),
        ("@ sop=ski", "no SOP named 'ski'"),
    ],
    ids=range(9),
)
def test_an_act_that_cannot_be_right_is_named_with_file_and_line(line: str, said: str) -> None:
    *_, problem = compiled(f"@ sop=swim\n= s:greet\nA s:greet | 您好\n{line}")
    assert isinstance(problem, AnnotationError)
    assert str(problem).startswith("t:4: ")
    assert said in str(problem)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("A r:rude=不在这里 | 您好", "does not stand in the turn"),
        ("A r:rude | 您好", "needs its quote"),
        ("A r:shouting=您好 | 您好", "no red line"),
        ("A p:moon=您好 | 您好", "'moon' is not one of"),
        ("C c:boredom | 没意思", "'boredom' is not one of"),
        ("C f:boredom | 没意思", "'boredom' is not one of"),
        ("C n:wish:x=想退 | 想退", "'wish:x' is not one of"),
        ("C r:rude=滚 | 滚", "cannot stand on a turn of the customer"),
        ("A zzz | 您好", "cannot read the label 'zzz'"),
    ],
    ids=range(9),
)
def test_a_label_of_a_task_that_cannot_be_right_is_named_with_file_and_line(line: str, said: str) -> None:
    [problem] = compiled(f"# 说明\n\n{line}")
    assert isinstance(problem, AnnotationError)
    assert str(problem).startswith("t:3: ")
    assert said in str(problem)


def test_a_bad_line_is_reported_and_its_neighbours_are_kept() -> None:
    found = compiled("A - | 一\nA zzz | 二\nA - | 三")
    assert [isinstance(one, AnnotationError) for one in found] == [False, True, False]
    assert [row["text"] for row in rows("A - | 一\nA zzz | 二\nA - | 三")] == ["一", "三"]


def arguments(folder: Path, *lines: str) -> list[str]:
    (folder / "swim.yaml").write_text(yaml.safe_dump(SOP), "utf-8")
    (folder / "swim.txt").write_text("\n".join(lines), "utf-8")
    return [str(folder / "swim.txt"), "--sops", str(folder), "--out", str(folder / "swim.jsonl")]


def test_nothing_is_written_while_anything_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = arguments(tmp_path, "@ sop=swim", "= s:book", "A s:nowhere | 您好", "A s:book | 周六十点", "A s:greet 喂")
    assert main(wrong) == 1
    assert not (tmp_path / "swim.jsonl").exists()
    said = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in said] == ["swim:3", "swim:5"]


def test_rows_are_numbered_on_and_named_after_the_file_or_the_prefix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(tmp_path, "@ sop=swim", "= s:book", "A s:book | 周六十点", "A - | 回头约", "A - | 回头约")
    for options, expected in (([], "swim-0003"), (["--prefix", "sw"], "sw-0003")):
        assert main([*given, *options]) == 0
        written = [json.loads(line) for line in (tmp_path / "swim.jsonl").read_text("utf-8").splitlines()]
        assert [row["id"] for row in written][-1] == expected
        assert capsys.readouterr().out == "3 turns, 2 different\n"
