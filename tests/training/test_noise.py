"""Noise changes what is said, never what the labels say about it."""

import json
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from training.homophones import Homophones, blurred, homophones_of, sounds
from training.noise import KINDS, Noise, NoisyText, noisy_conversation, noisy_text, noisy_turn
from training.turn_cuts import cut_turns, marked_quotes, merge_turns

EVAL = Path(__file__).parents[2] / "datasets" / "eval" / "eval.jsonl"
CONVERSATIONS = [json.loads(line) for line in EVAL.read_text("utf-8").splitlines()]
TEXTS = [turn["text"] for body in CONVERSATIONS for turn in body["turns"]]
HOMOPHONES = homophones_of(TEXTS)


def noise(rate: float, *kinds: str) -> Noise:
    return Noise(rate, HOMOPHONES, frozenset(kinds) or KINDS)


def changed_share(kinds: tuple[str, ...], rate: float) -> float:
    """The share of characters that are no longer what they were."""
    new = [noisy_text(text, noise(rate, *kinds), Random(number)) for number, text in enumerate(TEXTS)]
    pieces = [(char, *piece) for one in new for char, piece in zip(one.received, one.pieces, strict=True)]
    return sum(char != now for char, _, now in pieces) / len(pieces)


def test_a_sound_is_that_of_the_word_it_stands_in() -> None:
    assert sounds("银行，行走a") == ["yin", "hang", "，", "xing", "zou", "a"]


def test_near_sounds_fall_together() -> None:
    assert {blurred(sound) for sound in ("ning", "lin", "nin")} == {"lin"}
    assert blurred("zhong") == blurred("zong")
    assert blurred("shui") != blurred("zui")


def test_a_character_is_mistaken_for_one_that_sounds_like_it() -> None:
    alike = Homophones({"是": 9, "事": 5, "四": 2, "课": 3, "刻": 1, "我": 9})
    drawn = {alike.instead_of("是", "shi", Random(seed)) for seed in range(50)}
    assert drawn == {"事", "四"}
    assert alike.instead_of("课", "ke", Random(1)) == "刻"
    assert alike.instead_of("我", "wo", Random(1)) is None


def test_rare_characters_are_nobodys_mistake() -> None:
    assert homophones_of(["是是是事"], common=2).instead_of("是", "shi", Random(1)) is None


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_about_as_many_characters_change_as_the_rate_says(rate: float) -> None:
    assert changed_share(("homophones", "typos", "punctuation"), rate) == pytest.approx(rate, rel=0.2)


def test_no_rate_no_change() -> None:
    assert [noisy_conversation(body, noise(0.0), seed=1) for body in CONVERSATIONS] == CONVERSATIONS


def test_the_same_seed_gives_the_same_noise_and_another_one_other_noise() -> None:
    one, again, other = (noisy_conversation(CONVERSATIONS[0], noise(0.2), seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_digits_letters_and_masked_data_stay() -> None:
    kept = [char for text in TEXTS for char in text if char.isascii() and char.isalnum()]
    new = [noisy_text(text, noise(0.5, "homophones", "typos", "punctuation"), Random(1)).text for text in TEXTS]
    assert [char for text in new for char in text if char.isascii() and char.isalnum()] == kept
    assert noisy_text("●●●12ab", noise(1.0), Random(1)).text.endswith("●●●12ab")


def test_a_turn_never_loses_its_last_word() -> None:
    assert all(noisy_text("嗯。", noise(1.0, "typos", "punctuation"), Random(seed)).text.strip() for seed in range(50))


def test_a_quote_is_cut_anew_without_what_was_put_before_it() -> None:
    changed = NoisyText("您好能退吗", (("", "您"), ("", "好"), ("那个 ", "能"), ("", "推"), ("", "")))
    assert changed.text == "您好那个 能推"
    assert changed.cut("能退吗") == "能推"
    assert changed.cut("好能") == "好那个 能"


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_every_quote_stands_in_its_turn_and_every_label_with_its_speaker(rate: float) -> None:
    for body in CONVERSATIONS:
        new = noisy_conversation(body, noise(rate), seed=3)
        quotes = marked_quotes(new["gold"])
        assert sum(map(len, quotes.values())) == sum(map(len, marked_quotes(body["gold"]).values()))
        assert all(quote and quote in new["turns"][turn]["text"] for turn in quotes for quote in quotes[turn])
        assert speakers_of_labels(new) == speakers_of_labels(body)


def speakers_of_labels(body: dict[str, Any]) -> list[tuple[str, set[str]]]:
    gold, turns = body["gold"], body["turns"]
    marks = [(step["id"], step["turns"]) for step in gold["steps"]]
    marks += [(o["id"], [o["trigger_turn"]]) for o in gold["obligations"]]
    marks += [(o["id"], [o["response_turn"]]) for o in gold["obligations"] if o["met"]]
    marks += [(kind, gold[kind]["turns"]) for kind in ("complaint", "refund")]
    marks += [(need["topic"], [need["turn"]]) for need in gold["needs"]]
    return [(name, {turns[number]["speaker"] for number in numbers}) for name, numbers in marks]


def small(*texts: str, gold: dict[str, Any], **times: int) -> dict[str, Any]:
    return {"id": "c", "turns": [{"speaker": "agent", "text": text, **times} for text in texts], "gold": gold}


def test_a_turn_cut_in_two_shares_its_labels_and_its_time() -> None:
    gold = {
        "steps": [{"id": "a", "turns": [0]}],
        "red_lines": [{"turn": 0, "id": "rude", "quote": "没钱别问"}],
        "obligations": [{"id": "o", "trigger_turn": 0, "response_turn": None, "met": False}],
    }
    new = cut_turns(small("您好啊 没钱别问", gold=gold, start_ms=0, end_ms=800), 1.0, Random(1))
    assert [turn["text"] for turn in new["turns"]] == ["您好啊", "没钱别问"]
    assert [(turn["start_ms"], turn["end_ms"]) for turn in new["turns"]] == [(0, 400), (400, 800)]
    assert new["gold"]["steps"][0]["turns"] == [0, 1]
    assert new["gold"]["red_lines"][0]["turn"] == 1
    assert new["gold"]["obligations"] == gold["obligations"]


def test_no_turn_is_cut_within_a_quote() -> None:
    gold = {"promises": [{"turn": 0, "kind": "gift", "quote": "送您 一套 教材"}]}
    for seed in range(30):
        new = cut_turns(small("送您 一套 教材 和笔", gold=gold), 1.0, Random(seed))
        assert "送您 一套 教材" in new["turns"][0]["text"]


def test_merged_turns_hold_the_labels_of_both() -> None:
    gold = {"steps": [{"id": "a", "turns": [0, 1]}], "promises": [{"turn": 1, "kind": "gift", "quote": "送"}]}
    new = merge_turns(small("一", "二送", "三", gold=gold), 1.0, Random(1))
    assert [turn["text"] for turn in new["turns"]] == ["一 二送", "三"]
    assert new["gold"]["steps"] == [{"id": "a", "turns": [0]}]
    assert new["gold"]["promises"][0]["turn"] == 0


def test_turns_in_the_wrong_order_stay_apart() -> None:
    steps = [{"id": "a", "turns": [1]}, {"id": "b", "turns": [0]}]
    gold = {"steps": steps, "order_violations": [{"before": "a", "after": "b"}]}
    new = merge_turns(small("二", "一", gold=gold), 1.0, Random(1))
    assert new["gold"] == gold


def test_real_conversations_keep_their_order_when_turns_are_cut_and_merged() -> None:
    for body in CONVERSATIONS:
        new = noisy_conversation(body, noise(0.7, "turns"), seed=5)
        first = [step["turns"][0] for step in body["gold"]["steps"]]
        now = [step["turns"][0] for step in new["gold"]["steps"]]
        ranked = sorted(range(len(first)), key=lambda n: first[n])
        assert all(now[one] <= now[other] for one, other in pairwise(ranked))


def test_a_single_turn_keeps_its_quotes_and_its_labels() -> None:
    row = {
        "id": "p-1",
        "speaker": "agent",
        "before": ["C 太贵了吧"],
        "text": "您放心，我给您送一套教材，今天就寄",
        "labels": {"promises": [{"kind": "gift", "quote": "送一套教材"}], "refund": None, "complaint": ["other"]},
    }
    for seed in range(20):
        new = noisy_turn(row, noise(0.4), seed=seed)
        assert new["labels"]["promises"][0]["quote"] in new["text"]
        assert (new["labels"]["refund"], new["labels"]["complaint"]) == (None, ["other"])
        assert new["before"][0].startswith("C ")


def test_spans_of_masked_data_move_along() -> None:
    body = small("喂您好 我是●●老师", gold={})
    body["turns"][0]["personal"] = [{"start": 6, "end": 8, "kind": "person"}]
    for seed in range(30):
        turn = noisy_conversation(body, noise(0.5), seed=seed)["turns"][0]
        [span] = turn["personal"]
        assert turn["text"][span["start"] : span["end"]] == "●●"
