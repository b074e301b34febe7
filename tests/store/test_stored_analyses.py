"""Analyses in the store: immutable, stored once, found by what they say."""

import pytest

from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import GrievanceFinding, RedLineFinding, StepFinding, StepStatus
from qa_service.domain.score import Score, ScoreState, Veto
from qa_service.errors import NotFound
from qa_service.store import ConversationFilter, Store

COMPLAINT = GrievanceFinding("complaint", detected=True, turns=(1,), confidence=0.9)
FATAL = RedLineFinding("guarantee_outcome", EvidenceSpan(0, 0, 2), "您好", 0.9)
DOUBT = StepFinding("greeting", StepStatus.MISSED, (), 0.5, 0.5, unsure=True)


def points(value: float, *, passed: bool = True) -> Score:
    return Score(value, value - 5, value + 5, ScoreState.PROVISIONAL, passed, Veto.PROPOSED if value == 0 else None)


def test_what_goes_in_comes_out(store: Store, conversation, analyse):
    fields = {
        "sop": "trial",
        "sop_version": 2,
        "score": points(0, passed=False),
        "red_lines": (FATAL,),
        "steps": (DOUBT,),
    }
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1"))
        analysis_id = analyse(work, "c-1", sop_digest="d", complaint=COMPLAINT, **fields)
    with store.reading() as work:
        found = work.analyses.find("c-1")
        assert (found.id, found.current) == (analysis_id, True)
        assert found.analysis.red_lines == (FATAL,)
        assert found.analysis == work.analyses.get("c-1") == work.analyses.by_id(analysis_id).analysis
        line = work.conversations.listed("c-1")
    assert (line.sop, line.sop_version, line.score, line.passed, line.veto) == ("trial", 2, 0, False, "proposed")
    assert (line.unsure, line.complaint, line.refund) == (True, True, False)


def test_the_same_analysis_is_stored_once(store: Store, conversation, analyse):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1"))
        first = analyse(work, "c-1", red_lines=(FATAL,))
        assert analyse(work, "c-1", red_lines=(FATAL,)) == first
        assert len(work.analyses.history("c-1")) == 1


def test_a_new_analysis_counts_and_the_old_one_stays_as_it_was(store: Store, conversation, analyse):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("c-1"))
        old = analyse(work, "c-1", score=points(60, passed=False))
        before = work.analyses.by_id(old).analysis
        new = analyse(work, "c-1", score=points(90), versions={"models": "m2", "code": "c1"})
    with store.reading() as work:
        assert work.analyses.find("c-1").id == new
        assert [(one.id, one.current) for one in work.analyses.history("c-1")] == [(old, False), (new, True)]
        assert work.analyses.by_id(old).analysis == before
    with store.unit_of_work() as work:
        assert analyse(work, "c-1", score=points(60, passed=False)) == old
        assert work.analyses.find("c-1").id == old


def test_pairs_leave_retired_analyses_out_unless_asked(store: Store, conversation, analyse):
    with store.unit_of_work() as work:
        for one_id in ("c-2", "c-1", "c-3"):
            work.conversations.add(conversation(one_id))
        for models in ("m1", "m2"):
            analyse(work, "c-1", versions={"models": models, "code": "c"})
        analyse(work, "c-2")
    with store.reading() as work:
        pairs = [(c.id, a.versions["models"]) for c, a in work.analyses.pairs(ConversationFilter())]
        assert pairs == [("c-1", "m2"), ("c-2", "m1")]
        every = work.analyses.pairs(ConversationFilter(), include_retired=True)
        assert [(c.id, a.versions["models"]) for c, a in every] == [("c-1", "m1"), ("c-1", "m2"), ("c-2", "m1")]


def test_pairs_stream_more_than_one_chunk(store: Store, conversation, analyse):
    with store.unit_of_work() as work:
        work.conversations.add_many([conversation(f"c-{n:04}") for n in range(501)])
        for n in range(501):
            analyse(work, f"c-{n:04}")
    with store.reading() as work:
        ids = [one.id for one, _ in work.analyses.pairs(ConversationFilter())]
    assert ids == [f"c-{n:04}" for n in range(501)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"passed": True}, ["good"]),
        ({"passed": False}, ["bad"]),
        ({"score_min": 50.0}, ["good"]),
        ({"score_max": 50.0}, ["bad"]),
        ({"score_state": "provisional"}, ["bad", "good"]),
        ({"sop": "trial"}, ["bad", "good"]),
        ({"sop": "trial", "sop_version": 2}, ["bad"]),
        ({"unsure": True}, ["bad"]),
        ({"unsure": False}, ["good"]),
        ({"complaint": True}, ["bad"]),
        ({"refund": True}, []),
        ({"red_line": "guarantee_outcome"}, ["bad"]),
        ({"agent": "A1"}, ["good"]),
        ({"team": "一组", "channel": "chat"}, ["bad"]),
        ({"product": "编程", "stage": "presale"}, ["raw"]),
        ({"customer": "U1"}, ["raw"]),
        ({}, ["bad", "good", "raw"]),
    ],
    ids=lambda value: "-".join(value) or "all" if isinstance(value, dict) else str(len(value)),
)
def test_a_list_is_filtered_by_what_conversations_are_and_say(store: Store, conversation, analyse, wanted, found):
    with store.unit_of_work() as work:
        work.conversations.add(conversation("good", agent={"id": "A1", "team": "一组"}))
        work.conversations.add(conversation("bad", agent={"id": "A2", "team": "一组"}, channel="chat"))
        work.conversations.add(conversation("raw", product="编程", stage="presale", customer={"id": "U1"}))
        analyse(work, "good", sop="trial", sop_version=1, score=points(80))
        bad = {"score": points(0, passed=False), "red_lines": (FATAL,), "steps": (DOUBT,), "complaint": COMPLAINT}
        analyse(work, "bad", sop="trial", sop_version=2, **bad)
    with store.reading() as work:
        assert sorted(one.id for one in work.conversations.page(ConversationFilter(**wanted)).items) == found
        assert work.conversations.count(ConversationFilter(**wanted)) == len(found)


def test_a_problem_is_told_until_an_analysis_clears_it(store: Store, conversation, analyse):
    with store.unit_of_work() as work:
        number = work.conversations.add(conversation("c-1")).number
        work.analyses.add_problem(number, "ambiguous_sop", "two SOPs fit: a and b")
        work.analyses.add_problem(number, "ambiguous_sop", "two SOPs fit: a and c")
        assert work.analyses.problem("c-1").detail == "two SOPs fit: a and c"
        assert work.conversations.listed("c-1").problem == "ambiguous_sop"
        with pytest.raises(NotFound):
            work.analyses.get("c-1")
        analyse(work, "c-1")
        assert work.analyses.problem("c-1") is None


def test_an_analysis_of_text_that_is_gone_is_not_stored(store: Store, conversation):
    from qa_service.domain.analysis import Analysis

    with store.unit_of_work() as work:
        number = work.conversations.add(conversation("c-1")).number
        analysis = Analysis("c-1", None, None, {"models": "m", "code": "c"})
        assert work.analyses.add(analysis, number=number, turns_digest="other", sop_digest=None) is None
        assert work.analyses.history("c-1") == []
