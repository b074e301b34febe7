"""SOPs and their versions: drafts in YAML, published, rolled back, retired."""

from typing import Annotated

from fastapi import APIRouter, Path

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.sops import DraftBody, ReasonBody, SopsBody, SopTextBody, SopVersionBody
from qa_service.domain.role import Action, Caller
from qa_service.workflows import manage_sops

router = APIRouter(prefix="/v1", tags=["sops"])

Reader = Annotated[Caller, requires(Action.READ_SOP)]
Writer = Annotated[Caller, requires(Action.EDIT_SOP)]
Publisher = Annotated[Caller, requires(Action.PUBLISH_SOP)]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/sops", summary="Every SOP version")
def listing(store: TheStore, caller: Reader) -> SopsBody:
    """By slug and version, without their text."""
    return SopsBody.model_validate({"items": manage_sops.read_versions(store, caller)})


@router.post("/sops", status_code=201, summary="Save a draft", responses=problem_docs(409))
def draft(body: DraftBody, store: TheStore, caller: Writer) -> SopVersionBody:
    """Slug and version stand in the YAML; a mistake in it is named with its line."""
    return SopVersionBody.model_validate(manage_sops.save_draft(store, caller, body.yaml, reason=body.reason))


@router.get("/sops/{slug}", summary="The versions of one SOP", responses=problem_docs(404))
def versions(slug: str, store: TheStore, caller: Reader) -> SopsBody:
    """Oldest first."""
    return SopsBody.model_validate({"items": manage_sops.read_versions(store, caller, slug)})


@router.get("/sops/{slug}/versions/{version}", summary="One version with its YAML", responses=problem_docs(404))
def one(slug: str, version: Version, store: TheStore, caller: Reader) -> SopTextBody:
    """As it was written."""
    return SopTextBody.model_validate(manage_sops.read_version(store, caller, slug, version))


@router.post("/sops/{slug}/versions/{version}/publication", summary="Publish a version", responses=problem_docs(404))
def publish(slug: str, version: Version, body: ReasonBody, store: TheStore, caller: Publisher) -> SopVersionBody:
    """New analyses use it from now on. Publishing an earlier version again rolls back."""
    return SopVersionBody.model_validate(manage_sops.publish(store, caller, slug, version, reason=body.reason))


@router.post("/sops/{slug}/versions/{version}/retirement", summary="Retire a version", responses=problem_docs(404))
def retire(slug: str, version: Version, store: TheStore, caller: Publisher) -> SopVersionBody:
    """Analyses made under it stay as they are."""
    return SopVersionBody.model_validate(manage_sops.retire(store, caller, slug, version))
