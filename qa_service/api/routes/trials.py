"""Trials of SOP drafts: what one would change, before it is published."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from qa_service.api.dependencies import Services, TheServices, TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.trials import StoredRangeBody, StoredTrialBody, TrialReportBody, TrialRequestBody
from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.role import Action, Caller
from qa_service.domain.trial import TrialRange
from qa_service.errors import QaError
from qa_service.workflows import try_stored_sop
from qa_service.workflows.try_sop import NotTried
from qa_service.workflows.try_stored_sop import StoredTrial

router = APIRouter(prefix="/v1", tags=["sops"])

Writer = Annotated[Caller, requires(Action.EDIT_SOP)]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]
TrialId = Annotated[int, Path(ge=1, le=2**53)]


@router.post(
    "/sops/{slug}/versions/{version}/trial",
    summary="Try a version",
    response_model=TrialReportBody,
    responses={
        202: {"model": StoredTrialBody, "description": "Begun on stored conversations"},
        **problem_docs(404, 409),
    },
)
def begin(slug: str, version: Version, body: TrialRequestBody, given: TheServices, caller: Writer) -> Any:
    """What it would change against the version in force for each conversation. Nothing is stored as an analysis.

    Pasted conversations are masked, judged at once and forgotten, those that cannot be read told as `refused`; on
    stored ones a worker does it: ask the trial.
    """
    if body.stored is not None:
        begun = try_stored_sop.begin_trial(given.store, caller, slug, version, _range(body.stored))
        headers = {"Location": f"/v1/trials/{begun.id}"}
        return JSONResponse(_body(begun).model_dump(mode="json"), 202, headers)
    pasted = [_read(one, given) for one in body.conversations or ()]
    return try_stored_sop.try_on_pasted(given.store, caller, given.analyzer, (slug, version), pasted)


@router.get("/trials/{trial_id}", summary="One trial on stored conversations", responses=problem_docs(404))
def one(trial_id: TrialId, store: TheStore, caller: Writer) -> StoredTrialBody:
    """How far it has come, and its report once it is done; kept for a month.

    It is there for who began it, and for those who may read every conversation.
    """
    return _body(try_stored_sop.read_trial(store, caller, trial_id))


def _range(body: StoredRangeBody) -> TrialRange:
    return TrialRange(body.day_from, body.day_to, body.team)


def _read(body: Any, given: Services) -> Conversation | NotTried:
    try:
        return given.intake.mask(conversation_from_json(body, zone=given.settings.zone))
    except QaError as error:
        named = body.get("id") if isinstance(body, dict) else None
        return NotTried(named[:500] if isinstance(named, str) else "", error.detail)


def _body(trial: StoredTrial) -> StoredTrialBody:
    wanted = {"from": trial.wanted.day_from, "to": trial.wanted.day_to, "team": trial.wanted.team}
    told = {name: getattr(trial, name) for name in StoredTrialBody.model_fields}
    return StoredTrialBody.model_validate(told | {"wanted": wanted})
