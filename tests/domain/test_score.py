from dataclasses import replace

import pytest

from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import (
    ElementFinding,
    ObligationFinding,
    OrderFinding,
    RedLineFinding,
    StepFinding,
    StepStatus,
)
from qa_service.domain.score import Score, ScoredFindings, ScoreState, Veto, score
from qa_service.domain.sop import Sop
from qa_service.rulebook import parse_sop

SOP = parse_sop(
    """
sop: s
pass_score: 80
steps:
  - {id: a, weight: 40}
  - {id: b, weight: 40}
  - {id: c, weight: 10, when: {keywords: [分期]}}
  - {id: d, weight: 99, required: false}
order: [[a, b]]
obligations: [{id: o, title: o, weight: 20, within: 3, trigger: {examples: [x]}, response: {examples: [y]}}]
red_lines: [rude, false_urgency, disparage_competitor]
""",
    "s.yaml",
)


def step(step_id: str, status: str = "done", *, unsure: bool = False) -> StepFinding:
    return StepFinding(step_id, StepStatus(status), (0,) if status == "done" else (), 0.9, 0.9, unsure=unsure)


def red_line(line_id: str, turn: int = 1, *, unsure: bool = False) -> RedLineFinding:
    return RedLineFinding(line_id, EvidenceSpan(turn, 0, 2), "好的", 0.9, unsure=unsure)


ALL_DONE = ScoredFindings((step("a"), step("b"), step("c", "not_applicable"), step("d", "missed")), (), (), ())


def scored(confirmed: frozenset[str] = frozenset(), sop: Sop = SOP, **changes: object) -> Score:
    return score(sop, replace(ALL_DONE, **changes), confirmed=confirmed)  # type: ignore[arg-type]


def test_everything_owed_and_done_is_a_hundred() -> None:
    assert scored() == Score(100.0, 100.0, 100.0, ScoreState.SETTLED, True, None)


def test_what_does_not_apply_or_is_not_required_is_not_owed() -> None:
    assert scored(steps=(step("a"), step("b"), step("c"), step("d"))).value == 100.0
    assert scored(steps=(step("a"), step("b"), step("c", "missed"), step("d"))).value == pytest.approx(88.89)


def test_an_obligation_is_owed_once_triggered_and_met_only_if_every_episode_is() -> None:
    met = ObligationFinding("o", 3, 4, True, 0.9)
    unmet = ObligationFinding("o", 7, None, False, 0.9)
    assert scored(obligations=(met,)).value == 100.0
    assert scored(obligations=(met, unmet)).value == 80.0


def test_order_and_red_lines_cost_their_points_once_an_id() -> None:
    breach = OrderFinding("a", "b", (5, 2), 0.9)
    assert scored(orders=(breach,)).value == 97.0
    assert scored(red_lines=(red_line("false_urgency"), red_line("false_urgency", 4))).value == 95.0
    assert scored(red_lines=(red_line("disparage_competitor"), red_line("false_urgency"))).value == 75.0


def test_a_fatal_red_line_found_by_machine_is_a_proposed_veto_that_waits_for_a_person() -> None:
    found = scored(red_lines=(red_line("rude"),))
    assert found == Score(0.0, 0.0, 100.0, ScoreState.PROVISIONAL, False, Veto.PROPOSED)


def test_only_a_person_confirms_a_veto() -> None:
    line = red_line("rude")
    found = scored(frozenset({line.key}), red_lines=(line,))
    assert found == Score(0.0, 0.0, 0.0, ScoreState.SETTLED, False, Veto.CONFIRMED)


def test_unsure_findings_open_a_range_and_settle_only_when_they_cannot_change_the_outcome() -> None:
    doubtful = (step("a"), step("b", "missed", unsure=True), step("c", "not_applicable"), step("d"))
    found = scored(steps=doubtful)
    assert (found.value, found.low, found.high, found.state) == (50.0, 50.0, 100.0, ScoreState.PROVISIONAL)
    harmless = scored(red_lines=(red_line("false_urgency", unsure=True),))
    assert (harmless.low, harmless.high, harmless.state) == (95.0, 100.0, ScoreState.SETTLED)


def test_points_stay_between_nought_and_a_hundred() -> None:
    missed = tuple(step(s, "missed") for s in "abcd")
    assert scored(steps=missed, red_lines=(red_line("disparage_competitor"),)).value == 0.0


def test_elements_carry_their_own_points() -> None:
    text = (
        "sop: s\nsteps: [{id: a, weight: 10, elements: [{id: x, title: x, points: 3}, {id: y, title: y, points: 1}]}]"
    )
    sop = parse_sop(text, "s.yaml")
    sure = (ElementFinding("x", True, (0,), 0.9), ElementFinding("y", False, (), 0.9))
    finding = replace(step("a"), elements=sure)
    assert score(sop, ScoredFindings((finding,), (), (), ())).value == 75.0
    doubtful = replace(finding, unsure=True, elements=(replace(sure[0], unsure=True), sure[1]))
    found = score(sop, ScoredFindings((doubtful,), (), (), ()))
    assert (found.low, found.value, found.high) == (0.0, 75.0, 75.0), "only what is doubtful falls"
    found = score(sop, ScoredFindings((replace(finding, unsure=True),), (), (), ()))
    assert (found.low, found.value, found.high) == (0.0, 75.0, 100.0), "the step as a whole is in doubt"
