"""The shipped SOP for after-sales: a refund that is taken up after empathy and questions is taken up in time."""

from pathlib import Path

from qa_service import rulebook
from qa_service.analyze.analysis import Yardstick, analyze
from qa_service.analyze.needs.competitors import competitor_words
from qa_service.analyze.transcript import transcript
from qa_service.normalize.text import clean
from qa_service.rulebook import codebook, default_file, parse_sop
from tests.analyze.fixed_judge import JUDGE
from tests.written import written

SOP = Path(rulebook.__file__).parent / "default" / "sops" / "moya-aftersales.yaml"
ASKED = "C 我要退费\nA 您先说说怎么了\nC 孩子不爱上\nA 实在抱歉\nC 嗯\nA 手机尾号是多少\nC 三三六八\n"


def test_a_refund_taken_up_in_the_fourth_answer_is_taken_up() -> None:
    sop = parse_sop(SOP.read_text("utf-8"), "moya-aftersales.yaml")
    yardstick = Yardstick(JUDGE, codebook(), competitor_words(default_file("competitors.yaml")))
    read = transcript(written(ASKED + "A [要退费须受理或讲清怎么退]我给您提交"), clean)
    found = [one for one in analyze(read, sop, yardstick, versions={}).obligations if one.id == "refund_taken"]
    assert [(one.trigger_turn, one.response_turn, one.met) for one in found] == [(0, 7, True)]
