"""Random journeys against a reference that looks at every turn of every contact."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.domain.finding import StepStatus
from qa_service.domain.journey import Contact
from qa_service.rulebook import parse_sop
from tests.analyze.journey.told import contact, only_part

ACTS = ("greeting", "needs", "price")
SOP = parse_sop(
    """
sop: s
steps:
  - {id: greeting, weight: 10}
  - {id: needs, weight: 20, scope: journey}
  - {id: price, weight: 30, scope: journey}
order: [[needs, price], [greeting, needs]]
""",
    "s.yaml",
)
said = st.lists(st.lists(st.sampled_from([*ACTS, "small talk"]), min_size=1, max_size=4), min_size=1, max_size=4)


def contacts(journey: list[list[str]]) -> list[Contact]:
    lines = ["\n".join(f"A 嗯[{act}]" for act in acts) for acts in journey]
    return [contact(f"c-{day}", f"{text}\nC 好", SOP, day=day) for day, text in enumerate(lines)]


@settings(max_examples=60)
@given(said)
def test_steps_and_order_are_those_of_all_turns_one_after_another(journey: list[list[str]]) -> None:
    part = only_part(contacts(journey), SOP)
    turns = [(day, turn, act) for day, acts in enumerate(journey) for turn, act in enumerate(acts)]
    first = {act: next(((day, turn) for day, turn, one in turns if one == act), None) for act in ACTS}
    done = {step.id: step.status is StepStatus.DONE for step in part.steps}
    assert done == {
        "greeting": all("greeting" in acts for acts in journey),
        "needs": first["needs"] is not None,
        "price": first["price"] is not None,
    }
    pairs = [(pair.before, pair.after) for pair in SOP.order]
    violated = {(b, a) for b, a in pairs if first[b] and first[a] and first[b] > first[a]}  # type: ignore[operator]
    assert {(order.before, order.after) for order in part.orders} == violated
    weights = {"greeting": 10, "needs": 20, "price": 30}
    points = 100 * sum(weights[act] for act, kept in done.items() if kept) / 60 - 3 * len(violated)
    assert part.score.value == round(max(0.0, points), 2)


@settings(max_examples=20)
@given(said)
def test_one_contact_alone_is_scored_as_its_analysis(journey: list[list[str]]) -> None:
    one = contacts(journey[:1])[0]
    assert one.analysis is not None
    assert only_part([one], SOP).score == one.analysis.score


@settings(max_examples=20)
@given(said)
def test_another_contact_never_takes_a_step_of_the_journey_away(journey: list[list[str]]) -> None:
    made = contacts(journey)
    for number, step in product(range(1, len(made)), ("needs", "price")):
        before, after = (
            next(one.status for one in only_part(made[:end], SOP).steps if one.id == step)
            for end in (number, number + 1)
        )
        assert before is not StepStatus.DONE or after is StepStatus.DONE
