"""Where versions of an SOP are in force: plans, their end, and the way back."""

from datetime import datetime, time, tzinfo
from typing import Annotated

from fastapi import APIRouter, Path

from qa_service.api.dependencies import TheServices, TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.rollouts import (
    RollbackBody,
    RolledOutBody,
    RolloutBody,
    RolloutsBody,
    SopHistoryBody,
    WaveBody,
    WavesBody,
    WhyBody,
)
from qa_service.domain.role import Action, Caller
from qa_service.domain.rollout import Place, Rollout, Wave
from qa_service.workflows import manage_sops

router = APIRouter(prefix="/v1", tags=["sops"])

Reader = Annotated[Caller, requires(Action.READ_SOP)]
Publisher = Annotated[Caller, requires(Action.PUBLISH_SOP)]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]
RolloutId = Annotated[int, Path(ge=1, le=2**53)]


@router.get("/sops/{slug}/rollouts", summary="Where the versions are in force", responses=problem_docs(404))
def listing(slug: str, store: TheStore, caller: Reader) -> RolloutsBody:
    """All that were ever recorded, ended ones too: a conversation is judged by the version of its team at its time."""
    return _bodies(manage_sops.read_rollouts(store, caller, slug))


@router.get("/sops/{slug}/history", summary="Who did what with the versions", responses=problem_docs(404))
def history(slug: str, store: TheStore, caller: Reader) -> SopHistoryBody:
    """Drafts, publications, rollouts, rollbacks and retirements, each with its day, its person and its reason."""
    return SopHistoryBody.model_validate({"items": manage_sops.read_history(store, caller, slug)})


@router.post(
    "/sops/{slug}/versions/{version}/rollouts",
    status_code=201,
    summary="Roll a version out",
    responses=problem_docs(404),
)
def roll_out(slug: str, version: Version, body: WavesBody, given: TheServices, caller: Publisher) -> RolledOutBody:
    """In force for the teams and products named, each from its date on; a draft is published by it.

    Where several rollouts cover a conversation, the one for the deepest branch counts, then one that names products,
    then the one laid last: each is laid over the others at its start, a plan for days gone by when it is recorded. So a
    plan with an earlier start counts for those days too, also against a version that was rolled back since; with
    `replaces` against narrower ones as well. Stored analyses stay; a re-score judges by the plan.
    """
    waves = [_wave(one, given.settings.zone) for one in body.waves]
    added = manage_sops.roll_out(given.store, caller, slug, version, waves, reason=body.reason)
    empty = manage_sops.empty_places(given.store, caller, [one.place for one in added])
    return RolledOutBody(items=_bodies(added).items, warnings=list(map(_nobody_at, empty)))


@router.post("/sops/{slug}/rollouts/{rollout_id}/end", summary="End one rollout", responses=problem_docs(404, 409))
def end(slug: str, rollout_id: RolloutId, body: WhyBody, store: TheStore, caller: Publisher) -> RolloutBody:
    """Now, or before it begins. What is in force beneath counts again; a version without any rollout is retired."""
    return RolloutBody.of(manage_sops.end_rollout(store, caller, slug, rollout_id, reason=body.reason))


@router.post("/sops/{slug}/rollback", summary="Go back to the version before", responses=problem_docs(404, 409))
def roll_back(slug: str, body: WhyBody, store: TheStore, caller: Publisher) -> RollbackBody:
    """The version that came last is withdrawn everywhere, from now on, for what was in force before it.

    Nothing is deleted: conversations of its time stay judged by it.
    """
    back = manage_sops.roll_back(store, caller, slug, reason=body.reason)
    ended = [one.id for one in back.ends if one.id is not None]
    return RollbackBody(withdrawn=back.withdrawn, ended=ended, begun=list(map(RolloutBody.of, back.begins)))


def _nobody_at(place: Place) -> str:
    where = [" / ".join(place.org)] if place.org else []
    where += ["products " + ", ".join(sorted(place.products))] if place.products else []
    named = " with ".join(where) or "everybody"
    return f"no stored conversation lies at {named}; compare the names with `agent.org` and `product` of conversations"


def _bodies(rollouts: list[Rollout]) -> RolloutsBody:
    return RolloutsBody(items=list(map(RolloutBody.of, rollouts)))


def _wave(body: WaveBody, zone: tzinfo) -> Wave:
    starts = body.starts
    if starts is not None and not isinstance(starts, datetime):
        starts = datetime.combine(starts, time(), zone)
    if starts is not None and starts.tzinfo is None:
        starts = starts.replace(tzinfo=zone)
    return Wave(Place(tuple(body.org), frozenset(body.products)), starts, body.replaces)
