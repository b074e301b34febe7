"""A person's decision outlives a new analysis: it hangs on the check and the words, not on the key of one analysis."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import ObligationFinding, RedLineFinding, StepFinding, StepStatus
from qa_service.domain.review import Basis, Decision, Override
from qa_service.domain.sop import Sop
from qa_service.review.bodies import finding_bodies
from qa_service.review.carry import Settlement, Why, carry, stood_behind
from qa_service.review.final import overridden, verdicts
from qa_service.rulebook import parse_sop
from tests.review.conftest import SOP

NOON = datetime(2026, 10, 8, 12, tzinfo=UTC)
RED_LINE = "red_line/guarantee_outcome/2"


def saw(machine: Analysis, key: str, decision: str, value: dict[str, Any] | None = None, minute: int = 0) -> Override:
    """A decision made in sight of an analysis."""
    basis = Basis(machine.sop, machine.sop_version, finding_bodies(machine).get(key))
    at = NOON + timedelta(minutes=minute)
    return Override(f"o-{minute}-{key}", "c-1", key, Decision(decision), "", "qa-li", at, value or {}, basis=basis)


def line(turn: int, start: int, quote: str, line_id: str = "guarantee_outcome") -> RedLineFinding:
    return RedLineFinding(line_id, EvidenceSpan(turn, start, start + len(quote)), quote, 0.9)


def step(machine: Analysis, step_id: str, status: str, turns: tuple[int, ...] = ()) -> Analysis:
    changed = StepFinding(step_id, StepStatus(status), turns, 0.9, 0.9 if turns else 0.1)
    return replace(machine, steps=tuple(changed if one.id == step_id else one for one in machine.steps))


def sop_with(old: str, new: str) -> Sop:
    assert old in SOP
    return parse_sop(SOP.replace(old, new).replace("version: 3", "version: 4"), "test")


def test_a_confirmed_step_stays_done_where_the_new_analysis_misses_it(machine: Analysis, sop: Sop) -> None:
    decision = saw(machine, "step/greeting", "confirm")
    later = step(machine, "greeting", "missed")
    three = verdicts(later, [decision], sop=sop, settled=False)
    assert (three.machine.steps[0].status, three.final.steps[0].status) == ("missed", "done")
    assert three.final.steps[0].turns == (0,)
    (found,) = three.contradictions
    assert (found.key, found.person, found.machine, found.by) == ("step/greeting", "done", "missed", "qa-li")


def test_what_a_person_has_overruled_before_is_no_contradiction(machine: Analysis, sop: Sop) -> None:
    changed = saw(machine, "step/needs", "change", {"status": "done", "turns": [4]})
    assert carry(machine, [changed], sop=sop).contradictions == ()
    struck = saw(machine, RED_LINE, "remove")
    again = replace(machine, red_lines=(line(2, 4, "保证提分"),))
    assert carry(again, [struck], sop=sop).contradictions == ()
    assert overridden(again, [struck], sop=sop, settled=False).red_lines == ()


def test_a_decision_made_on_the_new_analysis_ends_the_contradiction(machine: Analysis, sop: Sop) -> None:
    first = saw(machine, "step/greeting", "confirm")
    later = step(machine, "greeting", "missed")
    assert carry(later, [first, saw(later, "step/greeting", "confirm", minute=1)], sop=sop).contradictions == ()
    final = overridden(later, [first, saw(later, "step/greeting", "confirm", minute=1)], sop=sop, settled=False)
    # Confirmed was what stood there: the person's own verdict.
    assert final.steps[0].status == "done"


def test_a_confirmed_red_line_that_vanished_stays_and_keeps_its_veto(machine: Analysis, sop: Sop) -> None:
    later = replace(machine, red_lines=())
    three = verdicts(later, [saw(machine, RED_LINE, "confirm")], sop=sop, settled=False)
    assert [one.quote for one in three.final.red_lines] == ["保证提分"]
    assert three.final.score.veto == "confirmed"
    assert [(one.person, one.machine) for one in three.contradictions] == [("found", None)]


def test_a_decision_follows_its_words_to_another_key(machine: Analysis, sop: Sop) -> None:
    episode = "obligation/price_asked/1"
    met = saw(machine, episode, "change", {"met": True, "response_turn": 4})
    later = replace(machine, obligations=(ObligationFinding("price_asked", 3, None, False, 0.9),))
    final = overridden(later, [met], sop=sop, settled=False)
    assert [(one.trigger_turn, one.met) for one in final.obligations] == [(3, True)]
    assert carry(later, [met], sop=sop).contradictions == ()


def test_what_was_struck_out_does_not_silence_other_words(machine: Analysis, sop: Sop) -> None:
    struck = saw(machine, RED_LINE, "remove")
    elsewhere = replace(machine, red_lines=(line(4, 0, "孩子几"),))
    final = overridden(elsewhere, [struck], sop=sop, settled=False)
    assert [one.span.turn for one in final.red_lines] == [4]
    assert final.score.veto == "proposed"


def test_each_decision_finds_its_own_of_two_findings(machine: Analysis, sop: Sop) -> None:
    two = replace(machine, red_lines=(line(2, 5, "保证提分"), line(4, 0, "孩子几")))
    decisions = [saw(two, RED_LINE, "remove"), saw(two, "red_line/guarantee_outcome/4", "confirm", minute=1)]
    final = overridden(two, decisions, sop=sop, settled=False)
    assert [one.span.turn for one in final.red_lines] == [4]
    swapped = replace(two, red_lines=tuple(reversed(two.red_lines)))
    assert [one.span.turn for one in overridden(swapped, decisions, sop=sop, settled=False).red_lines] == [4]


def test_a_decision_whose_check_is_gone_is_kept_and_set_aside(machine: Analysis) -> None:
    narrowed = sop_with("red_lines: [guarantee_outcome, false_urgency]", "red_lines: [false_urgency]")
    later = replace(machine, sop_version=4, red_lines=())
    decision = saw(machine, RED_LINE, "confirm")
    three = verdicts(later, [decision], sop=narrowed, settled=False)
    assert three.final.red_lines == ()
    assert [(one.override, one.why) for one in three.set_aside] == [(decision, Why.CHECK_GONE)]
    assert three.contradictions == ()


def test_another_sop_shares_only_the_red_lines_of_the_codebook(machine: Analysis) -> None:
    other = parse_sop(SOP.replace("sop: trial-call", "sop: other-call"), "test")
    later = replace(machine, sop="other-call")
    decisions = [
        saw(machine, "step/needs", "change", {"status": "done", "turns": [4]}),
        saw(machine, RED_LINE, "remove", minute=1),
    ]
    carried = carry(later, decisions, sop=other)
    assert set(carried.decided) == {RED_LINE}
    assert [one.why for one in carried.set_aside] == [Why.CHECK_GONE]


def test_a_decision_without_its_finding_is_set_aside_where_nothing_tells_what_it_was(
    machine: Analysis, sop: Sop
) -> None:
    blind = replace(saw(machine, "need/1/3", "change", {"handled": "answered", "response_turn": 2}), basis=None)
    later = replace(machine, needs=())
    three = verdicts(later, [blind], sop=sop, settled=False)
    assert three.final.needs == ()
    assert [one.why for one in three.set_aside] == [Why.FINDING_GONE]


def test_the_elements_of_a_confirmed_step_are_those_it_has_now(machine: Analysis) -> None:
    old = "examples: [您好我是小林, 喂您好]}"
    parts = "[{id: name, title: 名, description: 报名, examples: [我是小林, 我叫小林], points: 1}"
    parts += ", {id: firm, title: 家, description: 报机构, examples: [墨芽的, 这里是墨芽], points: 1}]"
    with_elements = sop_with(old, f"examples: [您好我是小林, 喂您好], elements: {parts}}}")
    body = finding_bodies(machine)["step/greeting"]
    body["elements"] = [
        {"id": "name", "done": True, "turns": [0], "confidence": 0.9},
        {"id": "firm", "done": False, "turns": [], "confidence": 0.8, "unsure": True},
    ]
    decision = saw(machine, "step/greeting", "confirm")
    from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json

    later = analysis_from_json(analysis_to_json(machine) | {"sop_version": 4, "steps": [body]})
    final = overridden(later, [decision], sop=with_elements, settled=False)
    assert [(one.id, one.done) for one in final.steps[0].elements] == [("name", True), ("firm", False)]
    assert not any(one.unsure for one in final.steps[0].elements), "whoever confirms the step has seen them"


def settled(machine: Analysis, sop: Sop) -> Settlement:
    return Settlement(machine, sop, "qa-li", NOON + timedelta(hours=1))


def after_settling(machine: Analysis, sop: Sop, later: Analysis, *overrides: Override, now: Sop | None = None) -> Any:
    decisions = stood_behind(settled(machine, sop), overrides, now=later, sop=now or sop)
    return verdicts(later, decisions, sop=now or sop, settled=False)


def test_a_settled_review_stands_in_whole_against_a_new_analysis(machine: Analysis, sop: Sop) -> None:
    changed = saw(machine, "step/needs", "change", {"status": "done", "turns": [4]})
    then = overridden(machine, [changed], sop=sop, settled=True)
    later = step(machine, "pitch", "missed")
    later = replace(later, red_lines=(*machine.red_lines, line(4, 0, "孩子几", "false_urgency")), needs=())
    three = after_settling(machine, sop, later, changed)
    assert [one.status for one in three.final.steps] == [one.status for one in then.steps]
    assert three.final.score == then.score
    assert [one.text for one in three.final.needs] == [one.text for one in then.needs]
    told = {one.key: (one.person, one.machine) for one in three.contradictions}
    assert told == {"step/pitch": ("done", "missed"), "red_line/false_urgency/4": (None, "found")}


def test_nothing_contradicts_a_settled_review_where_nothing_changed(machine: Analysis, sop: Sop) -> None:
    changed = saw(machine, "step/needs", "change", {"status": "done", "turns": [4]})
    three = after_settling(machine, sop, machine, changed)
    assert three.contradictions == three.set_aside == ()
    assert three.final.score == overridden(machine, [changed], sop=sop, settled=True).score


def test_a_new_check_is_not_covered_by_a_review_settled_before_it(machine: Analysis, sop: Sop) -> None:
    wider = sop_with("red_lines: [guarantee_outcome, false_urgency]", "red_lines: [guarantee_outcome, rude]")
    later = replace(machine, sop_version=4, red_lines=(*machine.red_lines, line(4, 0, "孩子几", "rude")))
    three = after_settling(machine, sop, later, saw(machine, RED_LINE, "remove"), now=wider)
    assert [one.id for one in three.final.red_lines] == ["rude"]
    assert (three.final.score.veto, three.contradictions) == ("proposed", ())


def test_an_appeal_won_after_the_settlement_still_counts(machine: Analysis, sop: Sop) -> None:
    granted = replace(saw(machine, RED_LINE, "remove", minute=90), appeal_id="ap-1")
    three = after_settling(machine, sop, step(machine, "pitch", "missed"), granted)
    assert three.final.red_lines == ()
    assert len(three.reviewer.red_lines) == 1
