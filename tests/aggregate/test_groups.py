from datetime import UTC, date, datetime

from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import iso_week, local_day
from qa_service.workflows.count_quality import count_grievances, count_kept_steps
from tests.judged_cases import CHINA, Case, judged

MONDAY = date(2026, 9, 21)
PAIRS: list[JudgedConversation] = [
    judged(Case(id="c1", day=MONDAY, agent="A1", done=["greeting"], complaint=["privacy", "delivery"], price_met=True)),
    judged(Case(id="c2", day=MONDAY, agent="A1", done=["greeting", "needs"], refund=["no_time"])),
    judged(Case(id="c3", day=MONDAY, agent="A2", team="二组", done=[], owed=["greeting"], price_met=False)),
    judged(Case(id="c4", day=date(2026, 9, 14), agent="A2", team="二组", product=None)),
]


def test_complaints_are_counted_once_a_conversation_and_once_a_reason() -> None:
    rows = {(r["kind"], r["reason"], r["dimension"], r["level"]): r for r in count_grievances(PAIRS)}
    whole = rows["complaint", "", "", ""]
    assert (whole["k"], whole["n"], whole["conversations"]) == (1, 4, ["c1"])
    assert rows["complaint", "privacy", "", ""]["k"] == rows["complaint", "delivery", "", ""]["k"] == 1
    assert (rows["refund", "no_time", "agent", "A1"]["k"], rows["refund", "no_time", "agent", "A1"]["n"]) == (1, 2)


def test_a_group_without_complaints_is_a_zero_with_its_n() -> None:
    rows = {(r["kind"], r["reason"], r["dimension"], r["level"]): r for r in count_grievances(PAIRS)}
    quiet = rows["complaint", "", "team", "二组"]
    assert (quiet["k"], quiet["n"]) == (0, 2)
    assert quiet["ci_high"] > 0.5


def test_what_a_conversation_lacks_groups_nothing() -> None:
    levels = {row["level"] for row in count_grievances(PAIRS) if row["dimension"] == "product"}
    assert levels == {"阅读"}


def test_adherence_is_of_what_was_owed_and_lists_where_it_lacked() -> None:
    rows = {(r["kind"], r["id"], r["dimension"], r["level"]): r for r in count_kept_steps(PAIRS)}
    greeting, needs = rows["step", "greeting", "", ""], rows["step", "needs", "", ""]
    assert (greeting["k"], greeting["n"], greeting["conversations"]) == (2, 4, ["c3", "c4"])
    assert (needs["k"], needs["n"]) == (1, 3)
    price = rows["obligation", "price", "", ""]
    assert (price["k"], price["n"], price["conversations"]) == (1, 2, ["c3"])


def test_weeks_are_those_of_the_time_zone() -> None:
    late_sunday = datetime(2026, 9, 20, 17, 0, tzinfo=UTC)
    assert iso_week(local_day(late_sunday, CHINA)) == "2026-W39"
