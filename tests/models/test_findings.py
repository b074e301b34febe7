"""What is reported from probabilities, and the signals of how sure that is."""

import numpy as np
import pytest

from models.findings import ClauseScores, bound, grievance_items, need_items, promise_items, red_line_items
from models.sureness import PLAIN, PROBABILITY, Sureness
from models.tasks import Task

WEIGHED = {"red_line_nominated": 0.2, "red_line_weighed": 0.5, "complaint_weighed": 0.5}
BOUNDS = WEIGHED | {
    "red_line": 0.4,
    "red_line_clause": 0.9,
    "complaint": 0.5,
    "reason": 0.3,
    "need": 0.3,
    "promise": 0.3,
}
LINES = {0: "rude", 1: "false_urgency"}


def nobody_denies(row: int, column: int) -> list[bool]:
    return [False, False]


def test_a_red_line_is_nominated_by_the_turn_or_by_a_strong_clause() -> None:
    whole = np.array([[0.6, 0.1], [0.1, 0.1], [0.1, 0.3]])
    parts = [
        np.array([[0.2, 0.0], [0.5, 0.0]]),
        np.array([[0.95, 0.0], [0.0, 0.0]]),
        np.array([[0.0, 0.8], [0.0, 0.0]]),
    ]
    items = list(red_line_items(whole, parts, LINES, denies=nobody_denies, bounds=BOUNDS))
    assert [(item.row, item.label, item.probability) for item in items] == [(0, "rude", 0.6), (1, "rude", 0.95)]
    assert items[0].proof == (0.2, 0.5)


def test_a_red_line_with_a_bound_of_its_own_keeps_to_it() -> None:
    whole, parts = np.array([[0.6, 0.6]]), [np.array([[0.5, 0.5], [0.0, 0.0]])]
    bounds = BOUNDS | {"red_line.false_urgency": 0.7}
    found = red_line_items(whole, parts, LINES, denies=nobody_denies, bounds=bounds)
    assert [item.label for item in found] == ["rude"]
    assert bound(bounds, "red_line", "false_urgency") == 0.7


def test_words_that_deny_a_red_line_prove_nothing() -> None:
    whole, parts = np.array([[0.8, 0.0]]), [np.array([[0.7, 0.0], [0.2, 0.0]])]
    assert not list(red_line_items(whole, parts, LINES, denies=lambda *_: [True, False], bounds=BOUNDS))


def test_where_signals_are_weighed_they_decide_over_what_is_nominated() -> None:
    whole = np.array([[0.3, 0.3], [0.1, 0.0]])
    parts = [np.array([[0.3, 0.9]]), np.array([[0.3, 0.0]])]
    sureness = Sureness({"red_line": {"bias": 0.0, "clause": 1.0, "rival": -0.1}})
    items = red_line_items(whole, parts, LINES, denies=lambda *_: [False], bounds=BOUNDS, sureness=sureness)
    assert [(item.row, item.label) for item in items] == [(0, "false_urgency")]
    plain = red_line_items(whole, parts, LINES, denies=lambda *_: [False], bounds=BOUNDS)
    assert [(item.row, item.label) for item in plain] == [(0, "false_urgency")]


def test_the_signals_of_a_red_line_are_of_its_turn_alone() -> None:
    whole, parts = np.array([[0.6, 0.3], [0.5, 0.0]]), [np.array([[0.6, 0.0]]), np.array([[0.1, 0.0]])]
    first, _ = red_line_items(whole, parts, LINES, denies=lambda *_: [False], bounds=BOUNDS)
    (alone,) = red_line_items(whole[:1], parts[:1], LINES, denies=lambda *_: [False], bounds=BOUNDS)
    assert first.signals == alone.signals
    assert first.signals["is rude"] == 1.0


COMPLAINT = Task("complaint", "customer", ("detected", "delivery"))


def test_a_no_to_a_complaint_is_an_item_with_a_confidence_of_its_own() -> None:
    scores = np.array([[0.1, 0.2], [0.2, 0.9]])
    (no,) = grievance_items(scores, np.array([0.2, 0.9]), COMPLAINT, bounds=BOUNDS)
    assert (no.kind, no.probability) == ("no_complaint", pytest.approx(0.8))
    yes, reason = grievance_items(scores, np.array([0.7, 0.9]), COMPLAINT, bounds=BOUNDS)
    assert (yes.kind, yes.probability) == ("complaint", 0.7)
    assert (reason.kind, reason.label, reason.probability) == ("complaint_reason", "delivery", 0.9)


def test_a_second_turn_may_decide_that_there_is_a_complaint() -> None:
    sureness = Sureness({"complaint": {"bias": 0.0, "second": 1.0}})
    found = np.array([0.4, 0.1])
    once, twice = np.array([[0.5, 0.0], [0.1, 0.0]]), np.array([[0.5, 0.0], [0.6, 0.0]])
    assert grievance_items(once, found, COMPLAINT, bounds=BOUNDS, sureness=sureness)[0].kind == "no_complaint"
    (yes,) = grievance_items(twice, found, COMPLAINT, bounds=BOUNDS, sureness=sureness)
    assert (yes.kind, yes.probability) == ("complaint", pytest.approx(0.5))


def test_a_clause_is_one_need_and_a_turn_one_promise_of_a_kind() -> None:
    scores = np.array([[0.4, 0.5], [0.6, 0.35], [0.1, 0.1]])
    clauses = ClauseScores(scores, ["几点", "多少钱", "好"], [3, 3, 4], ("question", "requirement"))
    assert [(i.row, i.label) for i in need_items(clauses, bounds=BOUNDS)] == [(0, "requirement"), (1, "question")]
    promised = promise_items(clauses, bounds=BOUNDS)
    assert sorted((item.row, item.label) for item in promised) == [(0, "requirement"), (1, "question")]
    assert not need_items(ClauseScores(np.zeros((0, 2)), [], [], ("a", "b")), bounds=BOUNDS)


def test_sureness_weighs_signals_and_falls_back_to_the_probability() -> None:
    signals = {PROBABILITY: 0.4, "whole": 2.0}
    sureness = Sureness({"red_line": {"bias": -1.0, "whole": 1.5, "unseen": 9.0}})
    assert sureness.of("red_line", signals) == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert sureness.of("need", signals) == PLAIN.of("red_line", signals) == 0.4
