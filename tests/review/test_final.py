from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.finding import LANGUAGE_MODEL, ReasonFinding
from qa_service.domain.review import Decision, Override
from qa_service.domain.sop import Sop
from qa_service.errors import InvalidInput
from qa_service.review.final import finding_keys, key_of, overridden, verdicts
from qa_service.review.gold import labelled
from qa_service.review.overrides import Frame, KnownIds, checked_value
from qa_service.review.sampling import doubts, urgency
from qa_service.review.sheet import score_parts, sheet

NUMBERS = count()
MISSED = {"status": "missed"}
LABELS = KnownIds(("other",), ("other",), ("question", "objection"), ("effect",), ("better",))


def override(key: str, decision: str, value: dict | None = None, appeal_id: str | None = None) -> Override:
    at = datetime(2026, 10, 8, 12, next(NUMBERS) % 60, tzinfo=UTC)
    return Override(f"o-{at.minute}", "c-1", key, Decision(decision), "因为", "qa-li", at, value or {}, appeal_id)


def final(machine: Analysis, sop: Sop, *overrides: Override, settled: bool = False) -> Analysis:
    return overridden(machine, overrides, sop=sop, settled=settled)


def test_without_a_person_the_machine_verdict_stands(machine: Analysis, sop: Sop) -> None:
    assert final(machine, sop) is machine


def test_a_proposed_veto_becomes_confirmed_only_by_a_person(machine: Analysis, sop: Sop) -> None:
    confirmed = final(machine, sop, override("red_line/guarantee_outcome/2", "confirm"))
    assert (confirmed.score.veto, confirmed.score.value, confirmed.score.high) == ("confirmed", 0.0, 0.0)
    other = final(machine, sop, override("step/greeting", "confirm"))
    assert other.score.veto == "proposed"


def test_a_removed_red_line_gives_the_points_back(machine: Analysis, sop: Sop) -> None:
    spared = final(machine, sop, override("red_line/guarantee_outcome/2", "remove"))
    assert spared.red_lines == ()
    assert (spared.score.value, spared.score.veto) == (50.0, None)  # 20 + 40 of 120


def test_a_step_found_by_a_person_counts_and_brings_its_order_violation(machine: Analysis, sop: Sop) -> None:
    changed = final(machine, sop, override("step/needs", "change", {"status": "done", "turns": [4]}))
    needs = changed.steps[1]
    assert (needs.status, needs.turns, needs.unsure, needs.near_miss, needs.p_done) == ("done", (4,), False, None, 1.0)
    assert [order.turns for order in changed.orders] == [(4, 2)]
    undone = final(machine, sop, override("step/needs", "change", {"status": "not_applicable"}))
    assert undone.orders == ()
    assert undone.steps[1].status == "not_applicable"


def test_what_a_person_confirms_or_changes_was_no_longer_decided_by_the_language_model(
    machine: Analysis, sop: Sop
) -> None:
    reasons = (ReasonFinding("other", (1,), 0.5, decided_by=LANGUAGE_MODEL),)
    complaint = replace(machine.complaint, detected=True, turns=(1,), reasons=reasons, decided_by=LANGUAGE_MODEL)
    steps = tuple(replace(step, decided_by=LANGUAGE_MODEL) for step in machine.steps)
    judged = replace(machine, steps=steps, complaint=complaint)
    decided = final(judged, sop, override("step/greeting", "confirm"), override("complaint", "confirm"))
    assert [step.decided_by for step in decided.steps] == [None, *[LANGUAGE_MODEL] * (len(steps) - 1)]
    assert (decided.complaint.decided_by, decided.complaint.reasons[0].decided_by) == (None, None)


def test_a_later_override_of_a_finding_builds_on_the_earlier(machine: Analysis, sop: Sop) -> None:
    first = override("step/needs", "change", {"status": "done", "turns": [4]})
    last = override("step/needs", "change", {"status": "missed"})
    assert final(machine, sop, first, last).steps[1].status == "missed"
    confirmed = final(machine, sop, first, override("step/needs", "confirm"))
    assert confirmed.steps[1].status == "done"


def test_a_missed_finding_can_be_added_and_taken_back(machine: Analysis, sop: Sop) -> None:
    value = {"id": "false_urgency", "turn": 4, "start": 0, "end": 3, "quote": "孩子几"}
    key = key_of("red_line", value)
    assert key == "red_line/false_urgency/4"
    added = final(machine, sop, override(key, "add", value))
    assert [(line.id, line.quote) for line in added.red_lines][1] == ("false_urgency", "孩子几")
    assert [
        line.id for line in final(machine, sop, override(key, "add", value), override(key, "remove")).red_lines
    ] == ["guarantee_outcome"]


def test_a_grievance_is_changed_with_its_reasons(machine: Analysis, sop: Sop) -> None:
    value = {"detected": True, "turns": [3], "reasons": [{"id": "other", "turns": [3]}]}
    changed = final(machine, sop, override("complaint", "change", value))
    assert changed.complaint.detected
    assert [(reason.id, reason.turns) for reason in changed.complaint.reasons] == [("other", (3,))]
    assert not final(
        machine, sop, override("complaint", "change", value), override("complaint", "remove")
    ).complaint.turns


def test_machine_reviewer_and_final_stay_apart(machine: Analysis, sop: Sop) -> None:
    overrides = [
        override("red_line/guarantee_outcome/2", "confirm"),
        override("red_line/guarantee_outcome/2", "remove", appeal_id="ap-1"),
    ]
    three = verdicts(machine, overrides, sop=sop, settled=True)
    assert three.machine is machine
    assert (three.reviewer.score.veto, three.reviewer.score.value) == ("confirmed", 0.0)
    assert (three.final.score.veto, three.final.score.value) == (None, 50.0)


def test_a_settled_review_leaves_no_doubt(machine: Analysis, sop: Sop) -> None:
    settled = final(machine, sop, settled=True)
    assert doubts(machine) == ["step/needs"]
    assert doubts(settled) == []
    assert (settled.score.state, settled.score.veto) == ("settled", "confirmed")


def test_a_conversation_without_an_sop_has_no_score_to_change(machine: Analysis) -> None:
    bare = Analysis("c-1", None, None, {"code": "1"}, needs=machine.needs)
    changed = overridden(bare, [override("need/1/3", "remove")], sop=None, settled=False)
    assert (changed.needs, changed.score) == ((), None)


def test_settled_reviews_become_labels(machine: Analysis, sop: Sop, conversation: Conversation) -> None:
    settled = final(machine, sop, override("step/needs", "change", {"status": "done", "turns": [4]}), settled=True)
    example = labelled(conversation, settled)
    assert example["sop"] == "trial-call"
    assert example["gold"]["steps"] == [
        {"id": "greeting", "turns": [0]},
        {"id": "needs", "turns": [4]},
        {"id": "pitch", "turns": [2]},
    ]
    assert example["gold"]["order_violations"] == [{"before": "needs", "after": "pitch", "turns": [4, 2]}]
    assert example["gold"]["red_lines"] == [{"id": "guarantee_outcome", "turn": 2, "quote": "保证提分"}]


def test_the_most_pressing_conversations_come_first(machine: Analysis, sop: Sop) -> None:
    assert urgency(machine) == "veto"
    spared = final(machine, sop, override("red_line/guarantee_outcome/2", "remove"))
    assert urgency(spared) == "provisional"
    assert urgency(final(machine, sop, override("red_line/guarantee_outcome/2", "remove"), settled=True)) == "routine"


def test_keys_name_every_finding(machine: Analysis) -> None:
    assert {"step/needs", "obligation/price_asked/1", "red_line/guarantee_outcome/2", "refund"} < finding_keys(machine)


@pytest.mark.parametrize(
    ("kind", "decision", "value", "message"),
    [
        ("step", "change", {"status": "perhaps"}, "done, missed, not_applicable"),
        ("step", "change", {"status": "done"}, "needs `turns`"),
        ("step", "change", {"status": "done", "turns": [1]}, "not a turn of the agent"),
        ("step", "change", {"status": "done", "turns": [9]}, "from 0 to 4"),
        ("step", "change", {"status": "missed", "colour": 1}, "value.colour"),
        ("step", "remove", {}, "never removed"),
        ("step", "change", {}, "empty"),
        ("red_line", "confirm", {"turn": 2}, "must be empty"),
        ("red_line", "add", {"id": "rude", "turn": 2, "quote": "保证提分"}, "guarantee_outcome, false_urgency"),
        ("red_line", "add", {"id": "false_urgency", "turn": 2, "quote": "不在这里"}, "letter for letter"),
        ("red_line", "add", {"id": "false_urgency", "turn": 2, "start": 5, "end": 50}, "not in turn 2"),
        ("order", "add", {"before": "pitch", "after": "needs", "turns": [2, 4]}, "needs>pitch"),
        ("obligation", "change", {"met": True}, "from 0 to 4"),
        ("complaint", "change", {"detected": True, "turns": [3], "reasons": [{"id": "nope"}]}, "reasons"),
        ("need", "add", {"turn": 0, "text": "您好", "kind": "question"}, "not a turn of the customer"),
        ("competitor", "add", {"turn": 0, "quote": "您好", "stance": "best"}, "better"),
    ],
)
def test_a_wrong_override_is_refused_with_its_remedy(
    kind: str, decision: str, value: dict, message: str, conversation: Conversation, sop: Sop
) -> None:
    with pytest.raises(InvalidInput, match=message):
        checked_value(kind, Decision(decision), value, Frame(conversation, sop, LABELS))


def test_a_quote_alone_finds_its_place(conversation: Conversation, sop: Sop) -> None:
    value = {"id": "false_urgency", "turn": 2, "quote": "小班课"}
    checked = checked_value("red_line", Decision.ADD, value, Frame(conversation, sop, LABELS))
    assert (checked["start"], checked["end"], checked["quote"]) == (2, 5, "小班课")


def test_the_sheet_shows_the_three_verdicts_of_every_finding(machine: Analysis, sop: Sop) -> None:
    value = {"id": "false_urgency", "turn": 4, "start": 0, "end": 3, "quote": "孩子几"}
    overrides = [
        override("step/needs", "change", {"status": "done", "turns": [4]}),
        override("red_line/false_urgency/4", "add", value),
        override("red_line/guarantee_outcome/2", "remove", appeal_id="ap-1"),
    ]
    rows = {row.key: row for row in sheet(verdicts(machine, overrides, sop=sop, settled=False), overrides)}
    needs = rows["step/needs"]
    assert [one.status for one in (needs.machine, needs.reviewer, needs.final)] == ["missed", "done", "done"]
    assert (rows["red_line/false_urgency/4"].machine, rows["red_line/guarantee_outcome/2"].final) == (None, None)
    assert rows["red_line/guarantee_outcome/2"].reviewer is not None
    assert rows["complaint"].history == ()


def test_the_parts_of_a_score_add_up_to_it(machine: Analysis, sop: Sop) -> None:
    spared = final(
        machine,
        sop,
        override("red_line/guarantee_outcome/2", "remove"),
        override("step/needs", "change", {"status": "done", "turns": [4]}),
    )
    parts = score_parts(sop, spared)
    owed, earned = sum(part.owed for part in parts), sum(part.earned for part in parts)
    assert round(100 * earned / owed - sum(part.deducted for part in parts), 2) == spared.score.value
    assert [part.kind for part in parts] == ["step", "step", "step", "obligation", "order"]


def test_a_doubtful_transcript_keeps_its_score_open_until_a_person_settles_it(machine: Analysis, sop: Sop) -> None:
    doubtful = replace(machine, doubts=("swapped_roles",))
    overrides = [override("red_line/guarantee_outcome/2", "remove"), override("step/needs", "change", MISSED)]
    assert final(machine, sop, *overrides).score.state == "settled"
    decided = final(doubtful, sop, *overrides)
    assert (decided.score.state, decided.doubts) == ("provisional", ("swapped_roles",))
    settled = final(doubtful, sop, *overrides, settled=True)
    assert (settled.score.state, settled.doubts) == ("settled", ())


def test_doubts_that_a_reviewer_looked_past_do_not_come_back_with_a_new_analysis(machine: Analysis, sop: Sop) -> None:
    overrides = [override("red_line/guarantee_outcome/2", "remove"), override("step/needs", "change", MISSED)]
    again = replace(machine, doubts=("swapped_roles",))
    assert verdicts(again, overrides, sop=sop, settled=False, seen=["swapped_roles"]).final.score.state == "settled"
    other = replace(machine, doubts=("swapped_roles", "stage_contradicts_sop"))
    assert verdicts(other, overrides, sop=sop, settled=False, seen=["swapped_roles"]).final.doubts == (
        "stage_contradicts_sop",
    )


def test_a_doubtful_transcript_without_an_sop_waits_for_a_reader_too(machine: Analysis) -> None:
    assert urgency(replace(machine, score=None, steps=(), doubts=("swapped_roles",))) == "doubt"
