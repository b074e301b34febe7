import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.normalize.text import clean

NOISY = {
    "width_and_case": ("ＡＢＣ１２３，您好！", "abc123,您好!"),
    "spaces_between_chinese_go": ("可心三年级 她 平时看书吗", "可心三年级她平时看书吗"),
    "spaces_between_words_stay": ("学 Hello World 吗", "学 hello world 吗"),
    "fillers_go": ("呃 那个 我嗯想问一下", "我想问一下"),
    "a_determiner_stays": ("那个老师怎么说", "那个老师怎么说"),
    "stuttering_goes": ("我 我我其实，就是就是不太懂", "我其实,就是不太懂"),
    "kin_words_are_no_stutter": ("妈妈和爸爸谢谢", "妈妈和爸爸谢谢"),
    "laughter_shrinks": ("哈哈哈哈哈", "哈哈"),
    "repeated_digits_stay": ("幺三八六六四二一一一", "幺三八六六四二一一一"),
    "an_answer_of_one_filler_stays": ("  嗯 ", "嗯"),
    "white_space_alone_is_empty": (" \t ", ""),
    "nothing_is_empty": ("", ""),
    "masked_characters_stay": ("我叫●●●", "我叫●●●"),
}


@pytest.mark.parametrize("case", NOISY)
def test_noise_goes_and_words_stay(case: str) -> None:
    noisy, expected = NOISY[case]
    assert clean(noisy).text == expected


def test_a_place_in_the_clean_text_is_found_in_what_was_received() -> None:
    received = "呃 您好，请问是　乐乐妈妈吗？"
    clear = clean(received)
    start = clear.text.index("乐乐妈妈")
    first, last = clear.original_span(start, start + 4)
    assert received[first:last] == "乐乐妈妈"


def test_a_span_over_removed_noise_covers_the_noise() -> None:
    received = "要退 嗯 费"
    clear = clean(received)
    assert clear.text == "要退费"
    assert clear.original_span(0, 3) == (0, len(received))


def test_an_empty_span_is_refused() -> None:
    with pytest.raises(ValueError, match="empty or outside"):
        clean("您好").original_span(1, 1)


@given(st.text(st.sampled_from("我嗯呃 那个,，。Ａ1妈İﬁ…😀\n\t一就是ſ"), max_size=40) | st.text(max_size=40))
def test_every_clean_character_comes_from_its_own_place(received: str) -> None:
    clear = clean(received)
    assert len(clear.offsets) == len(clear.text)
    assert list(clear.offsets) == sorted(set(clear.offsets))
    assert all(0 <= place < len(received) for place in clear.offsets)
