"""Corrections of the general models: only what was learnt changes, and nothing learnt changes nothing."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.adaptation import EXAMPLE, Lessons, Subject, adapt, fit, joined
from models.adapted import (
    BUILT_IN,
    Adaptation,
    AdaptedMatcher,
    AdaptedTurns,
    Correction,
    Part,
    act_key,
    log_odds,
    recalibrated,
    turn_space,
)
from models.artifacts import load
from models.protocols import ActText, TurnText

JUDGE = load()
SPACE = turn_space(JUDGE)
ENTER = ActText("step", "agent", "登记信息", "把信息记下来", ("帮您登记一下",), (), (), 0.4, rivals="steps")
PRICE = ActText("step", "agent", "报价", "说清价格", ("一年是三千八",), ("价格看课时",), (), 0.8, rivals="steps")
TURNS = [
    TurnText("agent", "您好我是小林"),
    TurnText("customer", "单子挂上了吗"),
    TurnText("agent", "单子我给挂上了"),
    TurnText("agent", "全年班是四千二"),
]
SAID = ("单子挂上了", "给您挂上单子", "单子先挂着", "周末有班", "老师都是师范毕业", "教材都包了")


def lessons(texts: tuple[str, ...] = SAID, holds: tuple[int, ...] = (1, 1, 1, 0, 0, 0), odds: float = -3.0) -> Lessons:
    shape = (len(texts), 1)
    return Lessons(
        rows=SPACE.rows([TurnText("agent", text) for text in texts]),
        odds=np.full(shape, odds),
        holds=np.array(holds, dtype=np.float64).reshape(shape),
        weights=np.ones(shape),
        owner=np.arange(len(texts)),
        searched=np.ones(shape),
    )


def correction(penalty: float = 0.1) -> Correction:
    return fit(lessons(), penalty)


def adaptation(*parts: Part, **fields: float) -> Adaptation:
    return Adaptation("own", JUDGE.version, parts, **fields)


ENTERING = Part("step", ("enter",), (act_key(ENTER),), correction())


def test_what_was_taught_is_recognised_and_its_neighbour_is_the_general_models_to_the_bit() -> None:
    general = JUDGE.acts.match(TURNS, [ENTER, PRICE])
    adapted = AdaptedMatcher(JUDGE.acts, SPACE, adaptation(ENTERING)).match(TURNS, [ENTER, PRICE])
    assert adapted[2, 0] > general[2, 0] + 0.2
    assert adapted[3, 0] < adapted[2, 0]
    assert adapted[:, 1].tobytes() == general[:, 1].tobytes()
    assert adapted[1, 0] == 0.0, "a customer performs no step of the agent, whatever was learnt"


@pytest.mark.parametrize(
    "other",
    [replace(ENTER, examples=("记一下",)), replace(ENTER, title="登记"), replace(ENTER, rivals="elements/enter")],
    ids=["examples", "title", "group"],
)
def test_an_act_in_other_words_is_judged_by_the_general_models(other: ActText) -> None:
    adapted = AdaptedMatcher(JUDGE.acts, SPACE, adaptation(ENTERING))
    assert adapted.match(TURNS, [other]).tobytes() == JUDGE.acts.match(TURNS, [other]).tobytes()


def test_a_step_that_only_moved_keeps_its_correction() -> None:
    assert act_key(replace(ENTER, place=0.9)) == act_key(ENTER)


def test_a_turn_is_corrected_alone_as_among_others() -> None:
    rows = SPACE.rows(TURNS)
    together = correction().added(rows)
    alone = np.vstack([correction().added(SPACE.rows([turn])) for turn in TURNS])
    assert together.tobytes() == alone.tobytes()


def test_the_stronger_the_penalty_the_less_a_word_weighs() -> None:
    moved = [float(np.abs(fit(lessons(), penalty).weights).max()) for penalty in (0.01, 0.3, 30.0, 1e6)]
    assert moved == sorted(moved, reverse=True)
    assert moved[-1] < 1e-3 < 1.0 < moved[0]


def test_labels_that_nobody_gave_teach_nothing() -> None:
    silent = replace(lessons(), weights=np.zeros((6, 1)))
    assert not fit(silent, 0.1).added(silent.rows).any()


def test_without_labels_the_adapted_models_are_the_general_ones() -> None:
    nothing = Subject("step", ("enter",), (act_key(ENTER),), lessons(holds=(0,) * 6))
    learnt = adapt("own", JUDGE.version, [nothing], range(6), JUDGE.acts)
    assert learnt == adaptation()
    adapted = AdaptedMatcher(JUDGE.acts, SPACE, learnt)
    found = adapted.match(TURNS, [ENTER])
    assert found.tobytes() == JUDGE.acts.match(TURNS, [ENTER]).tobytes()
    assert adapted.done(found).tobytes() == JUDGE.acts.done(found).tobytes()


def test_an_act_that_too_few_turns_perform_is_left_alone() -> None:
    subject = partial(Subject, "red_line", ("own",), ("key",), lessons())
    assert adapt("own", "v", [subject(enough=4)], range(6), JUDGE.acts).parts == ()
    (part,) = adapt("own", "v", [subject(enough=3)], range(6), JUDGE.acts).parts
    assert part.ids == ("own",)


def test_what_chance_alone_would_teach_is_not_learnt() -> None:
    # Each text twice, once labelled so and once otherwise: nothing held out is told any better by them.
    both = joined([lessons(odds=0.0), replace(lessons(holds=(0, 0, 0, 1, 1, 1), odds=0.0), owner=np.arange(6) + 6)])
    assert adapt("own", "v", [Subject("trigger", ("a",), ("k",), both)], range(12), JUDGE.acts).parts == ()


def test_only_the_conversations_named_are_learnt_from() -> None:
    subject = Subject("trigger", ("a",), ("k",), lessons())
    some = adapt("own", "v", [subject], [0, 1, 3, 4], JUDGE.acts)
    others = replace(subject, lessons=subject.lessons.of([0, 1, 3, 4]))
    assert np.array_equal(
        some.parts[0].correction.weights, adapt("own", "v", [others], range(6), JUDGE.acts).parts[0].correction.weights
    )


def test_the_sops_own_sentences_count_everywhere_but_are_never_tested_on() -> None:
    example = replace(lessons(("帮您登记一下",), (1,)), owner=np.array([EXAMPLE]))
    all_of_them = joined([lessons(), example])
    assert len(all_of_them.of([0]).owner) == 2
    assert len(all_of_them.spoken().owner) == 6


def test_red_lines_of_the_codebook_are_corrected_and_other_tasks_are_not() -> None:
    part = Part(BUILT_IN, ("rude",), ("rude",), correction(0.01))
    adapted = AdaptedTurns(JUDGE.turns, SPACE, part)
    column = adapted.labels["red_lines"].index("rude")
    texts, before = ["单子挂上了", "周末有班"], ["", ""]
    general, found = (one.classify("red_lines", texts, before) for one in (JUDGE.turns, adapted))
    assert found[0, column] > general[0, column]
    others = np.delete(np.arange(found.shape[1]), column)
    assert found[:, others].tobytes() == general[:, others].tobytes()
    for task in ("needs", "promises"):
        assert adapted.classify(task, texts, before).tobytes() == JUDGE.turns.classify(task, texts, before).tobytes()
    assert adapted.classify("red_lines", [], []).shape[0] == 0


def test_calibration_moves_only_when_it_learnt_to() -> None:
    done = np.array([0.0, 0.2, 0.9, 1.0])
    assert recalibrated(done, 1.0, 0.0) is done
    assert (recalibrated(done, 1.0, 1.0) > done)[:3].all()


def test_certainty_is_bounded_so_that_people_can_correct_it() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()


def test_a_space_of_rows_is_sparse() -> None:
    assert isinstance(SPACE.rows(TURNS), csr_matrix)
