import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.matching import SHARPNESS, gelu, last_of_other_side, next_of_other_side, unit_rows
from models.protocols import TurnText
from models.tasks import ALL_LABELS, COLUMNS, TASKS
from tests.models.counting_encoder import SPACE, CountingEncoder, random_matching

SPEAKERS = {"a": "agent", "c": "customer", "s": "system"}


def spoken(speakers: str) -> list[TurnText]:
    return [TurnText(SPEAKERS[letter], f"第{number}句") for number, letter in enumerate(speakers)]


@pytest.mark.parametrize(
    ("speakers", "last", "following"),
    [
        ("", [], []),
        ("a", [-1], [-1]),
        ("aaa", [-1, -1, -1], [-1, -1, -1]),
        ("acac", [-1, 0, 1, 2], [1, 2, 3, -1]),
        ("aacca", [-1, -1, 1, 1, 3], [2, 2, 4, 4, -1]),
        # What the system says is on no side; to it the last that an agent said is the other side.
        ("asca", [-1, 0, 0, 2], [2, 3, 3, -1]),
    ],
)
def test_the_other_side_is_who_spoke_last_before_and_speaks_next_after(
    speakers: str, last: list[int], following: list[int]
) -> None:
    turns = spoken(speakers)
    assert last_of_other_side(turns).tolist() == last
    assert next_of_other_side(turns).tolist() == following


@given(st.text("ac", max_size=30))
def test_before_and_after_are_mirror_images(speakers: str) -> None:
    turns = spoken(speakers)
    last, following = last_of_other_side(turns), next_of_other_side(turns)
    for index, turn in enumerate(turns):
        others = [number for number, other in enumerate(turns) if other.speaker != turn.speaker]
        assert last[index] == max((number for number in others if number < index), default=-1)
        assert following[index] == min((number for number in others if number > index), default=-1)


def test_each_turn_is_encoded_once_and_lies_on_the_unit_sphere() -> None:
    encoder = CountingEncoder()
    turns = spoken("acacca")
    vectors = random_matching(encoder).turns(turns)
    assert encoder.asked == [tuple(turn.text for turn in turns)]
    assert vectors.shape == (6, SPACE)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(6))


def test_a_turn_is_seen_with_what_the_other_side_says_around_it_and_nothing_else() -> None:
    matching = random_matching(CountingEncoder())
    turns = spoken("acaaca")
    whole = matching.turns(turns)
    assert np.array_equal(matching.turns([turns[1], turns[3], turns[4]])[1], whole[3])
    other = [*turns[:4], TurnText("customer", "别的话"), *turns[5:]]
    changed = [not np.array_equal(one, two) for one, two in zip(whole, matching.turns(other), strict=True)]
    assert changed == [False, False, True, True, True, True]


@pytest.mark.parametrize("asked", [[0], [5], [1, 4], [3, 2, 1], [0, 0, 0]])
def test_the_log_odds_of_a_row_are_the_same_bytes_whatever_rows_stand_beside_it(asked: list[int]) -> None:
    matching = random_matching(CountingEncoder())
    texts, before = [f"第{number}句" for number in range(6)], ["", "多少钱", "", "好的", "再见", "嗯"]
    for task in TASKS:
        together = matching.label(task.name, texts, before)
        some = matching.label(task.name, [texts[i] for i in asked], [before[i] for i in asked])
        assert some.tobytes() == together[asked].tobytes()


def test_nothing_said_before_is_not_the_same_as_an_empty_text_and_is_not_encoded() -> None:
    encoder = CountingEncoder()
    matching = random_matching(encoder)
    silent = matching.label("needs", ["多少钱", "太贵了"], ["", ""])
    assert encoder.asked == [("多少钱", "太贵了")]
    heard = matching.label("needs", ["多少钱", "太贵了"], ["", "一年三千"])
    assert encoder.asked[1:] == [("多少钱", "太贵了"), ("一年三千",)]
    assert np.array_equal(silent[0], heard[0]) and not np.array_equal(silent[1], heard[1])


def test_the_tasks_share_one_row_of_labels() -> None:
    matching = random_matching(CountingEncoder())
    found = {task.name: matching.label(task.name, ["多少钱"], [""]) for task in TASKS}
    assert {name: row.shape for name, row in found.items()} == {task.name: (1, len(task.labels)) for task in TASKS}
    assert [COLUMNS[task.name].start for task in TASKS][1:] == [COLUMNS[task.name].stop for task in TASKS][:-1]
    assert COLUMNS[TASKS[-1].name].stop == ALL_LABELS == matching.labels.bias.size


def test_the_best_examples_decide_and_an_act_without_any_is_as_far_away_as_can_be() -> None:
    likened = np.array([[0.9, 0.1, 0.5], [0.2, 0.2, -0.3]])
    found = random_matching(CountingEncoder()).exemplified(likened, np.array([0, 0, 2]), 4)
    assert found[:, [1, 3]].tolist() == [[-1.0, -1.0]] * 2
    assert found[:, 2] == pytest.approx(likened[:, 2])
    assert 0.9 - SHARPNESS * np.log(2) <= found[0, 0] <= 0.9
    assert found[1, 0] == pytest.approx(0.2)
    assert random_matching(CountingEncoder()).exemplified(np.zeros((2, 0)), np.zeros(0, dtype=np.int64), 1).max() == -1


def test_log_odds_grow_with_both_similarities() -> None:
    odds = random_matching(CountingEncoder()).log_odds(np.array([[0.5, 0.6, 0.5]]), np.array([[0.5, 0.5, 0.6]]))
    assert odds[0] == pytest.approx([1.5, 2.1, 2.0])


def test_a_row_of_zeros_has_no_direction_and_stays_one() -> None:
    assert unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [[0.6, 0.8], [0.0, 0.0]]


def test_gelu_is_the_exact_one() -> None:
    assert gelu(np.array([-1.0, 0.0, 1.0])) == pytest.approx([-0.15865525, 0.0, 0.84134475])
