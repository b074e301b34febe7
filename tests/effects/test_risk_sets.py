from datetime import date, timedelta

import numpy as np

from qa_service.domain.conversation import Outcome
from qa_service.domain.effect import Effect
from qa_service.effects.confounders import folds_within_agents
from qa_service.effects.contacts import Levels
from qa_service.effects.readings import DONE_SOMEWHERE, MISSED
from qa_service.effects.targets import landmark
from qa_service.workflows.compute_effects import EffectsQuestion, compute_effects
from tests.judged_cases import SOP, Case, judged

MONDAY = date(2026, 9, 21)


def effects(cases: list[Case], outcome: str = "converted") -> dict[str, Effect]:
    found = compute_effects(map(judged, cases), EffectsQuestion([outcome], [SOP]))
    return {f"{effect.target.kind}/{effect.target.id}": effect for effect in found}


def case(number: int, *, converted: bool | None = False, **fields: object) -> Case:
    outcome = Outcome(converted=converted)
    return Case(**{"id": f"c{number:03d}", "day": MONDAY, "outcome": outcome} | fields)  # type: ignore[arg-type]


def test_a_step_is_due_at_the_turn_by_which_four_of_five_first_occurrences_have_happened() -> None:
    assert landmark(np.array([2, 4, 6, 8, 90, MISSED, DONE_SOMEWHERE]), 0.8) == 8
    assert landmark(np.array([MISSED]), 0.8) == 0


def test_conversations_that_ended_before_a_step_was_due_say_nothing_about_it() -> None:
    # Steps stand on turns 0 to 3 where done; a conversation in which nothing was done has one turn, number 0.
    long = [case(n, done=["greeting", "needs", "pitch", "book"]) for n in range(10)]
    short = [case(n, done=[]) for n in range(10, 15)]
    stayed = [case(n, done=[], turns_after=5) for n in range(15, 18)]
    book = effects(long + short + stayed)["step/book"]
    assert (book.n_exposed, book.n_unexposed) == (10, 3)


def test_a_step_that_was_not_owed_leaves_the_conversation_out() -> None:
    found = effects(
        [case(1, owed=["greeting"], done=["greeting"]), case(2, owed=["greeting", "needs"], done=["needs"])]
    )
    assert found["step/needs"].n_exposed + found["step/needs"].n_unexposed == 1


def test_unknown_outcomes_are_left_out() -> None:
    found = effects([case(1, done=["greeting"]), case(2, done=["greeting"], converted=None)])
    assert found["step/greeting"].n_exposed == 1


def test_a_customer_counts_once_with_the_first_contact() -> None:
    first = case(1, customer="U1", done=[], turns_after=3)
    second = case(2, customer="U1", day=MONDAY + timedelta(days=1), done=["greeting"], converted=True)
    unknown = case(3, customer="U1", day=MONDAY - timedelta(days=1), done=["greeting"], converted=None)
    greeting = effects([second, first, unknown])["step/greeting"]
    assert (greeting.n_exposed, greeting.n_unexposed) == (0, 1)


def test_obligations_are_compared_among_those_triggered() -> None:
    price = effects([case(1, price_met=True), case(2, price_met=False), case(3)])["obligation/price"]
    assert (price.n_exposed, price.n_unexposed) == (1, 1)


def test_red_lines_are_compared_among_all() -> None:
    line = effects([case(1, red_lines=[("false_urgency", "最后一个名额")]), case(2), case(3)])["red_line/false_urgency"]
    assert (line.n_exposed, line.n_unexposed) == (1, 2)


def test_an_order_is_compared_among_those_with_both_steps_done() -> None:
    both = ["greeting", "needs"]
    found = effects(
        [case(1, done=both), case(2, done=both, disordered=[("greeting", "needs")]), case(3, done=["needs"])]
    )
    order = found["order/greeting>needs"]
    assert (order.n_exposed, order.n_unexposed) == (1, 1)


def test_the_raw_difference_and_the_counts_are_those_before_trimming() -> None:
    done = [case(n, done=["greeting"], converted=n < 3) for n in range(4)]
    missed = [case(n, done=[], turns_after=3, converted=n < 11) for n in range(10, 14)]
    greeting = effects(done + missed)["step/greeting"]
    assert greeting.raw_difference == 0.5
    assert (greeting.effect, greeting.verdict, greeting.method) == (None, "not_enough_data", "no_estimate")


def test_every_agent_is_in_every_training_part() -> None:
    rng = np.random.default_rng(0)
    agents = rng.integers(0, 30, 3000)
    folds = folds_within_agents(agents, rng.permutation(3000), 5)
    for agent in range(30):
        sizes = np.bincount(folds[agents == agent], minlength=5)
        assert sizes.max() - sizes.min() <= 1
    assert np.ptp(np.bincount(folds)) < 60


def test_a_tag_that_is_a_number_is_adjusted_for_as_a_scale() -> None:
    rng = np.random.default_rng(1)
    levels = Levels()
    for row, score in enumerate(rng.normal(50, 10, 1000)):
        levels.put(row, f"{score:.3f}" if row % 10 else None)
    codes = levels.codes(1000)
    assert sorted(set(codes.tolist())) == list(range(11))
    assert np.bincount(codes).tolist() == [100] + [90] * 10


def test_few_numbers_and_names_stay_levels_of_their_own() -> None:
    for names in ([str(n % 7) for n in range(100)], [f"来源{n}" for n in range(100)]):
        levels = Levels()
        for row, name in enumerate(names):
            levels.put(row, name)
        assert len(set(levels.codes(100).tolist())) == len(set(names))
