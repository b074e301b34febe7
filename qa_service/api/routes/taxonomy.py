"""The labels that count here: reasons, red lines, departments."""

from typing import Annotated

from fastapi import APIRouter

from qa_service.api.permissions import requires
from qa_service.api.schemas.taxonomy import TaxonomyBody
from qa_service.domain.role import Action, Caller
from qa_service.workflows.read_taxonomy import read_taxonomy

router = APIRouter(prefix="/v1", tags=["sops"])


@router.get("/taxonomy", summary="Reasons and red lines, built in and your own")
def taxonomy(caller: Annotated[Caller, requires(Action.READ_SOP)]) -> TaxonomyBody:
    """Your own stand in the file that `QA_TAXONOMY` names, or came with a rulebook; a change counts at once.

    `changes` tell what became of earlier ids.
    """
    return TaxonomyBody.model_validate(read_taxonomy(caller))
