"""What the conversations of one customer say together, where the analyses of each stay what they are."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from qa_service.domain.analysis import NO_REFUND, Analysis
from qa_service.domain.finding import CheckVerdict, StepStatus
from qa_service.domain.journey import Contact, JourneyPart, JourneyStep, Place
from qa_service.domain.journey_json import journey_to_json, journey_to_line
from qa_service.domain.score import ScoreState, Veto
from qa_service.domain.sop import Sop
from qa_service.errors import InvalidSop
from qa_service.rulebook import parse_sop
from tests.analyze.journey.told import FIRST, contact, journeys, only_part

TEXT = """
sop: sale
version: 1
pass_score: 60
steps:
  - {id: greeting, weight: 10}
  - {id: needs, weight: 20, scope: journey}
  - {id: price, weight: 30, scope: journey}
  - {id: pack, weight: 20, scope: journey, elements: [{id: box, points: 1}, {id: bag, points: 3}]}
order: [[needs, price]]
obligations:
  - {id: dear, weight: 20, within: 2, scope: journey, trigger: {keywords: [太贵]}, response: {step: price}}
red_lines: [rude, false_urgency]
checks:
  - {id: wechat, expect: {keywords: [企微]}, weight: 10, scope: journey}
  - {id: shout, forbid: {keywords: [快点]}, points: 5, each: true, most_points: 20}
"""
SALE = parse_sop(TEXT, "sale.yaml")


def step(part: JourneyPart, name: str) -> JourneyStep:
    return next(one for one in part.steps if one.id == name)


def analysis(one: Contact) -> Analysis:
    assert one.analysis is not None
    return one.analysis


def changed(one: Contact, **fields: object) -> Contact:
    return replace(one, analysis=replace(analysis(one), **fields))  # type: ignore[arg-type]


CALL = contact("c-1", "A 您好[greeting]\nC 你好\nA 几年级[needs]\nC 太贵了\nA 那您考虑[box]", SALE)
CHAT = contact("c-2", "A 您好[greeting]\nC 在\nA 三千[price]，加企微\nA 送书包[bag]", SALE, day=2)


def test_a_step_of_the_journey_is_done_once_in_whichever_contact() -> None:
    part = only_part([CALL, CHAT], SALE)
    assert [(one.id, one.status, one.shown.conversation_id, one.shown.finding.turns) for one in part.steps[:3]] == [
        ("greeting", StepStatus.DONE, "c-1", (0,)),
        ("needs", StepStatus.DONE, "c-1", (2,)),
        ("price", StepStatus.DONE, "c-2", (2,)),
    ]
    price = step(part, "price")
    assert [(one.conversation_id, one.finding.status.value) for one in price.contacts] == [
        ("c-1", "missed"),
        ("c-2", "done"),
    ]


def test_a_step_without_a_scope_is_owed_in_every_contact() -> None:
    silent = contact("c-2", "A 三千[price]\nC 好", SALE, day=2)
    greeting = step(only_part([CALL, silent], SALE), "greeting")
    assert (greeting.status, greeting.shown.conversation_id) == (StepStatus.MISSED, "c-2")


def test_elements_are_gathered_over_the_contacts_too() -> None:
    pack = step(only_part([CALL, CHAT], SALE), "pack")
    assert [(one.id, one.done, one.shown.conversation_id) for one in pack.elements] == [
        ("box", True, "c-1"),
        ("bag", True, "c-2"),
    ]
    assert [(one.id, one.done) for one in step(only_part([CALL], SALE), "pack").elements] == [
        ("box", True),
        ("bag", False),
    ]


def test_a_step_missed_everywhere_is_less_certain_than_in_one_contact() -> None:
    calls = [contact(f"c-{day}", "A 您好[greeting]\nC 嗯", SALE, day=day) for day in range(6)]
    single, missed = step(only_part(calls[:1], SALE), "needs"), step(only_part(calls, SALE), "needs")
    assert (single.status, single.confidence, single.unsure) == (StepStatus.MISSED, 0.95, False)
    assert (missed.status, missed.confidence, missed.unsure) == (StepStatus.MISSED, round(0.95**6, 4), True)


def test_what_is_unsure_in_one_contact_does_not_count_against_what_is_certain_in_another() -> None:
    steps = tuple(replace(one, unsure=True, confidence=0.6) for one in analysis(CALL).steps)
    needs = contact("c-2", "A 几年级[needs]\nA 您好[greeting]\nC 嗯", SALE, day=1)
    joined = step(only_part([changed(CALL, steps=steps), needs], SALE), "needs")
    assert (joined.status, joined.unsure, joined.shown.conversation_id) == (StepStatus.DONE, False, "c-2")
    greeting = step(only_part([changed(CALL, steps=steps), needs], SALE), "greeting")
    assert (greeting.status, greeting.unsure) == (StepStatus.DONE, True)


def test_a_step_that_applied_in_no_contact_does_not_apply() -> None:
    sop = parse_sop(TEXT.replace("{id: needs,", "{id: needs, when: {keywords: [孩子]},"), "sale.yaml")
    found = step(only_part([contact("c-1", "A 您好[greeting]\nC 嗯", sop)], sop), "needs")
    assert found.status is StepStatus.NOT_APPLICABLE


def test_order_looks_across_contacts_where_a_step_is_of_the_journey() -> None:
    early = contact("c-0", "A 您好[greeting]，三千[price]\nC 哦", SALE, day=-1)
    (breach,) = only_part([early, CALL], SALE).orders
    assert breach.places == (Place("c-1", 2), Place("c-0", 0))
    assert only_part([CALL, CHAT], SALE).orders == ()


def test_within_one_contact_its_own_analysis_tells_the_order() -> None:
    both = contact("c-1", "A 您好[greeting]，三千[price]\nC 哦\nA 几年级[needs]", SALE)
    (breach,) = only_part([both], SALE).orders
    assert breach.places == (Place("c-1", 2), Place("c-1", 0))
    forgiven = changed(both, orders=())
    assert only_part([forgiven, CHAT], SALE).orders == ()


def test_an_early_step_that_answers_a_question_is_forgiven_across_contacts_too() -> None:
    sop = parse_sop(TEXT.replace("[needs, price]", "{before: needs, after: price, unless_asked: true}"), "s.yaml")
    asked = contact("c-0", "A 您好[greeting]\nC 多少钱<question>\nA 三千[price]", sop, day=-1)
    assert only_part([asked, contact("c-1", "A 几年级[needs]\nC 四", sop)], sop).orders == ()


def test_order_of_steps_owed_in_each_contact_stays_within_each() -> None:
    sop = parse_sop(TEXT.replace(", scope: journey", ""), "s")
    first = contact("c-0", "A 三千[price]\nC 哦", sop, day=-1)
    assert only_part([first, contact("c-1", "A 几年级[needs]\nC 四", sop)], sop).orders == ()


def test_an_obligation_of_the_journey_is_met_by_a_later_contact() -> None:
    assert not analysis(CALL).obligations[0].met
    (episode,) = only_part([CALL, CHAT], SALE).obligations
    assert (episode.met, episode.trigger, episode.response) == (True, Place("c-1", 3), Place("c-2", 2))
    (open_one,) = only_part([CALL], SALE).obligations
    assert (open_one.met, open_one.response) == (False, None)
    before = contact("c-0", "A 三千[price]\nC 嗯", SALE, day=-1)
    assert not only_part([before, CALL], SALE).obligations[0].met


def test_a_check_of_the_journey_holds_once_and_what_must_not_be_counts_in_all() -> None:
    hasty = contact("c-3", "A 快点[greeting]\nC 嗯\nA 快点啊", SALE, day=3)
    hurry = contact("c-4", "A 快点[greeting]\nC 嗯", SALE, day=4)
    part = only_part([CALL, CHAT, hasty, hurry], SALE)
    wechat, shout = part.checks
    assert (wechat.verdict, [one.conversation_id for one in wechat.places]) == (CheckVerdict.PASSED, ["c-2"])
    assert (shout.verdict, [one.conversation_id for one in shout.places]) == (
        CheckVerdict.FAILED,
        ["c-3", "c-3", "c-4"],
    )
    calm = only_part([CALL, CHAT, *(changed(one, checks=analysis(CALL).checks) for one in (hasty, hurry))], SALE)
    assert calm.score.value - part.score.value == pytest.approx(15)


def test_the_score_is_that_of_the_same_formula() -> None:
    part = only_part([CALL, CHAT], SALE)
    # greeting 10, needs 20, price 30, pack 20, the obligation 20 and the check 10, all of them earned.
    assert (part.score.value, part.score.low, part.score.passed) == (100.0, 100.0, True)
    assert analysis(CALL).score.value < 50  # type: ignore[union-attr]


@pytest.mark.parametrize("one", [CALL, CHAT], ids=["call", "chat"])
def test_the_journey_of_one_contact_scores_as_its_analysis_does(one: Contact) -> None:
    assert only_part([one], SALE).score == analysis(one).score


def test_red_lines_complaints_and_refunds_are_counted_over_the_contacts() -> None:
    text = "A 您好<false_urgency>[greeting]\nC 我要投诉，退钱<detected>"
    first, second = contact("c-1", text, SALE), contact("c-2", text, SALE, day=1)
    (journey,) = journeys([first, changed(second, refund=NO_REFUND)], SALE)
    assert [one.conversation_id for one in journey.red_lines] == ["c-1", "c-2"]
    assert [one.conversation_id for one in journey.complaints] == ["c-1", "c-2"]
    assert [one.conversation_id for one in journey.refunds] == ["c-1"]
    assert journey.parts[0].score.value == analysis(first).score.value  # type: ignore[union-attr]


def test_a_veto_waits_for_a_person_in_the_journey_too() -> None:
    rude = contact("c-2", "A 您好<rude>[greeting]\nC 嗯", SALE, day=1)
    assert only_part([CALL, rude], SALE).score.veto is Veto.PROPOSED
    made = analysis(rude)
    assert made.score is not None
    lines = tuple(replace(line, confidence=1.0, unsure=False) for line in made.red_lines)
    confirmed = changed(rude, red_lines=lines, score=replace(made.score, veto=Veto.CONFIRMED))
    assert only_part([CALL, confirmed], SALE).score.veto is Veto.CONFIRMED


def test_a_promise_is_visible_in_the_next_contact() -> None:
    (journey,) = journeys([contact("c-1", "A 送您教材<gift>\nC 好", SALE), CHAT], SALE)
    body = journey_to_json(journey)
    assert [one["promises_before"] for one in body["contacts"]] == [0, 1]
    (promise,) = body["promises"]
    assert (promise["conversation_id"], promise["turn"], promise["kind"]) == ("c-1", 0, "gift")
    assert promise["quote"] in "送您教材<gift>"


def test_contacts_far_apart_are_two_journeys() -> None:
    late = contact("c-9", "A 您好[greeting]\nC 嗯", SALE, day=32.5)
    assert [[one.id for one in found.journey.contacts] for found in journeys([late, CALL, CHAT], SALE)] == [
        ["c-1", "c-2"],
        ["c-9"],
    ]
    assert len(journeys([late, CALL, CHAT], SALE, most_days_apart=31)) == 1


def test_an_order_paid_or_another_stage_begins_a_new_part() -> None:
    (paid,) = journeys([CALL, CHAT], SALE, paid_on=[1])
    assert [part.contacts for part in paid.parts] == [("c-1",), ("c-2",)]
    (later,) = journeys([CALL, CHAT], SALE, paid_on=[5])
    assert [part.contacts for part in later.parts] == [("c-1", "c-2")]
    text = "A 您好[greeting]\nC 嗯"
    stages = [contact(f"c-{n}", text, SALE, day=n, stage=s) for n, s in enumerate(["presale", None, "aftersale"])]
    (staged,) = journeys(stages, SALE)
    assert [(part.stage, part.contacts) for part in staged.parts] == [
        ("presale", ("c-0", "c-1")),
        ("aftersale", ("c-2",)),
    ]


def test_each_sop_has_a_part_and_a_contact_without_one_is_in_none() -> None:
    care = parse_sop("sop: care\nsteps: [{id: calm, weight: 10}]", "care.yaml")
    contacts = [
        CALL,
        contact("c-5", "A 理解您[calm]\nC 嗯", care, day=1),
        contact("c-6", "A 喂\nC 嗯", None, day=1.5),
        CHAT,
    ]
    (journey,) = journeys(contacts, SALE, care)
    assert [(part.sop, part.contacts) for part in journey.parts] == [("sale", ("c-1", "c-2")), ("care", ("c-5",))]
    assert [one.id for one in journey.journey.contacts] == ["c-1", "c-5", "c-6", "c-2"]


def test_the_version_of_the_last_contact_counts_and_no_red_line_of_an_earlier_one_is_lost() -> None:
    newer = parse_sop(TEXT.replace("version: 1", "version: 2").replace("rude, false_urgency", "rude"), "sale.yaml")
    first = contact("c-1", "A 您好<false_urgency>[greeting]\nC 嗯", SALE)
    second = contact("c-2", "A 您好[greeting]\nC 嗯", newer, day=1)
    part = only_part([first, second], SALE, newer)
    assert (part.sop_version, [one.finding.id for one in part.red_lines]) == (2, ["false_urgency"])
    assert part.score.value < only_part([changed(first, red_lines=()), second], SALE, newer).score.value


def test_a_contact_judged_by_a_version_that_nobody_knows_any_more_is_shown_but_not_joined() -> None:
    (journey,) = journeys([CALL, CHAT])
    assert (journey.parts, len(journey.journey.contacts)) == ((), 2)


def test_a_doubtful_transcript_leaves_the_score_provisional() -> None:
    made = analysis(CHAT).score
    assert made is not None
    doubtful = changed(CHAT, doubts=("no_customer_turn",), score=replace(made, state=ScoreState.PROVISIONAL))
    part = only_part([CALL, doubtful], SALE)
    assert part.score.state is ScoreState.PROVISIONAL
    settled = changed(doubtful, score=replace(made, state=ScoreState.SETTLED))
    assert only_part([CALL, settled], SALE).score.state is ScoreState.SETTLED
    assert [(one.conversation_id, one.finding) for one in part.doubts] == [("c-2", "no_customer_turn")]


def test_what_comes_later_is_not_known_yet() -> None:
    (journey,) = journeys([CALL, CHAT], SALE, as_of=FIRST + timedelta(days=1))
    assert [one.id for one in journey.journey.contacts] == ["c-1"]
    assert journeys([CALL, CHAT], SALE, as_of=FIRST - timedelta(days=1)) == ()


def test_the_same_contacts_in_any_order_are_the_same_bytes() -> None:
    contacts = [CALL, CHAT, contact("c-3", "A 送您教材<gift>\nC 退钱<detected>", SALE, day=2)]
    lines = {"".join(map(journey_to_line, journeys(list(shuffled), SALE))) for shuffled in permutations(contacts)}
    assert len(lines) == 1


def test_every_place_of_a_journey_stands_in_the_contact_it_names() -> None:
    (journey,) = journeys([CALL, CHAT, contact("c-3", "A 送您教材<gift>\nC 退钱<detected>", SALE, day=3)], SALE)
    turns = {one.id: len(one.conversation.turns) for one in journey.journey.contacts}

    def places(value: object) -> None:
        if isinstance(value, dict):
            named = [*value.get("turns", ()), *([value["turn"]] if "turn" in value else [])]
            if "conversation_id" in value:
                assert all(0 <= turn < turns[value["conversation_id"]] for turn in named)
            for inner in value.values():
                places(inner)
        for inner in value if isinstance(value, list) else ():
            places(inner)

    places(journey_to_json(journey))


SCOPES = [
    (
        "scope: journey, trigger: {keywords: [太贵]}, response: {step: price}",
        "scope: journey, trigger: {keywords: [太贵]}, response: {keywords: [值]}",
        "needs `response: {step: …}`",
    ),
    ("points: 5, each: true", "points: 5, scope: journey", "`scope` means nothing here"),
    ("weight: 20, scope: journey}", "weight: 20, scope: ever}", "`scope` must be one of conversation, journey"),
]


@pytest.mark.parametrize(("before", "after", "reason"), SCOPES, ids=["obligation", "forbidden", "unknown"])
def test_a_scope_that_means_nothing_is_refused_with_its_line(before: str, after: str, reason: str) -> None:
    with pytest.raises(InvalidSop, match=r"sale\.yaml:\d+: ") as refused:
        parse_sop(TEXT.replace(before, after), "sale.yaml")
    assert reason in str(refused.value)


def test_a_single_conversation_is_judged_as_without_a_scope() -> None:
    plain: Sop = parse_sop(TEXT.replace(", scope: journey", ""), "sale.yaml")
    text = "A 您好[greeting]\nC 太贵了\nA 三千[price]"
    with_scope, without = (analysis(contact("c-1", text, sop)) for sop in (SALE, plain))
    assert replace(with_scope, versions={}) == replace(without, versions={})
