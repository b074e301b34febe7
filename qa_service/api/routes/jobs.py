"""Jobs of the queue."""

from typing import Annotated

from fastapi import APIRouter, Path

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.jobs import JobBody
from qa_service.domain.role import Action

router = APIRouter(prefix="/v1", tags=["imports and jobs"], dependencies=[requires(Action.LOAD)])

JobId = Annotated[int, Path(ge=1, le=2**53)]


@router.get("/jobs/{job_id}", summary="One job", responses=problem_docs(404))
def one(job_id: JobId, store: TheStore) -> JobBody:
    """Where it stands, and why it failed."""
    with store.reading() as work:
        return JobBody.model_validate(work.jobs.get(job_id))


@router.post("/jobs/{job_id}/revival", summary="Queue a dead job again", responses=problem_docs(404, 409))
def revive(job_id: JobId, store: TheStore) -> JobBody:
    """For a job that was given up, once its cause is mended."""
    with store.unit_of_work() as work:
        return JobBody.model_validate(work.jobs.revive(job_id))
