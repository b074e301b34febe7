from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from qa_service.domain.conversation_json import conversation_from_json
from training.annotated_text import AnnotationError, compile_block, main, read_blocks

SOP = yaml.safe_load("""
sop: s
steps: [{id: a}, {id: b}, {id: c}]
order: [[a, b], {before: a, after: c, unless_asked: true}]
obligations: [{id: o, title: o, within: 3, trigger: {examples: [x]}, response: {examples: [y]}}]
red_lines: [rude, {id: own, title: own, examples: [z]}]
""")
HEADER = (
    "@ id=t-1 sop=s channel=call product=课 agent=A1 team=一组 customer=U1 at=2026-06-03T19:20 converted=1 lead=抖音\n"
)


def compiled(turns: str) -> Mapping[str, Any]:
    [block] = read_blocks((HEADER + turns).splitlines(), "t.txt")
    return compile_block(block, {"s": SOP})


def test_a_labelled_conversation_becomes_the_contracts_object() -> None:
    body = compiled(
        "0 A 您好 || s:a\n1 C 太贵了，能退吗 || n:question:refund=能退吗>evaded@2 ; o:o>2 ; c:billing_dispute ; f:\n"
        "2 A 没钱别问 || r:rude=没钱别问 ; s:b ; p:price=没钱"
    )
    gold = body["gold"]
    assert conversation_from_json(body).tags == {"lead": "抖音"}
    assert gold["steps"] == [{"id": "a", "turns": [0]}, {"id": "b", "turns": [2]}]
    assert gold["obligations"] == [{"id": "o", "trigger_turn": 1, "response_turn": 2, "met": True}]
    assert gold["red_lines"] == [{"turn": 2, "id": "rude", "quote": "没钱别问"}]
    assert gold["complaint"]["reasons"] == [{"id": "billing_dispute", "turns": [1]}]
    assert (gold["refund"]["detected"], gold["refund"]["reasons"]) == (True, [])
    assert gold["needs"][0]["handled"] == "evaded"


def test_order_violations_follow_from_the_steps() -> None:
    assert compiled("0 A 一 || s:b\n1 C 嗯\n2 A 二 || s:a")["gold"]["order_violations"] == [
        {"before": "a", "after": "b"}
    ]


def test_an_answer_to_a_question_breaks_no_order_where_the_pair_says_so() -> None:
    unasked = compiled("0 A 一 || s:c\n1 C 嗯\n2 A 二 || s:a")["gold"]["order_violations"]
    asked = compiled("0 C 多少钱 || n:question:price=多少钱\n1 A 一 || s:c\n2 C 嗯\n3 A 二 || s:a")["gold"]
    assert unasked == [{"before": "a", "after": "c"}]
    assert asked["order_violations"] == []


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ("1 A 您好", "where 0 was expected"),
        ("0 X 您好", "not a turn"),
        ("0 A 您好 || s:nowhere", "no step"),
        ("0 A 您好 || r:rude=不在这里", "does not stand in the turn"),
        ("0 C 您好 || s:a", "cannot stand on a turn of the customer"),
        ("0 C 您好 || c:boredom", "boredom"),
        ("0 C 您好 || n:wish:x=您好", "wish"),
        ("0 C 您好 || zzz", "cannot read"),
        ("0 C 您好\n1 C 太贵 || o:o>0", "before the trigger"),
    ],
    ids=range(9),
)
def test_a_label_that_cannot_be_right_is_refused(turns: str, said: str) -> None:
    with pytest.raises(AnnotationError, match=said):
        compiled(turns)


def test_nothing_is_written_while_anything_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(SOP), "utf-8")
    (tmp_path / "t.txt").write_text(HEADER + "0 A 您好 || s:nowhere\n", "utf-8")
    arguments = [str(tmp_path / "t.txt"), "--sops", str(tmp_path), "--out", str(tmp_path / "t.jsonl")]
    assert main(arguments) == 1
    assert not (tmp_path / "t.jsonl").exists()
    (tmp_path / "t.txt").write_text(HEADER + "0 A 您好 || s:a\n", "utf-8")
    assert main(arguments) == 0
    assert (tmp_path / "t.jsonl").read_text("utf-8").count("\n") == 1
