"""Appeals and their decisions."""

from typing import Annotated

from fastapi import APIRouter

from qa_service.api.dependencies import Services, TheServices, TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.reviews import AppealBody, AppealRequestBody, AppealsBody, DecisionRequestBody
from qa_service.domain.appeal import AppealPolicy
from qa_service.domain.role import Action, Caller
from qa_service.workflows import review_appeal
from qa_service.workflows.review_appeal import DecisionRequest

router = APIRouter(prefix="/v1", tags=["reviews"])

Reader = Annotated[Caller, requires(Action.READ)]
Appellant = Annotated[Caller, requires(Action.APPEAL)]
Judge = Annotated[Caller, requires(Action.DECIDE_FIRST)]


@router.post("/appeals", status_code=201, summary="Contest a finding", responses=problem_docs(404, 409))
def file(body: AppealRequestBody, given: TheServices, caller: Appellant) -> AppealBody:
    """Within the window, once for each finding; somebody other than its reviewer decides."""
    filed = review_appeal.file(
        given.store,
        caller,
        body.conversation_id,
        finding_key=body.finding_key,
        reason=body.reason,
        policy=_policy(given),
    )
    return AppealBody.model_validate(filed)


@router.get("/appeals", summary="Appeals that wait for a decision")
def waiting(store: TheStore, caller: Reader) -> AppealsBody:
    """Within your reach, oldest first."""
    return AppealsBody.model_validate({"items": review_appeal.waiting_appeals(store, caller)})


@router.get("/appeals/{appeal_id}", summary="One appeal", responses=problem_docs(404))
def one(appeal_id: str, store: TheStore, caller: Reader) -> AppealBody:
    """With every decision so far."""
    return AppealBody.model_validate(review_appeal.read_appeal(store, caller, appeal_id))


@router.post("/appeals/{appeal_id}/decisions", summary="Decide an appeal", responses=problem_docs(404, 409))
def decide(appeal_id: str, body: DecisionRequestBody, store: TheStore, caller: Judge) -> AppealBody:
    """At the level that waits. An accepted appeal changes the final verdict and nothing else."""
    wanted = DecisionRequest(body.accepted, body.reason, tuple(body.turns), body.value)
    return AppealBody.model_validate(review_appeal.decide(store, caller, appeal_id, wanted))


@router.post("/appeals/{appeal_id}/escalation", summary="Take it to the second level", responses=problem_docs(404, 409))
def take_further(appeal_id: str, given: TheServices, caller: Appellant) -> AppealBody:
    """Once rejected at the first level; a QA lead decides."""
    return AppealBody.model_validate(review_appeal.take_further(given.store, caller, appeal_id, policy=_policy(given)))


def _policy(given: Services) -> AppealPolicy:
    return AppealPolicy(window_days=given.settings.appeal_window_days)
