"""What a new analysis changes, finding by finding, and what stands behind it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.analysis import Analysis
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import (
    GrievanceFinding,
    NeedFinding,
    ReasonFinding,
    RedLineFinding,
    StepFinding,
    StepStatus,
)
from qa_service.domain.rescored import causes, changes_from_json, changes_to_json, compare
from qa_service.domain.same_finding import Anchor, anchor, counterparts

DONE = StepFinding("greeting", StepStatus.DONE, (0,), 0.9, 0.9)
LINE = RedLineFinding("rude", EvidenceSpan(4, 2, 6), "没钱别问", 0.9)
NEED = NeedFinding(EvidenceSpan(3, 0, 4), "question", "周末有课", 0.8, "answered", 4)
BEFORE = Analysis("c-1", "s", 1, {"models": "m1", "code": "1"}, steps=(DONE,), red_lines=(LINE,), needs=(NEED,))


def shifts(after: Analysis) -> dict[str, tuple[str, str | None, str | None]]:
    return {change.key: (change.shift.value, change.before, change.after) for change in compare(BEFORE, after)}


def test_the_same_analysis_again_changes_nothing() -> None:
    assert compare(BEFORE, replace(BEFORE, versions={"models": "m2", "code": "1"})) == ()


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (
            replace(BEFORE, steps=(replace(DONE, status=StepStatus.MISSED, turns=()),)),
            {"step/greeting": ("status", "done", "missed")},
        ),
        (replace(BEFORE, steps=(replace(DONE, turns=(0, 2)),)), {"step/greeting": ("places", "done", "done")}),
        (replace(BEFORE, steps=(replace(DONE, confidence=0.8),)), {"step/greeting": ("confidence", "done", "done")}),
        (replace(BEFORE, steps=(replace(DONE, unsure=True),)), {"step/greeting": ("confidence", "done", "done")}),
        (replace(BEFORE, red_lines=()), {"red_line/rude/4": ("vanished", "found", None)}),
        (
            replace(BEFORE, red_lines=(LINE, replace(LINE, id="anxiety_threat"))),
            {"red_line/anxiety_threat/4": ("appeared", None, "found")},
        ),
        (
            replace(BEFORE, red_lines=(replace(LINE, span=EvidenceSpan(5, 0, 4)),)),
            {"red_line/rude/5": ("places", "found", "found")},
        ),
        (
            replace(BEFORE, needs=(replace(NEED, span=EvidenceSpan(3, 2, 4)),)),
            {"need/3/2": ("places", "question: answered", "question: answered")},
        ),
        (
            replace(BEFORE, refund=GrievanceFinding("refund", True, (3,), 0.9, (ReasonFinding("no_time", (3,), 0.9),))),
            {"refund": ("status", "none", "detected: no_time")},
        ),
    ],
    ids=["missed", "elsewhere", "less_sure", "doubt", "vanished", "appeared", "moved", "narrower", "refund"],
)
def test_each_kind_of_change_is_told_by_its_least_word(after: Analysis, told: dict[str, tuple[str, str, str]]) -> None:
    assert shifts(after) == told


def test_changes_survive_being_written_down() -> None:
    found = compare(BEFORE, replace(BEFORE, red_lines=(), steps=()))
    assert changes_from_json(changes_to_json(found)) == found
    assert [(change.kind, change.id) for change in found] == [("red_line", "rude"), ("step", "greeting")]


@pytest.mark.parametrize(
    ("fields", "versions", "named"),
    [
        ({}, {}, ()),
        ({"sop_version": 2}, {}, ("sop",)),
        ({}, {"models": "m2"}, ("models",)),
        ({}, {"models": "m1+abc"}, ("adapted",)),
        ({}, {"code": "2", "models": "m2"}, ("code", "models")),
        ({}, {"judge": "qwen"}, ("judge",)),
        ({}, {"taxonomy": "2"}, ("taxonomy",)),
    ],
    ids=["nothing", "sop", "models", "adapted", "both", "judge", "another"],
)
def test_the_causes_are_what_differs_in_the_versions(
    fields: dict[str, int], versions: dict[str, str], named: tuple[str, ...]
) -> None:
    before = replace(BEFORE, versions={**BEFORE.versions, **({"taxonomy": "1"} if "taxonomy" in versions else {})})
    after = replace(before, versions={**before.versions, **versions}, **fields)
    assert causes(before, after) == named


PLACES = st.lists(
    st.builds(
        Anchor, st.sampled_from(["red_line", "obligation"]), st.sampled_from("ab"), st.integers(0, 6), st.integers(0, 9)
    ),
    max_size=6,
    unique_by=lambda one: (one.kind, one.id, one.turn),
)


@given(PLACES, PLACES)
def test_counterparts_pair_each_finding_once_and_only_with_its_like(one: list[Anchor], other: list[Anchor]) -> None:
    before, after = ({f"{a.kind}/{a.id}/{a.turn}": a for a in anchors} for anchors in (one, other))
    same = counterparts(before, after)
    assert len(set(same.values())) == len(same)
    assert all((before[a].kind, before[a].id) == (after[b].kind, after[b].id) for a, b in same.items())
    assert all(same[key] == key for key in before.keys() & after.keys())
    assert counterparts(dict(reversed(before.items())), dict(reversed(after.items()))) == same


def test_a_key_names_its_place() -> None:
    assert anchor("obligation/price_asked/14") == Anchor("obligation", "price_asked", 14)
    assert anchor("need/7/3") == Anchor("need", "", 7, 3, 4)
    assert anchor("order/a>b") == Anchor("order", "a>b")
    assert anchor("complaint") == Anchor("complaint", "")
