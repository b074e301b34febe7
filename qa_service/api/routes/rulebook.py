"""The whole rulebook out of the service and into it."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.sops import ImportedBody
from qa_service.domain.role import Action, Caller
from qa_service.workflows.exchange_rulebook import export_rulebook, import_rulebook

router = APIRouter(prefix="/v1", tags=["sops"])

Reader = Annotated[Caller, requires(Action.READ_SOP)]
Writer = Annotated[Caller, requires(Action.EDIT_SOP)]
ZIP = "application/zip"
ZIP_DOCS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`sops/<slug>/v<version>.yaml`, `taxonomy.yaml`, and `index.json` with states and rollouts",
        "content": {ZIP: {"schema": {"type": "string", "format": "binary"}, "example": "PK…"}},
    }
}


@router.get("/rulebook.zip", summary="Export the rulebook", responses=ZIP_DOCS, response_class=Response)
def export(store: TheStore, caller: Reader) -> Response:
    """Every version of every SOP, and your taxonomy where there is one; the same rulebook gives the same bytes."""
    headers = {"Content-Disposition": 'attachment; filename="rulebook.zip"'}
    return Response(export_rulebook(store, caller), media_type=ZIP, headers=headers)


@router.post("/rulebook", status_code=201, summary="Import a rulebook", responses=problem_docs(413))
def import_(
    *,
    store: TheStore,
    caller: Writer,
    file: Annotated[UploadFile, File(description="A zip of SOPs as YAML, or one SOP or taxonomy as YAML")],
    reason: Annotated[str, Form(max_length=2000, description="Why; kept with each draft")] = "",
) -> ImportedBody:
    """Every file is checked first: each mistake is named with file and line, and then nothing is imported.

    A version that is there already with the same content is left alone; the others become drafts. A taxonomy counts at
    once, and takes the right to publish.
    """
    name = (file.filename or "upload")[:200]
    return ImportedBody.model_validate(import_rulebook(store, caller, name, file.file.read(), reason=reason))
