"""Structured facts of an SOP: what is read, and what is refused with its line."""

from datetime import date

import pytest

from qa_service.domain.fact import Fact
from qa_service.domain.sop import Sop
from qa_service.errors import InvalidSop
from qa_service.rulebook import parse_sop

HEAD = "sop: s\nsteps: [{id: a, weight: 1}]\n"


def sop(facts: str, rest: str = "") -> Sop:
    return parse_sop(f"{HEAD}{rest}facts:\n{facts}", "s.yaml")


def fact(facts: str) -> Fact:
    (one,) = sop(facts).fact_values
    return one


@pytest.mark.parametrize(
    "facts",
    [
        "  试听课免费",
        "  - 试听课免费\n  - 24 课时 2880 元",
        "  note: 试听课免费",
        "  price: 24 课时 2880 元",
        "  {}",
        "  note: {}",
        "  contact: {hotline: 4008001234}",
        "  note: {退费: 7 天内可退, 课时: 24}",
    ],
)
def test_free_text_stays_as_it_is_and_is_not_compared(facts: str) -> None:
    assert sop(facts).fact_values == ()
    assert sop(facts).checks == ()
    assert sop(facts).facts == sop(facts).document["facts"]


def test_a_name_and_a_value_are_enough() -> None:
    one = fact("  price: {24 课时: 2880}")
    assert (one.id, one.title, one.about) == ("24 课时", "24 课时", ("24 课时",))
    assert (one.number, one.unit, one.offered) == (2880, "元", "2880 元")


def test_facts_stand_among_free_text() -> None:
    read = sop("  - 试听课免费\n  - price: {24 课时: 2880}\n    days: {到账: {value: 15, unit: 工作日}}")
    assert [one.id for one in read.fact_values] == ["24 课时", "到账"]


@pytest.mark.parametrize(
    ("facts", "number", "offered"),
    [
        ("days: {a: {value: 2, unit: 周}}", 14, "2 周"),
        ("days: {a: {value: 15, unit: 工作日}}", 15, "15 工作日"),
        ("percentage: {a: {value: 8.5, unit: 折}}", 85, "8.5 折"),
        ("percentage: {a: 2.3}", 2.3, "2.3 %"),
        ("price: {a: {value: 980, unit: 元/月}}", 980, "980 元/月"),
        ("price: {a: 980元/月}", 980, "980 元/月"),
        ("价格: {a: '2,880 元'}", 2880, "2880 元"),
        ("days: {a: 15 个工作日}", 15, "15 工作日"),
        ("days: {a: {value: 3 个月}}", 90, "3 月"),
        ("percentage: {a: 8%}", 8, "8 %"),
        ("percentage: {a: 8.5 折}", 85, "8.5 折"),
        ("lessons: {a: 24 节}", 24, "24 课时"),
        ("price: {a: {value: 120, unit: 元/节}}", 120, "120 元/课时"),
        ("price: {a: 1280.5}", 1280.5, "1280.5 元"),
        ("minutes: {a: 45}", 45, "45 分钟"),
        ("time: {a: 19:30}", 19.5, "19:30"),
        ("time: {a: '08:05'}", 8 + 5 / 60, "8:05"),
        ("time: {a: 8}", 8, "8:00"),
    ],
)
def test_each_kind_has_its_units(facts: str, number: float, offered: str) -> None:
    one = fact(f"  {facts}")
    assert one.number == pytest.approx(number)
    assert one.offered == offered


def test_a_date_is_a_day() -> None:
    one = fact("  date: {活动: 2026-10-08}")
    assert (one.day, one.offered) == (date(2026, 10, 8), "2026-10-08")


@pytest.mark.parametrize(
    ("facts", "line", "reason"),
    [
        ("  price:\n    a:\n      value: 1\n      abuot: [x]", 7, "unknown key 'abuot'"),
        ("  prise:\n    a: 1", 5, "unknown kind of fact 'prise'"),
        ("  价钱:\n    a: {value: 1}", 5, "unknown kind of fact '价钱'"),
        ("  weight: {退: 7}", 4, "unknown kind of fact 'weight'; known are price, lessons"),
        ("  weight:\n    退: 7天\n    a: 15 个工作日", 5, "unknown kind of fact 'weight'"),
        ("  price:\n    a: 很多", 5, "must be a number, or one with its unit (元, 元/月"),
        ("  price:\n    a: {about: [x]}", 5, "lacks `value`"),
        ("  price:\n    a: {value: 1, unit: 美元}", 5, "with its unit"),
        ("  days:\n    a: {value: 1, unit: 季度}", 5, "with its unit (天, 工作日, 周, 月, 年)"),
        ("  date:\n    a: 下周三", 5, "a day such as 2026-10-08"),
        ("  time:\n    a: 晚上", 5, "a time of day such as 19:30"),
        ("  price:\n    24: 2880", 5, "put it in quotes"),
        ("  price: {a: 1}\n  days: {a: 2}", 4, "the id 'a' stands twice in `facts`"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(facts: str, line: int, reason: str) -> None:
    with pytest.raises(InvalidSop) as refusal:
        sop(facts)
    assert str(refusal.value).startswith(f"s.yaml:{line}: ")
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    "rest",
    [
        "checks:\n  - {id: c, forbid: {fact: b}}\n",
        "checks:\n  - {id: c, forbid: {keywords: [x]}, when: {fact: b}}\n",
        "branches:\n  - {id: c, when: {fact: b}}\n",
    ],
)
def test_a_condition_names_a_fact_that_exists(rest: str) -> None:
    with pytest.raises(InvalidSop, match=r"s.yaml:4: .*the fact 'b', which is no structured fact"):
        sop("  price: {a: 1}", rest)


def test_each_fact_has_a_check_of_its_own_until_the_sop_asks_for_it() -> None:
    (check,) = sop("  price: {24 课时: 2880}").checks
    assert (check.id, check.title, check.expected) == ("fact_24课时", "24 课时：2880 元", False)
    assert check.points == 20
    own = "checks:\n  - {id: c, forbid: {fact: 24 课时}, points: 3}\n"
    assert [one.id for one in sop("  price: {24 课时: 2880}", own).checks] == ["c"]


def test_a_check_that_the_fact_is_stated_right_does_not_take_its_place() -> None:
    own = "checks:\n  - {id: c, expect: {fact: 24 课时, stated: right}}\n"
    assert [one.id for one in sop("  price: {24 课时: 2880}", own).checks] == ["c", "fact_24课时"]


def test_a_wrong_term_costs_what_its_red_line_costs() -> None:
    lines = "red_lines: [{id: contract_mislead, points: 30}]\n"
    price, term = sop("  price: {24 课时: 2880}\n  days: {到账: 15}", lines).checks
    assert (price.points, term.points) == (20, 30)
