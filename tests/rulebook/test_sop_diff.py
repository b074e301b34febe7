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


def test_facts_with_names_are_compared_by_them() -> None:
    facts = "facts: {price: {24 课时: 2880, 48 课时: 4980}}"
    old, new = (
        parse_sop(OLD.replace("facts: [一节 90 元, 不分期]", one), "x")
        for one in (facts, facts.replace("2880", "2680"))
    )
    (one,) = compare_sops(old, new)
    assert (one.part, one.id, one.change, one.before, one.after) == (
        "fact",
        "price: 24 课时",
        ChangeKind.CHANGED,
        2880,
        2680,
    )
    assert difference_in_words(one, "zh") == "事实「price: 24 课时」内容 2880 → 2680"


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
