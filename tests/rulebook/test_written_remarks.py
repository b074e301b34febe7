"""What is valid and yet wants another look: each remark with its line, and no remark without need."""

import pytest

from qa_service.rulebook import parse_sop
from qa_service.rulebook.codebook import default_file
from qa_service.rulebook.remark_words import remark_in_words
from qa_service.rulebook.remarks import remarks
from qa_service.rulebook.trial_bounds import remark_bounds
from qa_service.rulebook.yaml_lines import read_yaml

HEAD = """sop: demo
steps:
  - {id: hello, title: 问候, weight: 60, examples: [您好我是小林]}
  - {id: price, title: 报价, weight: 40, examples: [一共三千八]}
"""


def told(text: str) -> list[tuple[int, str]]:
    sop, lines = parse_sop(text, "demo.yaml"), read_yaml(text, "demo.yaml")
    return [(lines.line(one.place), one.code) for one in remarks(sop, remark_bounds())]


def check(body: str) -> list[str]:
    """The remarks on one check."""
    return [code for _, code in told(f"{HEAD}checks:\n  - {{id: one, title: 核查, {body}}}\n")]


def test_a_sound_sop_is_not_remarked_on() -> None:
    assert told(HEAD) == []
    assert check("forbid: {keywords: [加微信], variants: true}") == []


@pytest.mark.parametrize(
    ("before", "after", "line", "code"),
    [
        ("weight: 60", "weight: 50", 3, "weights_not_100"),
        ("[您好我是小林]", "[您好我是小林], keywords: [在], counter_examples: [在吗]", 3, "short_keyword_denied"),
        ("[一共三千八]", "[一共三千八, 您好我是小林]", 4, "example_twice"),
        ("[一共三千八]", "[一共三千八], counter_examples: [一共三千八]", 4, "example_both_ways"),
        ("[一共三千八]", "[一共三千八], first_turns: 900", 4, "too_long"),
    ],
    ids=["weights", "keyword", "twice", "both ways", "first turns"],
)
def test_a_step_is_remarked_on_where_it_stands(before: str, after: str, line: int, code: str) -> None:
    assert told(HEAD.replace(before, after, 1)) == [(line, code)]


def test_weights_may_make_100_with_or_without_obligations_and_checks() -> None:
    owed = "{id: dear, title: 嫌贵, weight: 20, within: 4, trigger: {keywords: [贵]}, response: {step: price}}"
    assert told(f"{HEAD}obligations:\n  - {owed}\n") == []
    assert told(f"{HEAD.replace('60', '40')}obligations:\n  - {owed}\n") == []
    assert told(f"{HEAD}obligations:\n  - {owed.replace('within: 4', 'within: 999')}\n") == [(6, "too_long")]


def test_a_longer_keyword_or_one_that_no_counter_example_holds_is_fine() -> None:
    assert told(HEAD.replace("[您好我是小林]", "[您好我是小林], keywords: [在吗呀], counter_examples: [在吗呀]")) == []
    assert told(HEAD.replace("[您好我是小林]", "[您好我是小林], keywords: [在], counter_examples: [喂]")) == []


NEVER_FAILS = (
    "forbid: {keywords: [加微信, 加V], distinct: 3}",
    "forbid: {all: [{field: product, equals: [英语]}, {field: product, equals: [数学]}]}",
    "forbid: {field: product, equals: [英语], differs: [英语, 数学]}",
    "forbid: {turns: {over: 9, under: 9}}",
    "forbid: {turns: {over: 9, under: 10}}",
    "forbid: {duration: {under: 0}}",
    "forbid: {contacts: {equals: 0}, days: 7}",
    "forbid: {pattern: 好, unless: 好}",
    "forbid: {pattern: '^$'}",
    "forbid: {any: [{keywords: [a]}, {keywords: [b]}], of: 3}",
    "forbid: {keywords: [好], in: {after: {keywords: [a], distinct: 2}}}",
    "expect: {not: {keywords: [a], distinct: 2}}, weight: 5",
    "expect: {unanswered: {}}, weight: 5",
    "expect: {response: {keywords: [a], distinct: 2}, then: {step: price}}, weight: 5",
    "expect: {absence_after: {step: hello}, never: {keywords: [a], distinct: 2}}, weight: 5",
)


@pytest.mark.parametrize("body", NEVER_FAILS, ids=range(len(NEVER_FAILS)))
def test_a_check_that_can_never_fail_is_told(body: str) -> None:
    assert "never_fails" in check(body)


OPEN = (
    "forbid: {turns: {over: 9, under: 11}}",
    "forbid: {duration: {under: 60}}",
    "forbid: {all: [{field: product, equals: [英语]}, {field: product, equals: [英语, 数学]}]}",
    "forbid: {pattern: '好*'}",
    "forbid: {pattern: '\\p{Han}+币'}",
    "expect: {not: {keywords: [a]}}, weight: 5",
    "expect: {precedence: {step: hello}, then: {step: price}}, weight: 5",
    "forbid: {exactly: 2, that: {keywords: [好]}}",
)


@pytest.mark.parametrize("body", OPEN, ids=range(len(OPEN)))
def test_a_check_that_conversations_decide_is_not(body: str) -> None:
    assert not {"never_fails", "always_fails", "never_applies"} & set(check(body))


def test_other_checks_that_say_nothing_are_told_too() -> None:
    assert check("expect: {keywords: [a], distinct: 2}, weight: 5") == ["always_fails"]
    assert check("forbid: {keywords: [a]}, when: {keywords: [b], distinct: 2}") == ["never_applies"]
    assert check("expect: {keywords: [a]}") == ["no_effect"]
    assert check("forbid: {keywords: [a]}, points: 0") == ["no_effect"]
    assert check("forbid: {keywords: [a]}, points: 0, severity: fatal") == []
    assert check("forbid: {keywords: [a], in: {first_turns: 5000}}") == ["too_long"]
    assert check("forbid: {response: {keywords: [a]}, then: {keywords: [b]}, within: 5000}") == ["too_long"]


def test_every_remark_has_its_words_in_both_languages() -> None:
    table = default_file("remarks.yaml")
    assert all(set(words) == {"zh", "en"} for words in table.values())
    text = HEAD.replace("weight: 60", "weight: 50")
    (one,) = remarks(parse_sop(text, "demo.yaml"), remark_bounds())
    assert remark_in_words(one, "zh").startswith("权重合计 90（")
    assert "90" in remark_in_words(one, "en")
