"""The figures of diversity, on texts whose figures one can count."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.diversity import COMPARED, copied, distinct, main, sample, texts_of
from training.near_duplicates import NEAR, NearIndex, near_others, said

# Two letters and short texts, so that chance alone makes near ones.
TEXTS = st.lists(st.text("甲乙。", min_size=1, max_size=14), max_size=12)


def grams(text: str) -> set[str]:
    words = said(text)
    return {words[at : at + 3] for at in range(max(1, len(words) - 2))}


def are_near(one: str, other: str) -> bool:
    return len(grams(one) & grams(other)) >= NEAR * len(grams(one) | grams(other))


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_the_index_finds_just_what_comparing_each_with_each_finds(texts: list[str]) -> None:
    slow = [any(n != m and are_near(one, other) for m, other in enumerate(texts)) for n, one in enumerate(texts)]
    assert list(near_others(texts)) == slow


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.text("甲乙丙。", min_size=1, max_size=14))
def test_any_text_can_be_looked_up(texts: list[str], asked: str) -> None:
    different = {said(text) for text in texts}
    assert NearIndex(texts).near(asked) == sum(are_near(text, asked) for text in different)


def test_near_are_texts_that_differ_in_a_character_at_the_end_or_in_punctuation() -> None:
    text = "这个课程一共是三千二百块钱您看可以吗"
    near = [text, "这个课程，一共是三千二百块钱 您看可以吗？", text[:-1], "一共三千二，您看呢"]
    assert near_others(near) == [True, True, True, False]


def test_what_was_copied_is_found() -> None:
    assert copied(["您好我是小王", "完全不同的一句话"], ["您好，我是小王。", "嗯"]) == ["您好我是小王"]


def test_distinct_n_grams_stay_within_their_turn() -> None:
    assert distinct(["甲乙", "甲乙"], 1) == 0.5
    assert distinct(["甲乙", "乙甲"], 2) == 1.0
    assert distinct(["甲", "乙"], 2) != distinct(["甲", "乙"], 2), "nothing to count is not a number"


def test_a_sample_is_just_long_enough_and_always_the_same() -> None:
    texts = [str(number) * 10 for number in range(COMPARED // 5)]
    drawn = sample(texts)
    assert COMPARED <= sum(map(len, drawn)) < COMPARED + 100
    assert list(drawn) == list(sample(texts))
    assert not sample(texts[:10])


def test_conversations_and_single_turns_are_read_alike() -> None:
    assert texts_of({"turns": [{"text": "一"}, {"text": "二"}]}) == ["一", "二"]
    assert texts_of({"text": "一"}) == ["一"]


def test_files_and_folders_make_a_row_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.dumps({"text": text}) for text in ("这一句话在两边都有呀真的", "嗯")]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), "utf-8")
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "b.jsonl").write_text(lines[1], "utf-8")
    assert main([str(tmp_path / "a.jsonl"), str(folder), "--against", str(tmp_path / "a.jsonl"), "--show"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in told[2:6]] == ["| a.jsonl", "| more", "| all", "| a.jsonl"]
    assert told[-2:] == [
        "a.jsonl: 1 of 1 different turns of 10 characters or more stand (nearly) in the files above, "
        "and 1 of 1 shorter ones",
        "这一句话在两边都有呀真的",
    ]


def test_a_folder_without_data_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path)])
    assert "no JSONL file" in capsys.readouterr().err
