"""Re-scores: analyse a range again, and see who moved and why."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.queries import PageQuery
from qa_service.api.schemas.rescores import RescoreBody, RescorePageBody, RescoreRequestBody, RescoresBody
from qa_service.domain.rescore import Rescore, RescoreRange, range_to_json
from qa_service.domain.rescored import rescored_to_json
from qa_service.domain.role import Action, Caller
from qa_service.workflows import rescore_conversations

router = APIRouter(prefix="/v1", tags=["re-scores"])

Rescorer = Annotated[Caller, requires(Action.RESCORE)]
RescoreId = Annotated[int, Path(ge=1, le=2**53)]


@router.post("/rescores", status_code=202, summary="Re-score a range")
def begin(body: RescoreRequestBody, store: TheStore, caller: Rescorer, response: Response) -> RescoreBody:
    """Workers analyse it again under the SOP versions in force and the present models; old analyses stay, people's
    decisions too. Ask the re-score how far it has come.
    """
    wanted = RescoreRange(**body.model_dump(exclude={"reason"}))
    begun = rescore_conversations.begin_rescore(store, caller, wanted, reason=body.reason)
    response.headers["Location"] = f"/v1/rescores/{begun.id}"
    return RescoreBody.model_validate(_line(begun))


@router.get("/rescores", summary="Re-scores")
def listing(store: TheStore, caller: Rescorer) -> RescoresBody:
    """The last ones, newest first."""
    found = rescore_conversations.recent_rescores(store, caller)
    return RescoresBody.model_validate({"items": [_line(one) for one in found]})


@router.get("/rescores/{rescore_id}", summary="One re-score: who moved and why", responses=problem_docs(404))
def one(
    rescore_id: RescoreId, store: TheStore, caller: Rescorer, query: Annotated[PageQuery, Query()]
) -> RescorePageBody:
    """Counts, the report once it is done, and what it moved page by page: a changed verdict first, then points."""
    found, page, dead = rescore_conversations.read_rescore(
        store, caller, rescore_id, limit=query.limit, cursor=query.cursor
    )
    entries = [rescored_to_json(entry) for entry in page.items]
    rest = {"dead_jobs": dead, "report": found.report, "moved": entries, "next_cursor": page.next_cursor}
    return RescorePageBody.model_validate(_line(found) | rest)


def _line(found: Rescore) -> dict[str, Any]:
    return asdict(found) | {"wanted": range_to_json(found.wanted), "report": found.report}
