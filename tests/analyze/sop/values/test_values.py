"""Values of a turn: what is read, where it stands, and that amounts come back however they are written."""

import time
from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.analyze.sop.values import values_in
from qa_service.domain.value import Value

WEDNESDAY = date(2026, 9, 16)
DIGITS = "零一二三四五六七八九"
CAPITALS = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
Writing = Callable[[int], str]


def section(number: int) -> str:
    """A number under ten thousand in Chinese: 3050 is 三千零五十."""
    written = ""
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit:
            written += DIGITS[digit] + unit
        elif written and number % size and not written.endswith("零"):
            written += "零"
    return written


def chinese(number: int) -> str:
    high, low = divmod(number, 10_000)
    zero = "零" if high and 0 < low < 1000 else ""
    return (section(high) + "万" if high else "") + zero + (section(low) if low else "")


def spoken(number: int) -> str:
    """As people say it: 三千九百八, 两千二, 十五."""
    written = chinese(number)
    if written.startswith("一十"):
        written = written[1:]
    for short, long in (("两千", "二千"), ("两万", "二万")):
        written = written.replace(long, short) if written.startswith(long) else written
    drops = len(written) > 3 and written[-1] in "十百千" and written[-3] in "百千万" and "零" not in written[-3:]
    return written[:-1] if drops else written


def in_tens_of_thousands(number: int) -> str:
    return f"{number / 10_000:.4f}".rstrip("0").rstrip(".") + "万"


WRITINGS: dict[str, Writing] = {
    "digits": str,
    "commas": lambda n: f"{n:,}",
    "cents": lambda n: f"{n}.00",
    "full_width": lambda n: str(n).translate({ord(str(d)): 0xFF10 + d for d in range(10)}),
    "chinese": chinese,
    "spoken": spoken,
    "capitals": lambda n: chinese(n).translate(CAPITALS),
    # A space between two characters alone may as well part two numbers.
    "spaced": lambda n: (" " if len(chinese(n)) > 2 else "").join(chinese(n)),
    "digit_by_digit": lambda n: "".join(DIGITS[int(d)] for d in str(n)),
    "tens_of_thousands": in_tens_of_thousands,
}
FRAMES = ("一共{}元", "学费是{}块钱", "您付{}块，今天付", "A班{}元，含教材", "要{}块")


@pytest.mark.parametrize("writing", WRITINGS.values(), ids=WRITINGS.keys())
@settings(max_examples=200, deadline=None)
@given(amount=st.integers(100, 99_999), frame=st.sampled_from(FRAMES))
def test_an_amount_is_read_back_however_it_is_written(writing: Writing, amount: int, frame: str) -> None:
    text = frame.format(writing(amount))
    prices = [value for value in values_in(text) if value.kind == "price"]
    assert [value.number for value in prices] == [amount], text
    assert text[prices[0].start : prices[0].end].startswith(writing(amount))
    assert prices[0].exact


@settings(max_examples=200, deadline=None)
@given(yuan=st.integers(1, 999), tenths=st.integers(1, 9))
def test_yuan_and_tenths_are_read_back(yuan: int, tenths: int) -> None:
    for text in (f"付{yuan}.{tenths}元", f"付{yuan}块{tenths}毛", f"付{chinese(yuan)}块{DIGITS[tenths]}"):
        assert [value.number for value in values_in(text)] == [yuan + tenths / 10], text


@settings(max_examples=300, deadline=None)
@given(text=st.text("0123456789零一二两三四五十百千万点块元课节天周月号折成不到左右多 ，。●A第每半几", max_size=24))
def test_every_value_stands_in_the_text_in_order(text: str) -> None:
    found = values_in(text, WEDNESDAY)
    assert all(0 <= value.start < value.end <= len(text) for value in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(value.low <= value.high for value in found)


def one(text: str) -> Value:
    (value,) = values_in(text, WEDNESDAY)
    return value


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("不到四千块", 3400, 4000),
        ("四千块左右", 3600, 4400),
        ("三千多块", 3000, 4000),
        ("三千五百多块", 3500, 3600),
        ("两三千块", 2000, 3000),
        ("三五百块", 300, 500),
        ("三千到四千元", 3000, 4000),
        ("3-5千元", 3000, 5000),
        ("十几块", 11, 19),
        ("几百块", 200, 999),
        ("两千块出头", 2000, 3000),
        ("一千七八百块", 1700, 1800),
        ("最多五百块", 0, 500),
    ],
)
def test_a_rough_figure_has_its_range(text: str, low: float, high: float) -> None:
    value = one(text)
    assert (value.low, value.high) == (pytest.approx(low), pytest.approx(high))
    assert not value.exact
    assert (value.start, value.end) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("十月八号", date(2026, 10, 8)),
        ("10月8日", date(2026, 10, 8)),
        ("8号", date(2026, 10, 8)),
        ("二十号", date(2026, 9, 20)),
        ("下个月三号", date(2026, 10, 3)),
        ("2027-01-02", date(2027, 1, 2)),
        ("二七年一月二号", date(2027, 1, 2)),
        ("一月二号", date(2027, 1, 2)),
        ("去年十月八号", date(2025, 10, 8)),
        ("后天", date(2026, 9, 18)),
        ("这周六", date(2026, 9, 19)),
        ("周三", date(2026, 9, 16)),
        ("周二", date(2026, 9, 22)),
        ("下周三", date(2026, 9, 23)),
        ("下下周一", date(2026, 9, 28)),
        ("星期天", date(2026, 9, 20)),
        ("月底", date(2026, 9, 30)),
    ],
)
def test_a_date_counts_from_the_day_of_the_conversation(text: str, day: date) -> None:
    assert one(text).day == day
    assert one(text).number == (day - WEDNESDAY).days


def test_without_that_day_only_whole_dates_are_known() -> None:
    assert [value.day for value in values_in("2026-10-08开课")] == [date(2026, 10, 8)]
    assert [value.day for value in values_in("十月八号、下周三")] == [None, None]


@pytest.mark.parametrize(
    ("text", "per"),
    [
        ("每月332元", "月"),
        ("一个月九十九块", "月"),
        ("月供240元", "月"),
        ("二百八一节", "课时"),
        ("120元/节", "课时"),
        ("一小时400元", "小时"),
        ("一共2880元", ""),
        ("三十一节三千五百元", ""),
        ("9.9元1位", "人"),
    ],
)
def test_what_a_price_is_for(text: str, per: str) -> None:
    assert next(value.per for value in values_in(text) if value.kind == "price") == per


@pytest.mark.parametrize(
    "text",
    [
        "一块去吧",
        "有一点贵",
        "第一节课",
        "一会儿一直一样",
        "1对1、一对六",
        "尾号3980",
        "工号八零二六",
        "139●●●●1234",
        "13800138000",
        "一三八零零一三八零零零",
        "985高校",
        "千万别万一",
        "三节能",
        "分三块讲",
        "五百强企业",
        "两千人报名",
        "每周三、周二周四",
        "八成是忘了",
        "三年级",
        "一周岁",
        "LS0506",
        "这三点很重要",
    ],
)
def test_what_is_no_value(text: str) -> None:
    assert values_in(text, WEDNESDAY) == ()


def test_hundreds_of_thousands_of_characters_a_second() -> None:
    turn = "您好，二十四节课是三千九百八，十月八号晚上八点开课，7个工作日内退，打八折，尾号3980，一块去看看。"
    text = "".join(f"{turn}{number}" for number in range(2_000))
    begun = time.process_time()
    assert values_in(text, WEDNESDAY)
    # Ten times slower than it is, so that a busy machine does not fail it.
    assert len(text) / (time.process_time() - begun) > 30_000


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("年课现在4980", [4980]),
        ("年课三千九百八十", [3980]),
        ("VIP年课 5980", [5980]),
        ("年课房间号3980", []),
        ("年课学员5000多人", []),
        ("年课2026春季班", []),
        ("年课讲完，还有3980", []),
        ("暑假4980", []),
    ],
)
def test_a_bare_number_in_the_clause_of_a_name_is_a_price(text: str, numbers: list[float]) -> None:
    found = values_in(text, WEDNESDAY, ("vip年课", "年课"))
    assert [(value.kind, value.number) for value in found] == [("price", number) for number in numbers]
    assert all(value.bare for value in found)
