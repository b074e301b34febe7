"""Analyses by their own id."""

from typing import Annotated

from fastapi import APIRouter, Path

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.analyses import AnalysisBody, StoredAnalysisBody
from qa_service.domain.role import Action, Caller
from qa_service.review.bodies import keyed_json
from qa_service.workflows.review_conversation import read_analysis

router = APIRouter(prefix="/v1", tags=["conversations"])


@router.get("/analyses/{analysis_id}", summary="One analysis, current or not", responses=problem_docs(404))
def one(
    analysis_id: Annotated[int, Path(ge=1, le=2**53)], store: TheStore, caller: Annotated[Caller, requires(Action.READ)]
) -> StoredAnalysisBody:
    """Analyses are never changed: this answer is the same for ever."""
    stored = read_analysis(store, caller, analysis_id)
    body = AnalysisBody.model_validate(keyed_json(stored.analysis))
    return StoredAnalysisBody(id=stored.id, current=stored.current, analysed_at=stored.analysed_at, analysis=body)
