"""What the encoder adds to the features of turn and act, and what it leaves as it was."""

from dataclasses import replace

import numpy as np
import pytest

from models.act_features import FEATURES, ActSpace, pair_features, prepare
from models.act_matcher import BoostedActMatcher
from models.artifacts import load
from models.protocols import ActText, TurnText
from tests.models.counting_encoder import CountingEncoder, random_matching

READ = [number for number, name in enumerate(FEATURES) if name.startswith("read") or name == "other_side_read"]
PRICE = ActText("step", "agent", "报价", "说清价格", ("一年是三千八", "半年班两千块含教材"), (), (), 0.8)
WITHOUT_EXAMPLES = ActText("step", "agent", "介绍老师", "说明师资", (), (), (), 0.5)
TITLE_ALONE = ActText("step", "agent", "问候", "", (), (), (), None)
ACTS = (PRICE, WITHOUT_EXAMPLES, TITLE_ALONE)
TURNS = [TurnText("agent", "您好"), TurnText("customer", "多少钱"), TurnText("agent", "一年是三千八")]


def spaces(encoder: CountingEncoder) -> tuple[ActSpace, ActSpace]:
    """The shipped space without an encoder, and with another one."""
    acts = load(fast=True).acts
    assert isinstance(acts, BoostedActMatcher)
    return acts.space, replace(acts.space, matching=random_matching(encoder))


def test_the_texts_of_acts_are_encoded_when_prepared_and_turns_once_a_conversation() -> None:
    encoder = CountingEncoder()
    _, reading = spaces(encoder)
    prepared = prepare(ACTS, reading)
    assert encoder.asked == [
        ("报价，说清价格", "介绍老师，说明师资", "问候，"),
        # An act without examples is known by its description.
        ("一年是三千八", "半年班两千块含教材", "说明师资", ""),
    ]
    encoder.asked.clear()
    pair_features(TURNS, prepared, reading)
    assert encoder.asked == [("您好", "多少钱", "一年是三千八")]


@pytest.mark.parametrize("acts", [ACTS, ACTS[1:], ACTS[2:]], ids=["some", "no_examples", "title_alone"])
def test_features_are_finite_whatever_an_act_lacks(acts: tuple[ActText, ...]) -> None:
    _, reading = spaces(CountingEncoder())
    assert np.isfinite(pair_features(TURNS, prepare(acts, reading), reading)).all()


def test_without_an_encoder_its_features_are_zero_and_the_others_the_same_bytes() -> None:
    plain, reading = spaces(CountingEncoder())
    without, read = (pair_features(TURNS, prepare(ACTS, space), space) for space in (plain, reading))
    assert not without[:, :, READ].any() and read[:, :, READ].any()
    others = [number for number in range(len(FEATURES)) if number not in READ]
    assert without[:, :, others].tobytes() == read[:, :, others].tobytes()


def test_an_act_is_read_alike_beside_any_other_acts() -> None:
    _, reading = spaces(CountingEncoder())
    own = [FEATURES.index(name) for name in ("read_description", "read_example", "read")]
    together, alone = (pair_features(TURNS, prepare(acts, reading), reading) for acts in (ACTS, (WITHOUT_EXAMPLES,)))
    assert together[:, 1, own].tobytes() == alone[:, 0, own].tobytes()
