"""Order and response checks against a reference that tries every pair, on random logs."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analyze.sop.checks.looked_for import look_for
from tests.written import written

A, B = {"keywords": ["甲"]}, {"keywords": ["乙"]}
LOGS = st.lists(st.sampled_from(["甲", "乙", "甲和乙", "嗯"]), min_size=1, max_size=9)
SPEAKERS = st.lists(st.sampled_from("AC"), min_size=9, max_size=9)
Reference = Callable[[list[str], int], bool]


def _at(log: list[str], letter: str) -> list[int]:
    return [turn for turn, text in enumerate(log) if letter in text]


def _precedence(log: list[str], _within: int) -> bool:
    return all(any(a <= b for a in _at(log, "甲")) for b in _at(log, "乙"))


def _response(log: list[str], within: int) -> bool:
    return all(any(a <= b <= a + within for b in _at(log, "乙")) for a in _at(log, "甲"))


def _succession(log: list[str], _within: int) -> bool:
    return _precedence(log, 9) and _response(log, 9)


def _absence_after(log: list[str], _within: int) -> bool:
    return not any(a < b for a in _at(log, "甲") for b in _at(log, "乙"))


CONSTRAINTS: list[tuple[str, Callable[[int], dict[str, object]], Reference]] = [
    ("precedence", lambda _n: {"precedence": A, "then": B}, _precedence),
    ("response", lambda n: {"response": A, "then": B, "within": n}, _response),
    ("succession", lambda _n: {"succession": A, "then": B}, _succession),
    ("absence_after", lambda _n: {"absence_after": A, "never": B}, _absence_after),
]


@pytest.mark.parametrize(("condition", "reference"), [c[1:] for c in CONSTRAINTS], ids=[c[0] for c in CONSTRAINTS])
@settings(max_examples=150, deadline=None)
@given(log=LOGS, within=st.integers(1, 4))
def test_it_agrees_with_the_reference(
    condition: Callable[[int], dict[str, object]], reference: Reference, log: list[str], within: int
) -> None:
    found = look_for(condition(within), written("\n".join(f"A {text}" for text in log)))
    assert (found.p >= 0.5) == reference(log, within)
    assert bool(found.matches) == (not reference(log, within))


@settings(max_examples=150, deadline=None)
@given(log=LOGS, speakers=SPEAKERS, n=st.integers(1, 3))
def test_exactly_counts_moves(log: list[str], speakers: list[str], n: int) -> None:
    talk = written("\n".join(f"{speaker} {text}" for speaker, text in zip(speakers, log, strict=False)))
    moves = [0]
    for last, speaker in pairwise(speakers):
        moves.append(moves[-1] + (speaker != last))
    occurring = {moves[turn] for turn in _at(log, "甲") if speakers[turn] == "A"}
    assert (look_for({"exactly": n, "that": A}, talk).p >= 0.5) == (len(occurring) == n)
