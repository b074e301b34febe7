"""What the shipped models must at least get right: minimum behaviour, never an exact score."""

import pytest

from models.artifacts import load
from models.protocols import ActText, TurnText

JUDGE = load()
TEACHER = ActText("step", "agent", "介绍老师", "说明师资", ("我们老师都是师范毕业", "带班老师教龄八年"), (), (), 0.5)
PRICE = ActText("step", "agent", "报价", "说清价格", ("一年是三千八", "半年班两千块含教材"), (), (), 0.8)


def label(task: str, name: str, text: str, before: str = "") -> float:
    return float(JUDGE.turns.classify(task, [text], [before])[0, JUDGE.turns.labels[task].index(name)])


def test_an_act_never_seen_is_recognised_from_its_examples() -> None:
    turns = [
        TurnText("agent", "您好我是小林"),
        TurnText("customer", "多少钱"),
        TurnText("agent", "全年班是四千二，教材都含在里面了"),
        TurnText("agent", "带课的王老师教了十年，师范大学毕业的"),
    ]
    found = JUDGE.acts.match(turns, [TEACHER, PRICE])
    assert found.shape == (4, 2)
    assert found[3, 0] > found[:3, 0].max()
    assert found[2, 1] > max(found[0, 1], found[3, 1])
    assert not found[1].any(), "a customer performs no step of the agent"


@pytest.mark.parametrize(
    ("line", "crossing", "allowed"),
    [
        ("guarantee_outcome", "您放心，我们包过，考不过不要钱", "去年学员通过率大概六成"),
        ("private_payment", "您直接转我个人微信就行，不走平台", "报名链接我发您，走官方支付"),
        ("disparage_competitor", "他们家就是骗钱的，老师都是大学生兼职", "他们是录播，我们是直播"),
        ("rude", "没钱就别问这么多", "好的，那您先考虑"),
    ],
    ids=lambda value: value if value.isascii() else "",
)
def test_a_crossed_red_line_stands_out_from_what_is_allowed(line: str, crossing: str, allowed: str) -> None:
    assert label("red_lines", line, crossing) > max(0.5, label("red_lines", line, allowed))


def test_a_refund_request_is_told_from_a_question_about_the_rules() -> None:
    assert label("refund", "detected", "我要退费，把钱退给我") > 0.5 > label("refund", "detected", "好的谢谢")


def test_a_complaint_is_told_from_a_neutral_turn() -> None:
    assert label("complaint", "detected", "你们老师三天两头换，太不负责任了") > 0.5
    assert label("complaint", "detected", "周六上午可以") < 0.5


def test_a_question_is_a_need_and_a_yes_is_not() -> None:
    assert label("needs", "question", "一节课多少钱") > 0.5 > label("needs", "question", "嗯好的")


def test_probabilities_are_probabilities() -> None:
    for task, labels in JUDGE.turns.labels.items():
        found = JUDGE.turns.classify(task, ["你好", "", "\u3000", "a" * 3000], ["", "", "", ""])
        assert found.shape == (4, len(labels))
        assert ((found >= 0) & (found <= 1)).all()
