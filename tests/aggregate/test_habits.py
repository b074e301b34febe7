"""What agents say again and again: units of a turn, habits on and off script, and whose they are."""

from dataclasses import replace

import numpy as np
import pytest

from qa_service.aggregate.habits import NEVER, Sales, Speech, agents_habits, find_habits, pooled, slope, unexplained
from qa_service.aggregate.habits.units import plain, units
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.open_encoder import open_encoder
from tests.suggest.planted import HABIT, World, judged, sop

BOUNDS = load_insight().habits


def test_a_turn_is_its_sentences_and_the_clauses_of_those_that_have_several() -> None:
    found = list(units("您好。我先给您发一段录像，您看看他们的状态！好的"))
    assert [(unit.text, unit.clause) for unit in found] == [
        ("我先给您发一段录像，您看看他们的状态", False),
        ("我先给您发一段录像", True),
        ("您看看他们的状态", True),
    ]


def test_wordings_that_differ_in_numbers_and_punctuation_are_one() -> None:
    assert plain("就剩 3 个名额！") == plain("就剩12个名额")


@pytest.fixture(scope="module")
def speech() -> Speech:
    gathered = Speech(30_000)
    for row, pair in enumerate(judged(World(conversations=900, habit=(0.8, 0.05)), 1)):
        gathered.add(row, pair)
    return gathered


@pytest.mark.parametrize("read", [True, False], ids=["encoder", "characters"])
def test_words_of_steps_are_told_from_what_the_sop_lacks(speech: Speech, read: bool) -> None:
    usage = find_habits(speech, sop(), BOUNDS, open_encoder() if read else None)
    steps = {one.habit.step for one in usage.heard} - {None}
    assert steps <= {step.id for step in sop().steps} and len(steps) >= 5
    # What a planted word of a step was read wrongly as is a wording of that step all the same.
    assert all(one.habit.standard for one in usage.heard if one.habit.step == "opening" and "墨芽" in one.habit.label)


def test_variants_of_one_sense_are_one_habit_for_the_encoder(speech: Speech) -> None:
    usage = find_habits(speech, sop(), BOUNDS, open_encoder())
    mine = [one for one in usage.heard if {quote.text for quote in one.habit.quotes} & set(HABIT)]
    widest = max(mine, key=lambda one: one.habit.n_conversations)
    assert {quote.text for quote in widest.habit.quotes} == set(HABIT)
    assert (widest.first_turns != NEVER).sum() == widest.habit.n_conversations


def test_habits_that_are_alike_are_taken_together(speech: Speech) -> None:
    usage = find_habits(speech, sop(), replace(BOUNDS, fewest_conversations=15), open_encoder())
    mine = [one for one in usage.heard if any(one.habit.label in text for text in HABIT)]
    (whole,) = pooled(mine, usage, BOUNDS, open_encoder())
    assert len(mine) > 1 and whole.habit.pooled
    assert whole.habit.n_conversations >= max(one.habit.n_conversations for one in mine)


def test_of_very_many_conversations_an_even_sample_is_kept_whatever_their_order() -> None:
    pairs = list(judged(World(conversations=60), 1))
    kept = []
    for order in (pairs, pairs[::-1]):
        speech = Speech(20)
        for row, pair in enumerate(order):
            speech.add(row, pair)
        kept.append({one.id for one in speech.spoken})
        assert set(speech.texts.values()) == set(range(len(speech.texts)))
    assert 0 < len(kept[0]) <= 20
    assert kept[0] == kept[1]


def test_what_the_best_sellers_say_sets_them_apart() -> None:
    pairs = list(judged(World(conversations=900, habit=(0.8, 0.05)), 1))
    speech = Speech(30_000)
    for row, pair in enumerate(pairs):
        speech.add(row, pair)
    usage = find_habits(speech, sop(), BOUNDS, open_encoder())
    names = {name: number for number, name in enumerate(sorted(set(usage.agents)))}
    mine = [one for one in usage.heard if any(one.habit.label in text for text in HABIT)]
    widest = max(mine, key=lambda one: one.habit.n_conversations)
    # Who says it most sells most.
    surplus = np.array([(widest.first_turns[place] != NEVER) - 0.2 for place in range(len(usage.agents))], dtype=float)
    agents = np.array([names[name] for name in usage.agents], dtype=np.int64)
    sales = Sales(agents, surplus, np.ones(len(agents), dtype=bool), np.arange(len(agents)) % 3 == 0)
    spread = agents_habits(usage, sales, BOUNDS)[widest.habit.id]
    assert spread.ratio > 2 and spread.q_value < 0.05


def test_a_difference_within_agents_is_not_that_between_them() -> None:
    rng = np.random.default_rng(1)
    agents = np.repeat(np.arange(20), 200)
    skill = np.linspace(-0.2, 0.2, 20)[agents]
    said = rng.random(4000) < 0.3 + skill
    sold = (rng.random(4000) < 0.4 + skill).astype(float)
    assert sold[said].mean() - sold[~said].mean() > 0.04
    found = slope(unexplained(sold, [agents]), said, [agents], agents)
    assert found is not None and found.low < 0 < found.high
