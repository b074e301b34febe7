"""Coaching: reports of agents and teams, cases and sets of them, talks, wordings."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.reports import Format, report_docs, show_report
from qa_service.api.schemas.body import Day
from qa_service.api.schemas.coaching import (
    SET,
    CaseBody,
    CaseFilter,
    CaseRequestBody,
    CasesBody,
    SetBody,
    SetCasesBody,
    SetRequestBody,
    SetsBody,
    SharingBody,
    TalkBody,
    TalkRequestBody,
    TalksBody,
    WordingBody,
    WordingRequestBody,
    WordingsBody,
)
from qa_service.api.schemas.insight import COACHING
from qa_service.domain.coaching import CoachingTalk
from qa_service.domain.coaching_case import CaseQuery, KeptCase, case_to_json
from qa_service.domain.period import Period
from qa_service.domain.role import Action, Caller
from qa_service.errors import InvalidInput
from qa_service.workflows import coach_stored, coaching_cases

router = APIRouter(prefix="/v1/coaching", tags=["coaching"])

Reader = Annotated[Caller, requires(Action.READ_COACHING)]
Writer = Annotated[Caller, requires(Action.WRITE_COACHING)]
ReportReader = Annotated[Caller, requires(Action.COACHING_REPORT)]
First = Annotated[Day | None, Query(alias="from", description="First day")]
Last = Annotated[Day | None, Query(alias="to", description="Last day, included")]
MaskAgents = Annotated[bool, Query(description="Nobody can tell which agent spoke")]


@router.post("/cases", status_code=201, summary="Keep a coaching case", responses=problem_docs(404, 409))
def keep(body: CaseRequestBody, store: TheStore, caller: Writer) -> CaseBody:
    """A moment of an analysed conversation within your reach; the words are those stored, masked."""
    given = body.model_dump() | {"shared_with": tuple(body.shared_with)}
    return _case(coaching_cases.keep_case(store, caller, coaching_cases.CaseRequest(**given)))


@router.get("/cases", summary="Search coaching cases")
def cases(store: TheStore, caller: Reader, query: Annotated[CaseFilter, Query()]) -> CasesBody:
    """Newest first; every word of `q` must stand in a case, Chinese ones from a single character on."""
    found = coaching_cases.read_cases(store, caller, query.wanted(), limit=query.limit)
    return CasesBody(items=[_case(case) for case in found])


@router.get("/cases/{case_id}", summary="One coaching case", responses=problem_docs(404))
def one(case_id: str, store: TheStore, caller: Reader) -> CaseBody:
    """With the turns around its words."""
    return _case(coaching_cases.read_case(store, caller, case_id))


@router.put("/cases/{case_id}/sharing", summary="Share a coaching case", responses=problem_docs(404))
def share(case_id: str, body: SharingBody, store: TheStore, caller: Writer) -> CaseBody:
    """With exactly these agents."""
    return _case(coaching_cases.share_case(store, caller, case_id, body.agents))


@router.delete("/cases/{case_id}", status_code=204, summary="Forget a coaching case", responses=problem_docs(404))
def remove(case_id: str, store: TheStore, caller: Writer) -> None:
    """It leaves every set too."""
    coaching_cases.remove_case(store, caller, case_id)


@router.post("/sets", status_code=201, summary="Collect coaching cases", responses=problem_docs(404))
def make_set(body: SetRequestBody, store: TheStore, caller: Writer) -> SetBody:
    """Cases that you may see, under a title, in their order."""
    return SetBody.model_validate(coaching_cases.make_set(store, caller, body.title, body.cases))


@router.get("/sets", summary="Sets of coaching cases")
def sets(store: TheStore, caller: Reader) -> SetsBody:
    """Those that hold something you may see."""
    return SetsBody.model_validate({"items": coaching_cases.read_sets(store, caller)})


@router.put("/sets/{set_id}", summary="Change a set of coaching cases", responses=problem_docs(404))
def change_set(set_id: str, body: SetCasesBody, store: TheStore, caller: Writer) -> SetBody:
    """It holds exactly these cases then."""
    return SetBody.model_validate(coaching_cases.change_set(store, caller, set_id, body.cases))


@router.get(
    "/sets/{set_id}",
    summary="A set of coaching cases, to be handed out",
    response_model=None,
    responses={**report_docs(SET), **problem_docs(404)},
)
def one_set(
    *,
    request: Request,
    set_id: str,
    store: TheStore,
    caller: Reader,
    format: Format = "json",
    mask_agents: MaskAgents = False,
) -> Response:
    """Its cases as far as you may see them; customers are masked, agents if you wish."""
    held = coaching_cases.read_set(store, caller, set_id)
    found = coaching_cases.read_cases(store, caller, CaseQuery(set_id=set_id), limit=len(held.cases) or 1)
    document = coaching_cases.document_of(store, found, title=held.title, mask_agents=mask_agents)
    return show_report(request, document, format, name=held.title)


@router.post("/talks", status_code=201, summary="Record a coaching talk", responses=problem_docs(404))
def hold(body: TalkRequestBody, store: TheStore, caller: Writer) -> TalkBody:
    """On what the report of those days says matters most; the next report tells whether it moved."""
    period = _period(body.first, body.last)
    wanted = coach_stored.TalkRequest(body.agent_id, period, body.on, body.note)
    return _talk(coach_stored.hold_talk(store, caller, wanted))


@router.get("/talks", summary="Coaching talks with an agent", responses=problem_docs(404))
def talks(store: TheStore, caller: Reader, agent: Annotated[str, Query(max_length=200)]) -> TalksBody:
    """Latest first."""
    return TalksBody(items=[_talk(talk) for talk in coach_stored.read_talks(store, caller, agent)])


@router.post("/wordings", status_code=201, summary="Propose a wording")
def propose(body: WordingRequestBody, store: TheStore, caller: Writer) -> WordingBody:
    """For a question or objection, of one product or of all; coaching reports show it once it is approved."""
    wanted = coach_stored.WordingRequest(body.objection, body.text, body.product)
    return WordingBody.model_validate(coach_stored.propose_wording(store, caller, wanted))


@router.get("/wordings", summary="Wordings")
def wordings(store: TheStore, caller: Reader) -> WordingsBody:
    """Approved ones; for whoever may propose also those that wait."""
    return WordingsBody.model_validate({"items": coach_stored.read_wordings(store, caller)})


@router.post("/wordings/{wording_id}/approval", summary="Approve a wording", responses=problem_docs(404))
def approve(wording_id: str, store: TheStore, caller: Writer) -> WordingBody:
    """By somebody who coaches everywhere and did not propose it."""
    return WordingBody.model_validate(coach_stored.approve_wording(store, caller, wording_id))


@router.delete("/wordings/{wording_id}", status_code=204, summary="Withdraw a wording", responses=problem_docs(404))
def withdraw(wording_id: str, store: TheStore, caller: Writer) -> None:
    """Reports do not show it any more."""
    coach_stored.withdraw_wording(store, caller, wording_id)


@router.get(
    "/teams/{team:path}",
    summary="Coaching table of a team",
    response_model=None,
    responses={**report_docs({"report": "coaching_team", "team": "一组"}), **problem_docs(404)},
)
def team_table(
    *,
    request: Request,
    team: str,
    store: TheStore,
    caller: ReportReader,
    first: First = None,
    last: Last = None,
    format: Format = "json",
) -> Response:
    """All agents by id, without a ranking: only what differs by more than chance is said."""
    document = coach_stored.read_team(store, caller, team, _period(first, last))
    return show_report(request, document, format, name=f"coach-team-{team}")


@router.get(
    "/{agent_id:path}",
    summary="Coaching report of an agent",
    response_model=None,
    responses={**report_docs(COACHING), **problem_docs(404)},
)
def report(
    *,
    request: Request,
    agent_id: str,
    store: TheStore,
    caller: ReportReader,
    first: First = None,
    last: Last = None,
    format: Format = "json",
) -> Response:
    """Strengths, what to work on first, and the places in conversations that show it."""
    document = coach_stored.read_coaching(store, caller, agent_id, _period(first, last))
    return show_report(request, document, format, name=f"coach-{agent_id}")


def _period(first: date | None, last: date | None) -> Period:
    if first and last and first > last:
        raise InvalidInput("`from` is after `to`; swap the two days")
    return Period(first, last)


def _case(case: KeptCase) -> CaseBody:
    return CaseBody.model_validate(case_to_json(case))


def _talk(talk: CoachingTalk) -> TalkBody:
    points: list[dict[str, Any]] = [
        {"sop": one.sop, "kind": one.kind, "id": one.id, "k": one.own.k, "n": one.own.n} for one in talk.points
    ]
    return TalkBody.model_validate(asdict(talk) | {"points": points})
