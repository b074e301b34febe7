"""Re-scoring: what moved and why; nothing where nothing changed; people's decisions stay; nothing done twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_to_line
from qa_service.domain.conversation import Conversation
from qa_service.domain.finding import StepStatus
from qa_service.domain.rescore import Rescore, RescoreRange, RescoreState
from qa_service.domain.rescored import Rescored
from qa_service.domain.review import Decision
from qa_service.domain.role import Caller, Role
from qa_service.domain.score import ScoredFindings, score
from qa_service.domain.sop import Sop
from qa_service.errors import Conflict, Forbidden, InvalidInput
from qa_service.jobs import Worker
from qa_service.rulebook import parse_sop
from qa_service.store import ConversationFilter
from qa_service.workflows import rescore_conversations
from qa_service.workflows.job_handlers import build_handlers
from qa_service.workflows.manage_sops import publish, save_draft
from qa_service.workflows.rescore_conversations import begin_rescore, read_rescore
from qa_service.workflows.review_conversation import (
    OverrideRequest,
    export_labels,
    open_dossier,
    override_finding,
    review_queue,
    settle_review,
)
from tests.api.conftest import FAR, INTAKE, SOP, Service, TickingClock, conversation, make_service
from tests.keyword_analyzer import KeywordAnalyzer

LEAD = Caller("lead-zhao", Role.QA_LEAD)
QA = Caller("qa-wang", Role.QA)
GREETING = "step/greeting"
EVERYTHING = RescoreRange()
# Nobody guarantees anything here, so that no veto hides what moves.
MILD = [
    {"speaker": "agent", "text": "您好，我是墨芽的林晓"},
    {"speaker": "customer", "text": "你们课多少钱"},
    {"speaker": "agent", "text": "周六可以试听，孩子几年级"},
]


class Newer(KeywordAnalyzer):
    """The next models: they change what a function says."""

    def __init__(self, change: Callable[[Analysis], Analysis] = lambda one: one, models: str = "keywords-2") -> None:
        self.change, self.models = change, models

    def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
        made = super().analyze(conversation, sops)
        return self.change(replace(made, versions={**made.versions, "models": self.models}))


def misses_greeting(one: Analysis) -> Analysis:
    steps = tuple(
        replace(step, status=StepStatus.MISSED, turns=()) if step.id == "greeting" else step for step in one.steps
    )
    found = ScoredFindings(steps, one.orders, one.obligations, one.red_lines)
    return replace(one, steps=steps, score=score(parse_sop(SOP, "test"), found))


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    """Three analysed conversations, on both databases."""
    made = make_service(database_url, TickingClock())
    made.send(
        conversation("c-1", turns=MILD),
        conversation("c-2", "A02", turns=MILD),
        conversation("c-3", "A09", FAR, turns=MILD),
    )
    yield made
    made.store.close()


def rescored(
    service: Service, analyzer: Any = None, wanted: RescoreRange = EVERYTHING
) -> tuple[Rescore, list[Rescored]]:
    service.analyzer = analyzer or service.analyzer
    begun = begin_rescore(service.store, LEAD, wanted, reason="新模型")
    service.work()
    found, page, dead = read_rescore(service.store, LEAD, begun.id)
    assert (found.state, dead) == (RescoreState.DONE, 0)
    return found, list(page.items)


def stored_bytes(service: Service) -> dict[str, list[str]]:
    with service.store.reading() as work:
        ids = [one.id for one in work.conversations.stream(ConversationFilter())]
        return {one: [analysis_to_line(made.analysis) for made in work.analyses.history(one)] for one in ids}


def test_nothing_changed_so_nothing_moves_and_the_report_says_so(service: Service) -> None:
    before = stored_bytes(service)
    found, entries = rescored(service)
    counts = found.counts
    assert (counts.total, counts.done, counts.unchanged, counts.moved, counts.refined) == (3, 3, 3, 0, 0)
    assert (counts.not_reproduced, counts.failed, entries) == (0, 0, [])
    assert found.report is not None and found.report["whole"]["n"] == 0
    assert stored_bytes(service) == before


def test_new_models_move_scores_and_the_old_analyses_stay(service: Service) -> None:
    before = stored_bytes(service)
    found, entries = rescored(service, Newer(misses_greeting))
    assert [one.conversation_id for one in entries] == ["c-1", "c-2", "c-3"]
    first = entries[0]
    assert (first.before.score, first.after.score, first.causes) == (100.0, 83.33, ("models",))
    assert [(c.key, c.shift.value, c.before, c.after) for c in first.told] == [
        ("step/greeting", "status", "done", "missed")
    ]
    now = stored_bytes(service)
    assert {one: lines[0] for one, lines in now.items()} == {one: lines[0] for one, lines in before.items()}
    assert {len(lines) for lines in now.values()} == {2}
    report = found.report
    assert report is not None
    assert [(row["agent_id"], row["n"], row["down"]) for row in report["by_agent"]] == [
        ("A01", 1, 1),
        ("A02", 1, 1),
        ("A09", 1, 1),
    ]
    assert [(row["team"], row["n"]) for row in report["by_team"]] == [("一组", 2), ("三组", 1)]
    assert [(row["causes"], row["n"], row["mean_difference"]) for row in report["by_cause"]] == [
        (["models"], 3, -16.67)
    ]
    assert [(row["kind"], row["id"], row["status"]) for row in report["by_check"]] == [("step", "greeting", 3)]


def test_a_model_that_is_only_less_sure_moves_nobody(service: Service) -> None:
    less = Newer(lambda one: replace(one, needs=tuple(replace(need, confidence=0.7) for need in one.needs)))
    found, entries = rescored(service, less)
    assert (found.counts.refined, found.counts.moved) == (3, 0)
    assert {change.shift.value for entry in entries for change in entry.changes} == {"confidence"}


def test_a_new_sop_version_is_the_cause(service: Service) -> None:
    service.send(conversation("c-later", started_at=None, turns=[{"speaker": "agent", "text": "您好"}]))
    save_draft(service.store, LEAD, SOP.replace("version: 1", "version: 2").replace("weight: 20", "weight: 60"))
    publish(service.store, LEAD, "trial-call", 2, reason="更看重约时间")
    found, entries = rescored(service)
    (later,) = [one for one in entries if one.conversation_id == "c-later"]
    assert (later.causes, later.before.sop_version, later.after.sop_version) == (("sop",), 1, 2)
    assert found.report is not None
    assert {(row["from_version"], row["to_version"]) for row in found.report["by_sop"]} == {(1, 2)}


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (RescoreRange(agent="A01"), 1),
        (RescoreRange(team="一组"), 2),
        (RescoreRange(sop="trial-call", product="阅读"), 3),
        (RescoreRange(sop="another"), 0),
        (RescoreRange(channel="chat"), 0),
    ],
    ids=["agent", "team", "sop", "other_sop", "channel"],
)
def test_only_the_range_is_done(wanted: RescoreRange, count: int, service: Service) -> None:
    found, _ = rescored(service, wanted=wanted)
    assert (found.counts.total, found.counts.done, found.wanted) == (count, count, wanted)


def test_a_range_that_ends_before_it_begins_is_refused(service: Service) -> None:
    with pytest.raises(InvalidInput, match="swap"):
        begin_rescore(service.store, LEAD, RescoreRange(date(2026, 10, 9), date(2026, 10, 8)))
    with pytest.raises(Forbidden, match="re-score"):
        begin_rescore(service.store, QA, EVERYTHING)


def test_a_decision_outlives_a_rescore_and_the_case_comes_back(service: Service) -> None:
    override_finding(service.store, QA, "c-1", OverrideRequest(Decision.CONFIRM, GREETING))
    assert "c-1" not in {one.id for one in review_queue(service.store, QA, ConversationFilter())}
    found, entries = rescored(service, Newer(misses_greeting))
    desk = open_dossier(service.store, QA, "c-1")
    assert desk.verdicts is not None
    assert (desk.verdicts.machine.steps[0].status, desk.verdicts.final.steps[0].status) == ("missed", "done")
    assert found.counts.contradicted == 1
    assert [one.contradicted for one in entries if one.conversation_id == "c-1"] == [(GREETING,)]
    first = review_queue(service.store, QA, ConversationFilter())[0]
    assert (first.id, [one["key"] for one in first.contradictions]) == ("c-1", [GREETING])
    assert (first.contradictions[0]["person"], first.contradictions[0]["machine"]) == ("done", "missed")
    override_finding(service.store, QA, "c-1", OverrideRequest(Decision.CONFIRM, GREETING))
    assert "c-1" not in {one.id for one in review_queue(service.store, QA, ConversationFilter())}
    # Looked at once: the same models again have nothing new to say.
    rescored(service)
    assert "c-1" not in {one.id for one in review_queue(service.store, QA, ConversationFilter())}


def settle(service: Service, conversation_id: str) -> None:
    settle_review(service.store, QA, conversation_id)


def test_a_settled_review_is_opened_again_only_by_a_new_analysis(service: Service) -> None:
    settle(service, "c-1")
    with pytest.raises(Conflict, match="appeal"):
        override_finding(service.store, QA, "c-1", OverrideRequest(Decision.CONFIRM, GREETING))
    labels = list(export_labels(service.store, LEAD))
    rescored(service, Newer(misses_greeting))
    desk = open_dossier(service.store, QA, "c-1")
    assert desk.verdicts is not None and not desk.settled
    assert desk.verdicts.final.steps[0].status == "done"
    assert [one.key for one in desk.verdicts.contradictions] == [GREETING]
    # What is exported as labels is what the person stood behind, not what is new.
    assert list(export_labels(service.store, LEAD)) == labels
    override_finding(service.store, QA, "c-1", OverrideRequest(Decision.CHANGE, GREETING, value={"status": "missed"}))
    settle(service, "c-1")
    again = open_dossier(service.store, QA, "c-1")
    assert again.settled and again.verdicts is not None
    assert (again.verdicts.final.steps[0].status, again.verdicts.contradictions) == ("missed", ())


def test_going_back_to_the_old_models_brings_the_old_analyses_back(service: Service) -> None:
    before = stored_bytes(service)
    rescored(service, Newer(misses_greeting))
    _, entries = rescored(service, KeywordAnalyzer())
    assert {(one.before.score, one.after.score) for one in entries} == {(83.33, 100.0)}
    with service.store.reading() as work:
        assert all(work.analyses.find(one).analysis.versions["models"] == "keywords" for one in before)


def test_the_same_versions_that_give_something_else_are_told(service: Service) -> None:
    class Fickle(KeywordAnalyzer):
        def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
            return replace(super().analyze(conversation, sops), needs=())

    found, _ = rescored(service, Fickle())
    assert (found.counts.not_reproduced, found.counts.unchanged) == (3, 3)


def test_one_that_cannot_be_analysed_costs_only_itself(service: Service) -> None:
    class Stumbling(Newer):
        def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
            if conversation.id == "c-2":
                raise ZeroDivisionError
            return super().analyze(conversation, sops)

    found, _ = rescored(service, Stumbling(misses_greeting))
    assert (found.counts.failed, found.counts.moved) == (1, 2)
    with service.store.reading() as work:
        assert work.analyses.find("c-2").analysis.versions["models"] == "keywords"


def test_batches_and_listing_go_on_over_many_jobs(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescore_conversations, "ANALYSES_IN_A_JOB", 1)
    monkeypatch.setattr(rescore_conversations, "BATCHES_AT_ONCE", 1)
    found, entries = rescored(service, Newer(misses_greeting))
    assert (found.counts.total, found.counts.done, found.counts.moved) == (3, 3, 3)
    pages = []
    cursor = None
    while True:
        _, page, _ = read_rescore(service.store, LEAD, found.id, limit=2, cursor=cursor)
        pages += [one.conversation_id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert pages == [one.conversation_id for one in entries]


def test_a_worker_killed_in_the_middle_loses_and_repeats_nothing(service: Service) -> None:
    class Killer(Newer):
        def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
            if conversation.id == "c-2":
                raise SystemExit("killed")
            return super().analyze(conversation, sops)

    begun = begin_rescore(service.store, LEAD, EVERYTHING)
    handlers = build_handlers(service.store, Killer(misses_greeting), intake=INTAKE)
    for _ in range(20):
        try:
            Worker(service.store, handlers, lease=timedelta(seconds=5)).run_until_idle()
        except SystemExit:
            service.clock.step(6)
    found, page, dead = read_rescore(service.store, LEAD, begun.id)
    counts = found.counts
    assert (found.state, dead, counts.done, counts.moved, counts.failed) == (RescoreState.DONE, 0, 3, 2, 1)
    assert sorted(one.conversation_id for one in page.items) == ["c-1", "c-3"]
    assert {one: len(lines) for one, lines in stored_bytes(service).items()} == {"c-1": 2, "c-2": 1, "c-3": 2}
