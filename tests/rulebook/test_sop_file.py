import pytest

from qa_service.domain.severity import Severity
from qa_service.errors import InvalidSop
from qa_service.rulebook import codebook, default_sops, dump_sop, parse_new_sop, parse_sop

SMALL = """
sop: demo-call
version: 3
title: 演示
product: 少儿编程
channel: call
pass_score: 70
steps:
  - {id: greeting, title: 开场, description: 报姓名, weight: 10, first_turns: 4, examples: [您好我是小林]}
  - {id: quote, title: 报价, description: 说清价格, weight: 20, keywords: [12315]}
order: [[greeting, quote], {before: greeting, after: quote, unless_asked: true}]
obligations:
  - {id: price, title: 嫌贵, weight: 5, within: 4, trigger: {examples: [太贵了]}, response: {step: quote}}
red_lines:
  - rude
  - {id: false_urgency, severity: major}
  - {id: spam, title: 刷屏, severity: minor, examples: [在吗在吗在吗]}
"""


def test_the_simple_form_of_the_contract_is_read_whole() -> None:
    sop = parse_sop(SMALL, "demo.yaml")
    assert (sop.id, sop.version, sop.pass_score, sop.order_points) == ("demo-call", 3, 70.0, 3.0)
    assert sop.steps[0].first_turns == 4
    assert sop.steps[1].wording.keywords == ("12315",), "numbers written without quotes are keywords too"
    assert [pair.unless_asked for pair in sop.order] == [False, True]
    assert sop.obligations[0].response_step == "quote"
    assert sop.applies_to.product == ("少儿编程",)
    assert sop.applies_to.channel == ("call",)


def test_built_in_red_lines_bring_their_severity_and_may_be_given_another() -> None:
    rude, urgency, spam = parse_sop(SMALL, "demo.yaml").red_lines
    assert (rude.severity, rude.points, rude.built_in) == (Severity.FATAL, 100.0, True)
    assert (urgency.severity, urgency.points, urgency.built_in) == (Severity.MAJOR, 20.0, True)
    assert (spam.severity, spam.points, spam.built_in) == (Severity.MINOR, 5.0, False)


def test_an_sop_written_back_is_the_same_sop() -> None:
    sop = parse_sop(SMALL, "demo.yaml")
    assert parse_sop(dump_sop(sop.document), "again.yaml") == sop


def test_any_change_of_content_changes_the_digest_and_layout_does_not() -> None:
    sop = parse_sop(SMALL, "demo.yaml")
    assert parse_sop(SMALL.replace("weight: 20", "weight: 21"), "x").digest != sop.digest
    assert parse_sop("# a comment\n" + SMALL, "x").digest == sop.digest


@pytest.mark.parametrize(
    ("line", "wrong", "line_number", "said"),
    [
        ("weight: 10", "wieght: 10", 9, "unknown key 'wieght'"),
        ("weight: 20", "weight: heavy", 10, "`weight` must be a number"),
        ("weight: 20", "weight: -1", 10, "at least 0"),
        ("[greeting, quote]", "[greeting, nowhere]", 11, "nowhere"),
        ("[[greeting, quote]", "[[greeting]", 11, "[before, after]"),
        ("[[greeting, quote]", "[[quote, greeting]", 11, "circle"),
        ("step: quote", "step: nowhere", 13, "nowhere"),
        ("id: quote,", "id: greeting,", 10, "stands twice"),
        ("- rude", "- rudeness", 15, "no built-in red line 'rudeness'"),
        ("severity: minor", "severity: awful", 17, "fatal, major, minor"),
        (", examples: [在吗在吗在吗]", "", 17, "needs `examples`"),
        ("channel: call", "channel: fax", 6, "call, chat or any"),
        ("within: 4", "within: 0", 13, "at least 1"),
        ("title: 演示", "title: 演示\nsop: twice", 5, "stands twice"),
        ("title: 演示", "title: &a 演示\nproduct: *a", 4, "aliases"),
        ("first_turns: 4", "first_turns: soon", 9, "whole number"),
        ("version: 3", "version: 99999999999999999999", 3, "at most 2147483647"),
        ("pass_score: 70", "pass_score: 180", 7, "at most 100"),
    ],
    ids=range(18),
)
def test_what_is_wrong_is_told_with_file_and_line(line: str, wrong: str, line_number: int, said: str) -> None:
    with pytest.raises(InvalidSop) as refused:
        parse_sop(SMALL.replace(line, wrong, 1), "demo.yaml")
    detail = str(refused.value)
    assert said in detail
    assert detail.startswith(f"demo.yaml:{line_number}:"), detail


@pytest.mark.parametrize(
    "text", ["", "- 1", "a: [", "\t", "sop: x", "steps: [{id: a}]", "x: !!python/object:os.system {}"]
)
def test_what_is_no_sop_at_all_is_refused_without_a_traceback(text: str) -> None:
    with pytest.raises(InvalidSop, match=r"^bad\.yaml:\d+: "):
        parse_sop(text, "bad.yaml")


def test_the_default_sops_do_not_compete_for_a_conversation() -> None:
    assert len(default_sops()) >= 3
    routes = [(s.applies_to.product, s.applies_to.channel, s.applies_to.stage) for s in default_sops()]
    assert len(set(routes)) == len(routes)


def test_severities_of_the_codebook_are_those_of_the_contract() -> None:
    fatal = {"guarantee_outcome", "private_payment", "false_identity", "rude"}
    lines = codebook().red_lines.values()
    assert {line.id for line in lines if line.severity is Severity.FATAL} == fatal
    assert {line.id for line in lines if line.severity is Severity.MINOR} == {"false_urgency"}
    assert len(codebook().red_lines) == 13


@pytest.mark.parametrize("name", ["demo-call", "试听_邀约", "v2.1", "S", "2026", "a" * 80], ids=range(6))
def test_a_name_of_letters_digits_and_marks_is_taken(name: str) -> None:
    assert parse_new_sop(SMALL.replace("demo-call", name), "demo.yaml").id == name


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", ".hidden", "end.", "two words", "a" * 81, '""', "'a\\b'"], ids=range(8)
)
def test_a_name_that_fits_no_address_is_refused_and_a_stored_one_stays(name: str) -> None:
    text = SMALL.replace("demo-call", name)
    with pytest.raises(InvalidSop, match=r"^demo\.yaml:2: `sop` must be"):
        parse_new_sop(text, "demo.yaml")
    assert parse_sop(text, "demo.yaml").steps


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("outside_hours: ['25:00-21:00']", None),
        ("outside_hours: ['9:00-21:00']", None),
        ("outside_hours: ['09:00']", None),
        ("outside_hours: []", None),
        ("outside_hours: ['09:00-21:00', x]", None),
        ("outside_hours: ['09:00-21:00'], days: ['8']", "'8'"),
        ("outside_hours: ['09:00-21:00'], days: ['6-2']", "first to last"),
        ("outside_hours: ['09:00-21:00'], days: [Monday]", "'Monday'"),
    ],
    ids=range(8),
)
def test_hours_and_days_that_do_not_exist_are_refused(condition: str, said: str | None) -> None:
    text = SMALL + f"checks:\n  - {{id: late, title: 深夜, forbid: {{{condition}}}}}\n"
    with pytest.raises(InvalidSop, match=r"^demo\.yaml:19: ") as refused:
        parse_sop(text, "demo.yaml")
    assert (said or "spans such as '09:00-21:00'") in str(refused.value)


def test_hours_over_midnight_and_single_days_are_taken() -> None:
    condition = "outside_hours: ['09:00-12:00', '22:00-01:30'], days: [1-5, 7]"
    text = SMALL + f"checks:\n  - {{id: late, title: 深夜, forbid: {{{condition}}}}}\n"
    assert parse_sop(text, "demo.yaml").checks[0].condition.days == ("1-5", "7")
