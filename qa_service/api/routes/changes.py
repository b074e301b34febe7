"""What versions of an SOP changed, day by day, and alarms."""

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.changes import AlarmsBody, EffectQuery, VersionEffectBody
from qa_service.domain.role import Action, Caller
from qa_service.workflows import measure_version, watch_figures

router = APIRouter(prefix="/v1", tags=["insight"])

Reader = Annotated[Caller, requires(Action.REPORT)]


@router.get(
    "/sop-versions/{version_id}/effect", summary="What a version of an SOP changed", responses=problem_docs(404)
)
def effect(
    version_id: str, store: TheStore, caller: Reader, query: Annotated[EffectQuery, Query()]
) -> VersionEffectBody:
    """Each outcome, the score, red lines and changed steps, before and after, beside teams without the version.

    By the rollouts, whatever was done in fact. The id is written like `trial-call@2`. Looking every day raises no
    false alarms; with too little to tell, that is the answer.
    """
    slug, version = measure_version.version_named(version_id)
    found = measure_version.measure_version(store, caller, slug, version, as_of=query.as_of)
    return VersionEffectBody.model_validate(found)


@router.get("/alarms", summary="What rises that should stay low")
def alarms(store: TheStore, caller: Reader, query: Annotated[EffectQuery, Query()]) -> AlarmsBody:
    """Refund requests, red lines and complaints against the half year before, as a whole, by product and by team.

    The mix of products, channels and teams is reckoned with. Looking every day raises no more false alarms than stated.
    """
    found = watch_figures.watch_stored(store, caller, as_of=query.as_of)
    return AlarmsBody.model_validate({"items": found})
