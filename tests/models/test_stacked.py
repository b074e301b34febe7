from dataclasses import replace

import numpy as np
import pytest

from models.linear import LinearClassifier, LinearTask, sigmoid
from models.ngrams import fit_space
from models.protocols import Matrix
from models.stacked import ASK_FROM, StackedClassifier, StackedTask
from models.tasks import NEED_KINDS
from tests.models.counting_encoder import CountingEncoder, random_matching

# The words that the linear model knows, one a label; what holds none of them has no chance.
WORDS = ("多少钱", "要周末", "太贵了", "没时间")
SPACE = fit_space([word for word in WORDS for _ in range(2)])
TEXTS, BEFORE = ["好的", "多少钱", "嗯", "太贵了", "再见"], ["", "", "您好", "一年三千", ""]
WITH_A_CHANCE, WITHOUT = [1, 3], [0, 2, 4]
NO_CHANCE = -5.0


def linear(bias: float = NO_CHANCE, sure: float = 6.0) -> LinearClassifier:
    weights = sure * SPACE.rows(WORDS).toarray().T
    task = LinearTask(weights, np.zeros_like(weights), np.full(4, bias), np.full(4, 1.5), np.full(4, -0.5))
    # "promises" is here a task for which no stack was learnt.
    names = ("needs", "promises")
    return LinearClassifier(SPACE, dict.fromkeys(names, NEED_KINDS), dict.fromkeys(names, task))


def stacked(encoder: CountingEncoder, **options: float) -> StackedClassifier:
    rows = ([0.5] * 4, [0.25, 0.5, 0.75, 1.0], [-0.1] * 4, [2.0] * 4, [0.3] * 4)
    return StackedClassifier(linear(**options), random_matching(encoder), {"needs": StackedTask(*map(np.array, rows))})


def test_only_rows_with_a_chance_are_read_and_the_others_are_the_linear_models() -> None:
    encoder = CountingEncoder()
    found = stacked(encoder).classify("needs", TEXTS, BEFORE)
    assert encoder.asked == [("多少钱", "太贵了"), ("一年三千",)]
    plain = linear().classify("needs", TEXTS, BEFORE)
    assert found[WITHOUT].tobytes() == plain[WITHOUT].tobytes()
    assert not np.any(found[WITH_A_CHANCE] == plain[WITH_A_CHANCE])


def test_rows_that_are_read_weigh_both_models() -> None:
    classifier = stacked(CountingEncoder())
    texts, before = [TEXTS[i] for i in WITH_A_CHANCE], [BEFORE[i] for i in WITH_A_CHANCE]
    own = classifier.linear.log_odds("needs", texts, before)
    read = classifier.matching.label("needs", texts, before)
    weighed: Matrix = sigmoid(0.5 * own + np.array([0.25, 0.5, 0.75, 1.0]) * read - 0.1)
    assert classifier.classify("needs", texts, before) == pytest.approx(weighed)


@pytest.mark.parametrize(("above", "read"), [(0.0, True), (1e-6, True), (-1e-6, False)])
def test_a_row_is_read_from_the_threshold_on(above: float, read: bool) -> None:
    encoder = CountingEncoder()
    stacked(encoder, bias=ASK_FROM + above, sure=0.0).classify("needs", ["多少钱"], [""])
    assert bool(encoder.asked) == read


def test_one_label_with_a_chance_is_enough_to_read_the_row_for_all() -> None:
    found = stacked(CountingEncoder()).classify("needs", ["多少钱"], [""])
    plain = linear().classify("needs", ["多少钱"], [""])
    assert (linear().log_odds("needs", ["多少钱"], [""]) >= ASK_FROM).sum() == 1
    assert not np.any(found == plain)


def test_a_task_without_a_stack_is_the_linear_models_alone() -> None:
    encoder = CountingEncoder()
    classifier = stacked(encoder)
    plain = linear().classify("promises", TEXTS, BEFORE)
    assert classifier.classify("promises", TEXTS, BEFORE).tobytes() == plain.tobytes()
    assert not encoder.asked
    best = np.array([0.1, 0.5, 0.9, 1.0])
    assert classifier.calibrate("promises", best).tobytes() == linear().calibrate("promises", best).tobytes()


def test_nothing_to_classify_is_no_row_and_asks_nobody() -> None:
    encoder = CountingEncoder()
    assert stacked(encoder).classify("needs", [], []).shape == (0, 4)
    assert not encoder.asked


def test_a_row_has_the_same_bytes_alone_and_among_others() -> None:
    classifier = stacked(CountingEncoder())
    together = classifier.classify("needs", TEXTS, BEFORE)
    for number, (text, said) in enumerate(zip(TEXTS, BEFORE, strict=True)):
        assert classifier.classify("needs", [text], [said])[0].tobytes() == together[number].tobytes()


def test_the_best_turn_is_calibrated_by_the_stacks_own_scale() -> None:
    classifier = stacked(CountingEncoder())
    best = np.array([0.0, 0.2, 0.8, 1.0])
    inside = np.clip(best, 1e-9, 1 - 1e-9)
    assert classifier.calibrate("needs", best) == pytest.approx(sigmoid(2.0 * np.log(inside / (1 - inside)) + 0.3))
    assert np.all(np.diff(classifier.calibrate("needs", best)) > 0)


def test_the_labels_are_those_of_the_linear_models() -> None:
    classifier = stacked(CountingEncoder())
    assert classifier.labels == replace(classifier, tasks={}).labels == linear().labels
