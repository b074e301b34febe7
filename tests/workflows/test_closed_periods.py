"""Closed periods: what is frozen never moves, by nobody and nothing; won appeals are booked beside it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qa_service.domain.appeal import AppealPolicy
from qa_service.domain.review import Decision
from qa_service.domain.role import Caller, Role
from qa_service.domain.score import ScoreState
from qa_service.errors import Conflict, Forbidden, InvalidInput, ScoresStillOpen
from qa_service.store import ConversationFilter
from qa_service.workflows import review_appeal
from qa_service.workflows.close_period import close_period, days_of_month, read_period, read_periods
from qa_service.workflows.delete_customer import delete_customer
from qa_service.workflows.read_stored import StoredVerdicts
from qa_service.workflows.review_appeal import DecisionRequest
from qa_service.workflows.review_conversation import (
    OverrideRequest,
    open_dossier,
    override_finding,
    review_queue,
    settle_review,
)
from tests.api.conftest import FAR, Service, TickingClock, conversation, make_service
from tests.workflows.test_rescore import GREETING, LEAD, MILD, QA, Newer, misses_greeting, rescored

OCTOBER_8 = date(2026, 10, 8)
ADMIN = Caller("boss", Role.ADMIN)
SECOND = Caller("lead-wu", Role.QA_LEAD)
AGENT = Caller("lin", Role.AGENT, agent_id="A01")
MANAGER = Caller("manager-sun", Role.SALES_MANAGER, ("公司", "一部"))
RED_LINE = "red_line/guarantee_outcome/2"
POLICY = AppealPolicy()


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    """A day with a veto, a mild talk and one of another branch; and a talk of the day after."""
    made = make_service(database_url, TickingClock())
    made.send(
        conversation("c-1"),
        conversation("c-2", "A02", turns=MILD),
        conversation("c-3", "A09", FAR, turns=MILD),
        conversation("c-next", turns=MILD, started_at="2026-10-09T10:00:00+08:00"),
    )
    yield made
    made.store.close()


def closed(service: Service) -> int:
    return close_period(service.store, LEAD, OCTOBER_8, OCTOBER_8, reason="十月八日工资核算", force=True).id


def frozen(service: Service, caller: Caller = LEAD) -> dict[str, tuple[float | None, bool | None, str | None]]:
    (period, _), *_ = read_periods(service.store, caller)
    page = read_period(service.store, caller, period.id)
    return {one.conversation_id: (one.score, one.passed, one.veto) for one in page.scores}


def reported(service: Service) -> dict[str, float | None]:
    wanted = ConversationFilter(day_from=OCTOBER_8, day_to=OCTOBER_8)
    pairs = list(StoredVerdicts(service.store, wanted))
    return {one.id: one.analysis.score.value if one.analysis.score else None for one in pairs}


def test_final_scores_are_frozen_with_versions_agent_and_team(service: Service) -> None:
    override_finding(service.store, QA, "c-2", OverrideRequest(Decision.CHANGE, GREETING, value={"status": "missed"}))
    closed(service)
    assert frozen(service) == {"c-1": (0.0, False, "proposed"), "c-2": (83.33, True, None), "c-3": (100.0, True, None)}
    page = read_period(service.store, LEAD, 1)
    one = page.scores[1]
    assert (one.sop, one.sop_version, one.models, one.code) == ("trial-call", 1, "keywords", "test")
    assert (one.agent_id, one.team, one.org) == ("A02", "一组", ("公司", "一部", "一组"))
    assert (page.totals.conversations, page.totals.scored, page.totals.passed) == (3, 3, 2)
    assert (page.totals.mean_score, page.totals.corrections) == (61.11, 0)


def test_each_sees_of_a_period_what_lies_within_reach(service: Service) -> None:
    closed(service)
    assert set(frozen(service, MANAGER)) == {"c-1", "c-2"}
    assert set(frozen(service, AGENT)) == {"c-1"}
    (_, totals), *_ = read_periods(service.store, AGENT)
    assert totals.conversations == 1


def test_frozen_scores_are_read_page_by_page(service: Service) -> None:
    period = closed(service)
    first = read_period(service.store, LEAD, period, limit=2)
    assert first.next_after is not None
    rest = read_period(service.store, LEAD, period, after=first.next_after, limit=2)
    assert [one.conversation_id for one in (*first.scores, *rest.scores)] == ["c-1", "c-2", "c-3"]
    assert rest.next_after is None


def test_a_rescoreds_nothing_in_a_closed_period(service: Service) -> None:
    closed(service)
    before, told = frozen(service), reported(service)
    found, entries = rescored(service, Newer(misses_greeting))
    assert (found.counts.frozen, found.counts.moved, [one.conversation_id for one in entries]) == (3, 1, ["c-next"])
    assert (frozen(service), reported(service)) == (before, told)
    with service.store.reading() as work:
        assert work.analyses.get("c-2").versions["models"] == "keywords"


def test_a_period_with_open_scores_is_refused_with_the_conversations_until_they_are_decided(service: Service) -> None:
    with pytest.raises(
        ScoresStillOpen, match=r"1 scores .* 1 of them by a veto .* \(c-1\): review .* `force: true`"
    ) as told:
        close_period(service.store, LEAD, OCTOBER_8, OCTOBER_8, reason="日结")
    assert told.value.problems == ("c-1: proposed veto",)
    assert read_periods(service.store, LEAD) == []
    override_finding(service.store, QA, "c-1", OverrideRequest(Decision.CONFIRM, RED_LINE))
    period = close_period(service.store, LEAD, OCTOBER_8, OCTOBER_8, reason="日结")
    totals = read_period(service.store, LEAD, period.id).totals
    assert (totals.provisional, totals.proposed_vetoes) == (0, 0)


def test_proposed_vetoes_are_named_before_other_open_scores(service: Service) -> None:
    rescored(service, Newer(lambda made: replace(made, score=replace(made.score, state=ScoreState.PROVISIONAL))))
    service.send(conversation("c-late"))
    with pytest.raises(ScoresStillOpen, match=r"4 scores .* 2 of them by a veto .* \(c-1, c-late, c-2, c-3\)") as told:
        close_period(service.store, LEAD, OCTOBER_8, OCTOBER_8, reason="日结")
    assert told.value.problems[-1] == "c-3: provisional"


def test_forcing_freezes_open_scores_tells_which_and_stands_in_the_log(service: Service) -> None:
    period = closed(service)
    page = read_period(service.store, LEAD, period, provisional=True)
    assert ([one.conversation_id for one in page.scores], page.totals.provisional, page.totals.proposed_vetoes) == (
        ["c-1"],
        1,
        1,
    )
    with service.store.reading() as work:
        (line,) = work.access_log.page(target=f"period/{period}").items
    assert line.reason == "十月八日工资核算 (forced: 1 provisional, 1 with a proposed veto)"


def test_an_update_that_is_analysed_again_moves_nothing_either(service: Service) -> None:
    closed(service)
    told = reported(service)
    service.analyzer = Newer(misses_greeting)
    client = service.as_("ops")
    moved = conversation("c-2", "A02", FAR, turns=MILD, scenario="renewal")
    assert client.post("/v1/conversations", json=moved).status_code in (200, 201)
    service.work()
    assert reported(service) == told
    of = {one.id: one.conversation.agent.path for one in StoredVerdicts(service.store, ConversationFilter())}
    assert of["c-2"] == ("公司", "一部", "一组")


def test_overrides_and_settlements_in_a_closed_period_are_refused(service: Service) -> None:
    closed(service)
    with pytest.raises(Conflict, match=r"2026-10-08 to 2026-10-08, which is closed; .* appeal"):
        override_finding(service.store, QA, "c-2", OverrideRequest(Decision.CONFIRM, GREETING))
    with pytest.raises(Conflict, match="closed"):
        settle_review(service.store, QA, "c-2")
    assert {one.id for one in review_queue(service.store, QA, ConversationFilter())} == {"c-next"}
    override_finding(service.store, QA, "c-next", OverrideRequest(Decision.CONFIRM, GREETING))


def appeal(service: Service, key: str, *, turns: tuple[int, ...] = ()) -> str:
    filed = review_appeal.file(service.store, AGENT, "c-1", finding_key=key, reason="读条款", policy=POLICY)
    review_appeal.decide(service.store, SECOND, filed.id, DecisionRequest(True, "确实", turns))
    return filed.id


def test_a_won_appeal_books_a_correction_and_the_frozen_score_stays(service: Service) -> None:
    period = closed(service)
    before, told = frozen(service), reported(service)
    first = appeal(service, RED_LINE)
    second = appeal(service, "step/needs", turns=(4,))
    assert (frozen(service), reported(service)) == (before, told)
    booked = read_period(service.store, LEAD, period).corrections
    assert [(one.appeal_id, one.old_score, one.new_score, one.by) for one in booked] == [
        (first, 0.0, 50.0, "lead-wu"),
        (second, 50.0, 97.0, "lead-wu"),
    ]
    assert [(one.old_passed, one.new_passed) for one in booked] == [(False, False), (False, True)]
    desk = open_dossier(service.store, LEAD, "c-1")
    assert desk.verdicts is not None and desk.verdicts.final.score is not None and desk.frozen is not None
    assert (desk.verdicts.final.score.value, desk.frozen.score) == (97.0, 0.0)
    (_, totals), *_ = read_periods(service.store, AGENT)
    assert totals.corrections == 2
    assert read_period(service.store, MANAGER, period).corrections == booked


def test_an_appeal_before_the_closing_is_part_of_what_is_frozen(service: Service) -> None:
    appeal(service, RED_LINE)
    period = closed(service)
    assert frozen(service)["c-1"] == (50.0, False, None)
    assert reported(service)["c-1"] == 50.0
    assert read_period(service.store, LEAD, period).corrections == ()


def test_two_periods_never_share_a_day(service: Service) -> None:
    closed(service)
    for first, last in ((OCTOBER_8, OCTOBER_8), (date(2026, 10, 1), OCTOBER_8)):
        with pytest.raises(Conflict, match="2026-10-08 to 2026-10-08 are closed already"):
            close_period(service.store, LEAD, first, last, reason="再来")
    close_period(service.store, LEAD, date(2026, 10, 1), date(2026, 10, 7), reason="上周")
    assert [period.first for period, _ in read_periods(service.store, LEAD)] == [date(2026, 10, 1), OCTOBER_8]


def test_only_a_qa_lead_closes_with_a_reason_and_only_what_is_over(service: Service) -> None:
    for caller in (ADMIN, QA, MANAGER, AGENT):
        with pytest.raises(Forbidden, match="close a period"):
            close_period(service.store, caller, OCTOBER_8, OCTOBER_8, reason="月结")
    with pytest.raises(InvalidInput, match="say why"):
        close_period(service.store, LEAD, OCTOBER_8, OCTOBER_8, reason=" ")
    with pytest.raises(InvalidInput, match="swap"):
        close_period(service.store, LEAD, OCTOBER_8, date(2026, 10, 7), reason="月结")
    with pytest.raises(Conflict, match="not over yet"):
        close_period(service.store, LEAD, OCTOBER_8, date(2026, 10, 9), reason="月结")
    assert read_periods(service.store, LEAD) == []


def test_a_period_waits_for_its_analyses(service: Service) -> None:
    assert service.as_("ops").post("/v1/conversations", json=conversation("c-new", turns=MILD)).status_code == 201
    with pytest.raises(Conflict, match="1 conversations of these days are not analysed yet"):
        closed(service)
    assert read_periods(service.store, LEAD) == []
    service.work()
    closed(service)
    assert len(frozen(service)) == 4


def test_deleting_a_customer_keeps_the_frozen_scores_and_no_word(service: Service, tmp_path: Path) -> None:
    override_finding(service.store, QA, "c-1", OverrideRequest(Decision.CONFIRM, RED_LINE))
    closed(service)
    before = sorted(frozen(service).values(), key=str)
    delete_customer(service.store, "U-c-1", by="boss", out_dir=tmp_path)
    assert sorted(frozen(service).values(), key=str) == before
    (gone,) = frozen(service).keys() - {"c-2", "c-3"}
    with service.store.reading() as work:
        assert [(one.basis, one.value) for one in work.reviews.overrides(gone)] == [(None, {})]


def test_a_month_has_its_own_last_day() -> None:
    assert days_of_month("2026-09") == (date(2026, 9, 1), date(2026, 9, 30))
    assert days_of_month("2028-02")[1] == date(2028, 2, 29)
    for wrong in ("2026-13", "2026-9", "0000-01", "september"):
        with pytest.raises(InvalidInput, match="2026-09"):
            days_of_month(wrong)


def test_settled_reviews_are_frozen_as_they_stood(service: Service) -> None:
    settle_review(service.store, QA, "c-2")
    rescored(service, Newer(misses_greeting))
    closed(service)
    assert frozen(service)["c-2"][0] == 100.0
    assert frozen(service)["c-3"][0] == 83.33
    assert reported(service) == {one: score for one, (score, *_) in frozen(service).items()}
