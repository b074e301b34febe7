"""SOPs and their versions: drafts in YAML, published, rolled back, retired."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import PlainTextResponse

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.rollouts import DiffBody
from qa_service.api.schemas.sops import YAML, DraftBody, ReasonBody, SopsBody, SopTextBody, SopVersionBody
from qa_service.domain.role import Action, Caller
from qa_service.rulebook.diff_words import difference_in_words
from qa_service.workflows import manage_sops

router = APIRouter(prefix="/v1", tags=["sops"])

Reader = Annotated[Caller, requires(Action.READ_SOP)]
Writer = Annotated[Caller, requires(Action.EDIT_SOP)]
Publisher = Annotated[Caller, requires(Action.PUBLISH_SOP)]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]
Since = Annotated[
    int | None,
    Query(alias="from", ge=1, le=2**31 - 1, description="The version compared with; the one before if absent"),
]
YAML_TYPE = "application/yaml"
# A version may be retired without a body.
NO_REASON = ReasonBody(reason="")


class YamlResponse(PlainTextResponse):
    """YAML, in the type that RFC 9512 gives it."""

    media_type = YAML_TYPE


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


@router.get(
    "/sops/{slug}/versions/{version}/yaml",
    summary="One version as a YAML file",
    responses={200: {"content": {YAML_TYPE: {"example": YAML}}}, **problem_docs(404)},
    response_class=YamlResponse,
)
def yaml(slug: str, version: Version, store: TheStore, caller: Reader) -> YamlResponse:
    """As it was written, to keep, to edit, and to import again."""
    return YamlResponse(manage_sops.read_version(store, caller, slug, version).yaml)


@router.get("/sops/{slug}/versions/{version}/diff", summary="What a version changes", responses=problem_docs(404))
def diff(slug: str, version: Version, store: TheStore, caller: Reader, since: Since = None) -> DiffBody:
    """By meaning, not by line: steps, weights, words, order, obligations, red lines, checks, facts."""
    base, differences = manage_sops.compare_versions(store, caller, slug, version, since=since)
    items = [
        {**asdict(one), "zh": difference_in_words(one, "zh"), "en": difference_in_words(one, "en")}
        for one in differences
    ]
    return DiffBody.model_validate({"slug": slug, "since": base, "to": version, "items": items})


@router.post("/sops/{slug}/versions/{version}/publication", summary="Publish a version", responses=problem_docs(404))
def publish(slug: str, version: Version, body: ReasonBody, store: TheStore, caller: Publisher) -> SopVersionBody:
    """In force for everybody from now on; conversations of before keep the version of their time.

    To begin with some teams, or later, see its rollouts.
    """
    return SopVersionBody.model_validate(manage_sops.publish(store, caller, slug, version, reason=body.reason))


@router.post("/sops/{slug}/versions/{version}/retirement", summary="Retire a version", responses=problem_docs(404))
def retire(
    slug: str, version: Version, store: TheStore, caller: Publisher, body: ReasonBody = NO_REASON
) -> SopVersionBody:
    """Analyses made under it stay as they are, and so do conversations of its time."""
    return SopVersionBody.model_validate(manage_sops.retire(store, caller, slug, version, reason=body.reason))
