from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from qa_service.aggregate.needs import group_statements
from qa_service.domain.effect import Effect, EffectVerdict, Target, TargetKind
from qa_service.domain.metrics import rate
from qa_service.domain.suggestion import RevisionSuggestion
from qa_service.domain.weighed import Weighed
from qa_service.rulebook import codebook, default_file, parse_sop
from qa_service.suggest import Numbers, SopEvidence, suggest
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.suggest_revisions import revision_to_json
from tests.effects.test_verdicts import effect
from tests.judged_cases import SOP, Case, judged

MONDAY = date(2026, 9, 21)
NEEDS, PITCH = Target(TargetKind.STEP, "needs"), Target(TargetKind.STEP, "pitch")


def evidence(cases: Sequence[Case] = ()) -> SopEvidence:
    """Ten conversations of which four ask for needs, and the given ones."""
    gathered = SopEvidence(SOP.id, 3)
    done = [Case(id=f"d{n}", day=MONDAY, done=["needs"] if n < 4 else []) for n in range(10)]
    for case in [*done, *cases]:
        gathered.add(judged(case))
    return gathered


def suggestions(
    effects: Sequence[Effect], cases: Sequence[Case] = (), later: Sequence[Effect] | None = None
) -> list[RevisionSuggestion]:
    gathered = evidence(cases)
    topics = group_statements(gathered.statements, load_insight().needs).topics
    weighed = Weighed(effects, effects, effects if later is None else later, bases={"converted": rate(500, 2000)})
    numbers = Numbers(gathered, weighed, topics)
    return suggest(SOP, numbers, load_insight(), statements=default_file("statements.yaml"), codebook=codebook())


def helping(**values: Any) -> Effect:
    return effect(**{"target": NEEDS, "verdict": EffectVerdict.HELPS} | values)


def test_a_helpful_step_that_is_seldom_done_is_worth_enforcing() -> None:
    (found,) = suggestions([helping()])
    body = revision_to_json(found)
    assert (body["kind"], body["target"]) == ("enforce_step", {"kind": "step", "id": "needs"})
    assert body["statement"] == (
        "建议加强「问出诉求」（分值从 30 提到 45）：同等条件下，做到的会话付费率高 5.0 个百分点"
        "（95% 区间 +2.0 到 +8.0，做到 900 通、没做到 900 通，只比较当时客户还在谈的会话）；"
        "而现在所有该做的会话里，每 100 通只有 40 通做到。"
    )
    shown = {key: body["evidence"][key] for key in ("n", "effect", "ci_low", "ci_high", "q_value", "grade")}
    assert shown == {"n": 1800, "effect": 0.05, "ci_low": 0.02, "ci_high": 0.08, "q_value": 0.01, "grade": "C"}
    assert body["evidence"]["examples"][0]["quote"] == "您最想解决什么"
    patch = parse_sop(body["patch"], "patch")
    assert (patch.version, patch.step("needs").weight, patch.step("pitch").weight) == (4, 45, 30)


def test_a_helpful_step_that_is_done_anyway_needs_no_revision() -> None:
    done = [Case(id=f"e{n}", day=MONDAY, done=["needs"]) for n in range(90)]
    assert suggestions([helping()], done) == []


def test_weak_evidence_suggests_nothing() -> None:
    assert suggestions([helping(q_value=0.08)]) == []


def test_a_sign_that_turned_lately_suggests_nothing() -> None:
    assert suggestions([helping()], later=[helping(effect=-0.01)]) == []
    assert suggestions([helping()], later=[]) == []


def test_a_step_that_helps_one_outcome_and_hurts_another_is_left_to_people() -> None:
    refunds = helping(outcome="refunded", verdict=EffectVerdict.HURTS, q_value=0.09)
    assert suggestions([helping(), refunds]) == []


def negligible(**values: Any) -> Effect:
    numbers = {"effect": 0.001, "ci_low": -0.012, "ci_high": 0.014, "q_value": 0.9}
    return effect(**{"target": PITCH, "verdict": EffectVerdict.NEGLIGIBLE} | numbers | values)


def test_a_step_shown_to_matter_to_nothing_may_be_relaxed() -> None:
    refunds = negligible(outcome="refunded", verdict=EffectVerdict.NO_EVIDENCE)
    (found,) = suggestions([negligible(), refunds])
    assert found.kind == "relax_step"
    assert parse_sop(revision_to_json(found)["patch"], "patch").step("pitch").required is False


def test_a_step_is_kept_while_another_outcome_is_undecided_or_it_guards_against_refunds() -> None:
    undecided = negligible(outcome="trial_attended", verdict=EffectVerdict.NOT_ENOUGH_DATA)
    assert suggestions([negligible(), undecided]) == []
    guards = negligible(outcome="refunded", verdict=EffectVerdict.HELPS, effect=-0.03, q_value=0.2)
    assert suggestions([negligible(), guards]) == []


def test_a_harmful_step_is_to_be_dropped() -> None:
    (found,) = suggestions([helping(effect=-0.05, ci_low=-0.08, ci_high=-0.02, verdict=EffectVerdict.HURTS)])
    assert (found.kind, found.target_id) == ("drop_step", "needs")
    assert "反而低 5.0 个百分点" in found.statement


def test_an_order_that_goes_with_worse_outcomes_is_turned() -> None:
    target = Target(TargetKind.ORDER, "greeting>needs")
    (found,) = suggestions([helping(target=target, effect=-0.05, verdict=EffectVerdict.HURTS)])
    assert found.kind == "reorder"
    assert found.document["order"] == [["needs", "pitch"], ["needs", "greeting"]]


def asking(number: int, handled: str, agent: str = "A1") -> Case:
    words = ("能开收据吗", "可以开收据吗", "开个收据行吗")[number % 3]
    return Case(id=f"q{number:02d}", day=MONDAY, agent=agent, needs=[(words, "question", handled)])


def test_a_question_that_several_agents_leave_open_becomes_an_answer() -> None:
    cases = [*(asking(n, "evaded", f"A{n % 2}") for n in range(6)), asking(6, "answered")]
    (found,) = suggestions([], cases)
    body = revision_to_json(found)
    assert body["kind"] == "add_faq" and body["evidence"]["grade"] is None and body["evidence"]["effect"] is None
    assert "7 通会话里客户问到，其中 6 通没有得到正面回答" in body["statement"]
    assert len({example["conversation_id"] for example in body["evidence"]["examples"]}) == 3
    faq = parse_sop(body["patch"], "patch").faq
    assert faq[-1]["answer"] == "能开收据吗这个是这样的"


def test_a_question_nobody_answered_asks_the_owner_for_the_answer() -> None:
    (found,) = suggestions([], [asking(n, "evaded", f"A{n % 2}") for n in range(6)])
    assert found.document["faq"][-1]["answer"] == "（请业务负责人补充标准答复）"


def test_a_question_that_is_mostly_answered_or_left_open_by_one_agent_is_no_gap_in_the_sop() -> None:
    answered = [asking(n, "answered" if n % 5 else "evaded", f"A{n % 2}") for n in range(20)]
    assert suggestions([], answered) == []
    assert suggestions([], [asking(n, "evaded", "A1") for n in range(6)]) == []


def test_a_question_that_the_sop_answers_already_is_not_suggested() -> None:
    fee = [
        Case(id=f"q{n}", day=MONDAY, agent=f"A{n % 2}", needs=[("试听收费吗", "question", "evaded")]) for n in range(6)
    ]
    assert suggestions([], fee) == []


def promise_effect(kind: str) -> Effect:
    target = Target(TargetKind.PHRASE, f"promise/{kind}")
    return helping(target=target, outcome="refunded", verdict=EffectVerdict.HURTS)


def promising(kind: str) -> list[Case]:
    words = ("我自己送您一台平板", "报名就送平板", "平板今天就寄给您")
    return [Case(id=f"p{n}", day=MONDAY, promises=[(kind, words[n % 3])]) for n in range(6)]


def test_a_promise_that_goes_with_refunds_becomes_a_red_line_with_real_words() -> None:
    (found,) = suggestions([promise_effect("gift")], promising("gift"))
    line = next(
        line for line in parse_sop(revision_to_json(found)["patch"], "p").red_lines if line.id == "promise_gift"
    )
    assert len(line.wording.examples) == 3
    assert len(found.evidence.examples) >= 2


def test_a_promise_that_a_listed_red_line_covers_is_not_suggested_again() -> None:
    assert suggestions([promise_effect("effect")], promising("effect")) == []
    (found,) = suggestions([promise_effect("refund")], promising("refund"))
    assert found.document["red_lines"][-1] == "refund_overpromise"


def test_a_suggestion_has_the_same_id_in_every_run() -> None:
    assert suggestions([helping()])[0].id == suggestions([helping(q_value=0.001)])[0].id
    assert suggestions([helping()])[0].id != suggestions([helping(target=PITCH)])[0].id


def test_effects_are_not_mistaken_for_those_of_another_step() -> None:
    assert [found.target_id for found in suggestions([replace(helping(), target=PITCH)])] == ["pitch"]
