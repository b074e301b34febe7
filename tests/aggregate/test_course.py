"""How conversations keep the course of their SOP: what is counted, of what, and what is left out."""

from dataclasses import replace
from datetime import date

from qa_service.aggregate.course import conformance_of
from qa_service.domain.finding import OrderFinding, StepFinding, StepStatus
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.part_scope import PartScope
from qa_service.domain.sop import Order, Sop
from qa_service.workflows.count_quality import count_courses
from tests.judged_cases import SOP, Case, judged

MONDAY = date(2026, 9, 21)
WHOLE = ("greeting", "needs", "pitch", "book")
SWAPPED = ("greeting", "pitch", "needs", "book")
PITCH_FIRST = [("needs", "pitch")]


def case(number: str, **fields: object) -> JudgedConversation:
    return judged(Case(id=number, day=MONDAY, **{"done": WHOLE} | fields))  # type: ignore[arg-type]


PAIRS = [
    case("c1"),
    case("c2", done=["greeting", "needs"]),
    case("c3", agent="A2", team="二组", owed=SWAPPED, disordered=PITCH_FIRST),
    case("c4", agent="A2", team="二组", owed=SWAPPED, disordered=PITCH_FIRST, done=["needs", "pitch"]),
]


def known(slug: str, version: int) -> Sop | None:
    return SOP if (slug, version) == (SOP.id, SOP.version) else None


def counted(pairs: list[JudgedConversation]) -> dict[tuple[str, ...], tuple[float | None, int]]:
    rows, _ = count_courses(pairs, known)
    return {tuple(row[key] for key in ("kind", "id", "dimension", "level")): (row["k"], row["n"]) for row in rows}


def test_fitness_is_the_mean_share_of_steps_in_their_place() -> None:
    rows, _ = count_courses(PAIRS, known)
    whole = next(row for row in rows if row["kind"] == "fitness" and row["dimension"] == "")
    # All of four, two, three (pitch came too early), and one of four: the mean is 10 of 16.
    assert (whole["rate"], whole["n"], whole["k"]) == (0.625, 4, None)
    assert 0 <= whole["ci_low"] < whole["rate"] < whole["ci_high"] <= 1


def test_skipped_is_of_those_due_and_swapped_of_those_in_which_both_were_done() -> None:
    found = counted(PAIRS)
    assert found["skipped", "pitch", "", ""] == (1, 4)
    assert found["out_of_order", "pitch", "", ""] == (2, 3)
    assert found["swapped", "needs>pitch", "", ""] == (2, 3)
    assert found["swapped", "greeting>needs", "", ""] == (0, 3)
    assert found["swapped", "needs>pitch", "team", "二组"] == (2, 2)


def test_the_conversations_behind_a_count_are_named() -> None:
    rows, _ = count_courses(PAIRS, known)
    swapped = next(row for row in rows if row["id"] == "needs>pitch" and row["dimension"] == "")
    assert swapped["conversations"] == ["c3", "c4"]


def test_a_doubtful_record_counts_against_nobody_and_an_unknown_version_is_told() -> None:
    doubtful = replace(PAIRS[3].analysis, doubts=("one_sided",))
    older = replace(PAIRS[2].analysis, sop_version=1)
    some = [replace(PAIRS[3], analysis=doubtful), replace(PAIRS[2], analysis=older), PAIRS[0]]
    rows, unknown = count_courses(some, known)
    assert unknown == 1
    assert {row["n"] for row in rows} == {1}
    assert sum(row["k"] or 0 for row in rows) == 0


def test_an_order_that_was_excused_is_none_out_of_order() -> None:
    asked = replace(SOP, order=(Order("needs", "pitch", unless_asked=True),))
    swapped = PAIRS[2].analysis
    assert conformance_of(replace(swapped, orders=()), asked).out_of_order == ()
    breach = OrderFinding("needs", "pitch", (2, 1), 0.9)
    assert conformance_of(replace(swapped, orders=(breach,)), asked).out_of_order == ("pitch",)


def test_a_step_that_does_not_apply_is_not_due_and_one_not_required_is_never_skipped() -> None:
    steps = (replace(SOP.steps[0], required=False), *SOP.steps[1:])
    at_any_contact = (*SOP.steps[:2], replace(SOP.steps[2], scope=PartScope.JOURNEY), SOP.steps[3])
    assert conformance_of(PAIRS[1].analysis, replace(SOP, steps=at_any_contact)).skipped == ("book",)
    out = StepFinding("book", StepStatus.NOT_APPLICABLE, (), 1.0, 0.0)
    found = tuple(out if step.id == "book" else step for step in PAIRS[1].analysis.steps if step.id != "greeting")
    kept = conformance_of(replace(PAIRS[1].analysis, steps=found), replace(SOP, steps=steps))
    assert (kept.steps, kept.skipped) == (("needs", "pitch"), ("pitch",))
