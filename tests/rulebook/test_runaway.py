"""Patterns that may take for ever, and patterns that only look like it."""

import pytest

from qa_service.rulebook.runaway import may_run_away

RUNAWAY = (
    r"(a+)+",
    r"(\w+\s*)*好",
    r"(.*,)*",
    r"(?:(?:加|微)+)+信",
    r"(\d{1,3})+",
    r"^(\s*\S+\s*)*$",
    r"(x(?:\d+|好))*|(.+)+",
)
TAME = (
    *(
        r"(,\d+)*",
        r"(?:\d{1,3},)*\d+",
        r"[^，。]*?保过",
        r"(保过|包过)+",
        r"(a{2})+",
        r"((a+)b)*",
        r"\d+(?:\.\d+)? ?块",
    ),
    *(r"(?:[一二三]+[十百])+元", r"(?>a+)+", r"(?=.*价).*钱", ""),
)


@pytest.mark.parametrize("pattern", RUNAWAY, ids=range(len(RUNAWAY)))
def test_a_repetition_of_a_repetition_with_nothing_between_may_run_away(pattern: str) -> None:
    assert may_run_away(pattern)


@pytest.mark.parametrize("pattern", TAME, ids=range(len(TAME)))
def test_what_something_fixed_tells_apart_does_not(pattern: str) -> None:
    assert not may_run_away(pattern)
