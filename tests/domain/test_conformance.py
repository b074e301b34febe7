"""Alignments with the course of an SOP, against every run that keeps the course."""

from collections.abc import Iterator, Mapping
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.domain.conformance import Conformance, conformance

STEPS = "abcdef"
PAIRS = st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(STEPS)).filter(lambda p: p[0] < p[1]), max_size=7)
TURNS = st.dictionaries(st.sampled_from(STEPS), st.integers(0, 5), max_size=6)


def runs(steps: tuple[str, ...], course: list[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    """Every order of all steps that keeps the course."""
    for run in permutations(steps):
        if all(run.index(a) < run.index(b) for a, b in course if a in steps and b in steps):
            yield run


def logs(first: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    """The orders in which the steps may have been done: two in one turn come in either."""
    for log in permutations(first):
        if all(first[a] <= first[b] for n, a in enumerate(log) for b in log[n:]):
            yield log


def moves(run: tuple[str, ...], log: tuple[str, ...]) -> int:
    """The fewest moves of one side alone: all but a longest common subsequence."""
    row = [0] * (len(log) + 1)
    for step in run:
        last = row
        row = [0]
        for number, done in enumerate(log):
            row.append(last[number] + 1 if step == done else max(row[-1], last[number + 1]))
    return len(run) + len(log) - 2 * row[-1]


def closed(course: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Also by way of steps that are neither due nor done."""
    pairs = set(course)
    for _ in STEPS:
        pairs |= {(a, d) for a, b in pairs for c, d in pairs if b == c}
    return sorted(pairs)


@settings(max_examples=400, deadline=None)
@given(due=st.lists(st.sampled_from(STEPS), unique=True, max_size=5), first=TURNS, course=PAIRS)
def test_no_alignment_costs_less(due: list[str], first: dict[str, int], course: list[tuple[str, str]]) -> None:
    found = conformance(due, first, course)
    whole = list(runs(found.steps, closed(course)))
    assert found.cost == min(moves(run, log) for run in whole for log in logs(first))
    assert set(found.steps) == {*due, *first}
    assert set(found.skipped) == set(due) - first.keys()
    # What is left stands in its place: it alone is a part of a run.
    kept = {step: turn for step, turn in first.items() if step not in found.out_of_order}
    assert not any(a in kept and b in kept and kept[a] > kept[b] for a, b in closed(course))


CASES = {
    "all in place": ("abc", "abc", "", ""),
    "one missing": ("abc", "ac", "b", ""),
    "the one too early": ("ab", "ba", "", "b"),
    "the one too late": ("abcd", "bcda", "", "a"),
    "two apart": ("abcd", "badc", "", "bd"),
    "not due but done": ("ab", "abx", "", ""),
    "across one that is missing": ("abc", "ca", "b", "c"),
    "nothing done": ("ab", "", "ab", ""),
}


@pytest.mark.parametrize(("due", "log", "skipped", "moved"), CASES.values(), ids=CASES)
def test_parts_are_named(due: str, log: str, skipped: str, moved: str) -> None:
    course = list(pairwise(due))
    found = conformance(list(due), {step: turn for turn, step in enumerate(log)}, course)
    assert found == Conformance(tuple(dict.fromkeys(due + log)), tuple(skipped), tuple(moved))


def test_fitness_is_the_share_in_place() -> None:
    assert conformance("abcd", {"b": 0, "a": 1, "c": 2}, [("a", "b")]).fitness == 0.5
    assert conformance("", {}, []).fitness is None


def test_steps_in_one_turn_stand_in_either_order() -> None:
    assert conformance("ab", {"a": 3, "b": 3}, [("a", "b")]).out_of_order == ()
