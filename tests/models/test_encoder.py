"""The encoder of the shipped release: the vector of a text is the same bytes however it is asked for."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models.artifacts import DEFAULT
from models.encoder import KEPT_AT_MOST, LONGEST, READ_AT_MOST, OnnxEncoder, Vectors

FILES = (DEFAULT / "encoder.onnx", DEFAULT / "tokenizer.json")
TEXTS = [
    *("好的", "嗯", "在的", "您好，请问是乐乐妈妈吗", "一节课多少钱", "太贵了", "周末有课吗", "再见", "", "\u3000 \n"),
    *(
        "ＡＢＣ　１２３",
        "abc123",
        "😀👍",
        "[SEP]",
        "x" * 40,
        "您放心，我们这边是保过的，考不过全额退费，写进合同",
    ),
]


@pytest.fixture(scope="module")
def alone() -> list[bytes]:
    """Each text by an encoder that has seen no other."""
    return [OnnxEncoder(*FILES).vectors([text])[0].tobytes() for text in TEXTS]


def rows(vectors: Vectors) -> list[bytes]:
    return [row.tobytes() for row in vectors]


def test_a_text_has_the_same_bytes_alone_among_others_shuffled_and_kept(alone: list[bytes]) -> None:
    encoder = OnnxEncoder(*FILES)
    assert rows(encoder.vectors(TEXTS)) == alone
    assert rows(encoder.vectors(TEXTS)) == alone
    order = random.Random(3).sample(range(len(TEXTS)), len(TEXTS))
    assert rows(OnnxEncoder(*FILES).vectors([TEXTS[i] for i in order])) == [alone[i] for i in order]


@pytest.mark.parametrize("keep", [0, 1, 3, len(TEXTS)])
def test_the_bytes_do_not_depend_on_how_much_is_kept(alone: list[bytes], keep: int) -> None:
    encoder = OnnxEncoder(*FILES, keep=keep)
    for _ in range(2):
        assert rows(encoder.vectors([*TEXTS, *TEXTS])) == [*alone, *alone]


@pytest.mark.parametrize("keep", [0, 2, KEPT_AT_MOST])
def test_two_threads_at_once_get_the_same_bytes(alone: list[bytes], keep: int) -> None:
    encoder = OnnxEncoder(*FILES, keep=keep)

    def shuffled(seed: int) -> bool:
        order = random.Random(seed).choices(range(len(TEXTS)), k=60)
        return rows(encoder.vectors([TEXTS[i] for i in order])) == [alone[i] for i in order]

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(shuffled, range(12)))


class Counted(OnnxEncoder):
    """Counts the texts that are really encoded."""

    runs = 0

    def _run(self, ids: object) -> Vectors:
        self.runs += 1
        return super()._run(ids)  # type: ignore[arg-type]


def counted(keep: int) -> Counted:
    encoder = Counted(*FILES, keep=keep)
    encoder.runs = 0
    return encoder


@pytest.mark.parametrize(
    ("keep", "asked", "runs"),
    [(9, "aabab", 2), (0, "aabab", 5), (2, "abcab", 5), (2, "abba", 2)],
    ids=["each_once", "nothing_kept", "oldest_forgotten", "room_for_both"],
)
def test_a_text_is_encoded_again_only_when_it_was_forgotten(keep: int, asked: str, runs: int) -> None:
    encoder = counted(keep)
    encoder.vectors(list(asked))
    assert encoder.runs == runs


def test_what_is_kept_is_bounded_in_number_and_size_under_many_threads() -> None:
    encoder = OnnxEncoder(*FILES, keep=8)
    asked = [f"{number % 37}{'长' * number * 50}" for number in range(200)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda start: encoder.vectors(asked[start::4]), range(4)))
    kept = encoder._kept
    assert 0 < len(kept) <= 8
    assert max(map(len, kept)) <= READ_AT_MOST


def test_what_stands_after_the_longest_text_does_not_matter_and_costs_nothing() -> None:
    encoder = OnnxEncoder(*FILES)
    long = "课" * LONGEST
    same = encoder.vectors([long, long + "退费", long * 2000])
    assert len(set(rows(same))) == 1
    assert encoder.vectors(["退费" + long])[0].tobytes() != same[0].tobytes()


def test_no_text_is_no_row_and_any_text_is_a_finite_one() -> None:
    encoder = OnnxEncoder(*FILES)
    assert encoder.vectors([]).shape == (0, encoder.width)
    odd = encoder.vectors(["", "\x00", "\ud83d", "half a pair \ude00 of surrogates", "\u202e", "𠮷", "e\u0301" * 300])
    assert odd.shape == (7, encoder.width) and odd.dtype == np.float32
    assert np.isfinite(odd).all()


def test_width_and_white_space_do_not_matter() -> None:
    one, other = OnnxEncoder(*FILES).vectors(["ＡＢＣ　１２３", "abc123"])
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"damaged"), Path.unlink], ids=["damaged", "missing"])
@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, damage: Callable[[Path], object]) -> None:
    for path in FILES:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    damage(tmp_path / name)
    with pytest.raises(ValueError, match=f"{name} cannot be used"):
        OnnxEncoder(tmp_path / "encoder.onnx", tmp_path / "tokenizer.json")
