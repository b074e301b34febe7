"""What changed between two versions of an SOP, by meaning and in words."""

from copy import deepcopy
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from qa_service.domain.check import Branch, Check
from qa_service.domain.sop import AppliesTo, Element, Obligation, Order, RedLine, Sop, Step
from qa_service.domain.wording import Wording
from qa_service.errors import InvalidSop
from qa_service.rulebook import default_file, default_sops, parse_sop
from qa_service.rulebook.diff_words import difference_in_words
from qa_service.rulebook.sop_diff import ELSEWHERE, ChangeKind, compare_sops

OLD = """
sop: demo-call
version: 1
title: 演示
applies_to: {product: [少儿编程], channel: [call], tags: {lead_source: [抖音]}}
pass_score: 70
facts: [一节 90 元, 不分期]
faq: [{question: 能退吗, answer: 能}]
steps:
  - {id: greeting, title: 开场, weight: 10, examples: [您好我是小林, 喂您好]}
  - {id: needs, title: 挖需求, weight: 20, keywords: [几年级], elements: [{id: age, title: 年龄, points: 2}]}
  - {id: quote, title: 报价, weight: 10, when: {keywords: [多少钱]}}
  - {id: bye, title: 道别, weight: 5}
order: [[greeting, quote], [needs, quote]]
obligations:
  - {id: price, title: 嫌贵, weight: 5, within: 4, trigger: {examples: [太贵了]}, response: {step: quote}}
red_lines: [rude, {id: spam, title: 刷屏, severity: minor, points: 5, examples: [在吗在吗]}]
checks:
  - {id: wechat, title: 加微信, forbid: {keywords: [加微信]}, points: 5}
  - {id: slow, title: 回复慢, forbid: {reply: {over: 60}}, points: 5}
branches: [{id: dear, title: 嫌贵时, when: {keywords: [太贵]}, steps: [quote]}]
"""


def changed(*pairs: tuple[str, str], language: str = "zh") -> list[str]:
    """What the diff says when parts of the SOP's text are replaced."""
    text = OLD
    for before, after in pairs:
        assert before in text, before
        text = text.replace(before, after)
    return [difference_in_words(one, language) for one in compare_sops(parse_sop(OLD, "a"), parse_sop(text, "b"))]


CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "sop_differences.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[str(number) for number in range(len(CASES))])
def test_each_difference_is_said_in_words(case: dict) -> None:
    pair = (case["replace"], case["by"])
    assert changed(pair) == case["zh"]
    assert changed(pair, language="en") == case["en"]


def test_a_removed_part_is_named_with_what_it_was_worth() -> None:
    gone = "  - {id: bye, title: 道别, weight: 5}\n"
    assert changed((gone, "")) == ["删除步骤「道别」（权重 5）"]
    new = "  - {id: pay, title: 付款, weight: 12}\n"
    assert changed((gone, gone + new), language="en") == ["Step “付款” added (weight 12)"]


def test_only_the_steps_that_must_move_are_moved() -> None:
    bye = "  - {id: bye, title: 道别, weight: 5}\n"
    first = "  - {id: greeting"
    assert changed((bye, ""), (first, bye + first)) == ["步骤「道别」移到最前面"]
    needs = OLD[OLD.index("  - {id: needs") : OLD.index("  - {id: quote")]
    assert changed((needs, ""), (bye, bye + needs)) == ["步骤「挖需求」移到「道别」之后"]


def test_layout_comments_the_version_and_the_order_of_examples_mean_nothing() -> None:
    assert (
        changed(("version: 1", "version: 2 # neu"), ("[您好我是小林, 喂您好]", "\n      [喂您好, 您好我是小林]")) == []
    )


FACTS = """
  - 停车免费
  - price: {课程: 3980, 会员: {value: 198 元/月, about: [会员]}}
    期限: {试听: 周末}
    days: {退费到账: {value: 15 个工作日, about: [退款]}}
    percentage: {早鸟: 8.5 折}
    date: {开业: 2026-10-08}
    time: {开门: "9:00"}
"""
FACT_CASES = {
    "price": ("3980", "4280", "事实「课程」价格 3980 元 → 4280 元", "Fact “课程”: price 3980 yuan → 4280 yuan"),
    "per": (
        "198",
        "208",
        "事实「会员」价格 198 元/月 → 208 元/月",
        "Fact “会员”: price 198 yuan/month → 208 yuan/month",
    ),
    "days": (
        "15 个工作日",
        "2 周",
        "事实「退费到账」期限 15 工作日 → 2 周",
        "Fact “退费到账”: length of time 15 workdays → 2 weeks",
    ),
    "share": ("8.5 折", "9 折", "事实「早鸟」比例 8.5 折 → 9 折", "Fact “早鸟”: share 8.5 折 → 9 折"),
    "date": (
        "2026-10-08",
        "2026-11-08",
        "事实「开业」日期 2026-10-08 → 2026-11-08",
        "Fact “开业”: date 2026-10-08 → 2026-11-08",
    ),
    "time": ('"9:00"', '"10:30"', "事实「开门」时间 9:00 → 10:30", "Fact “开门”: time 9:00 → 10:30"),
    "words": (
        "[退款]",
        "[退款, 到账]",
        "事实「退费到账」提示词增加：「到账」",
        "Fact “退费到账”: words that tell it is meant added: “到账”",
    ),
    "free": (
        "周末",
        "工作日",
        "事实「期限: 试听」内容 「周末」 → 「工作日」",
        "Fact “期限: 试听”: value “周末” → “工作日”",
    ),
}


@pytest.mark.parametrize("case", FACT_CASES.values(), ids=FACT_CASES)
def test_a_changed_fact_is_told_as_people_write_it(case: tuple[str, str, str, str]) -> None:
    before, after, *told = case
    old, new = (OLD.replace(" [一节 90 元, 不分期]", one) for one in (FACTS, FACTS.replace(before, after)))
    (one,) = compare_sops(parse_sop(old, "old"), parse_sop(new, "new"))
    assert [difference_in_words(one, language) for language in ("zh", "en")] == told


def test_a_new_fact_is_told_with_its_value() -> None:
    old = OLD.replace(" [一节 90 元, 不分期]", FACTS)
    new = old.replace("课程: 3980", "课程: 3980, 24 课时: 2880")
    (added,) = compare_sops(parse_sop(old, "old"), parse_sop(new, "new"))
    (removed,) = compare_sops(parse_sop(new, "new"), parse_sop(old, "old"))
    assert difference_in_words(added, "zh") == "新增事实「24 课时」（价格 2880 元）"
    assert difference_in_words(removed, "en") == "Fact “24 课时” removed (price 2880 yuan)"


KINDS = (Step, Element, Obligation, RedLine, Check, Branch, AppliesTo, Order)


@pytest.mark.parametrize("kind", KINDS, ids=[kind.__name__ for kind in KINDS])
def test_every_field_of_an_sop_has_a_name_in_both_languages(kind: type) -> None:
    named = default_file("differences.yaml")["fields"]
    inner = [each.name for each in fields(Wording)]
    wanted = []
    for one in fields(kind):
        if one.name in ELSEWHERE or one.name in ("before", "after"):
            continue
        if one.name == "wording":
            wanted += inner
        elif one.name in ("trigger", "response"):
            wanted += [f"{one.name}.{each}" for each in inner]
        else:
            wanted.append(f"applies_to.{one.name}" if kind is AppliesTo else one.name)
    assert [name for name in wanted if set(named.get(name, ())) != {"zh", "en"}] == []


def test_the_words_of_both_languages_have_the_same_holes() -> None:
    table = default_file("differences.yaml")
    assert table["zh"].keys() == table["en"].keys()
    assert {change.value for change in ChangeKind} <= table["zh"].keys()


@pytest.mark.parametrize("sop", [default_sops()[-1], parse_sop(OLD, "old")], ids=["shipped", "small"])
def test_no_change_of_a_value_goes_unsaid(sop: Sop) -> None:
    """Each leaf of the document is changed by itself; a diff that says nothing would hide it."""
    tried = 0
    for path in leaves(sop.document):
        document = deepcopy(dict(sop.document))
        place = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = other(place[path[-1]])
        try:
            new = parse_sop(yaml.safe_dump(document, allow_unicode=True), "changed")
        except InvalidSop:
            continue  # An id that others refer to, or a built-in name.
        assert compare_sops(sop, new), path
        tried += 1
    assert tried > 30


# The version is no part of the meaning; a bare channel means nothing beside `applies_to`.
MEANINGLESS = (("version",), ("channel",))


def leaves(value, path=()):
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    elif path not in MEANINGLESS:
        yield path


def other(value):
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}吧"
