import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clauses import clauses
from models.ngrams import fit_space, fold

TEXTS = ["您好，请问是乐乐妈妈吗", "一节课多少钱", "太贵了", "我们包提分", "周末有课吗", "再见"]
SPACE = fit_space(TEXTS * 2)


@given(st.lists(st.text(max_size=30), max_size=6), st.integers(0, 5))
def test_the_row_of_a_text_does_not_depend_on_its_neighbours(others: list[str], place: int) -> None:
    text = "您好，一节课多少钱"
    place = min(place, len(others))
    alone = SPACE.rows([text]).toarray()
    among = SPACE.rows([*others[:place], text, *others[place:]]).toarray()[place]
    assert np.array_equal(alone[0], among)


def test_rows_have_unit_length_and_an_unknown_text_is_all_zeros() -> None:
    known = fit_space(["多少钱", "多少课"])
    rows = known.rows(["多少钱"]).toarray()
    assert np.linalg.norm(rows[0]) == pytest.approx(1.0)
    only_words = fit_space(["多少钱", "多少课"], at_least=3)
    assert not only_words.rows(["多少钱"]).toarray().any()


def test_similar_texts_lie_closer_than_different_ones() -> None:
    price, question, farewell = SPACE.rows(["一节课多少钱", "课多少钱一节", "再见"]).toarray()
    assert price @ question > price @ farewell


def test_width_case_and_white_space_do_not_matter() -> None:
    assert fold("ＡＢ c　１２") == "abc12"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("您好，请问多少钱？谢谢", ["您好", "请问多少钱？", "谢谢"]),
        ("好 排上 不满意我不买", ["好", "排上", "不满意我不买"]),
        ("……", []),
        ("", []),
    ],
    ids=["punctuation", "pauses", "nothing_said", "empty"],
)
def test_clauses_end_at_punctuation_and_pauses(text: str, pieces: list[str]) -> None:
    assert [text[start:end] for start, end in clauses(text)] == pieces
