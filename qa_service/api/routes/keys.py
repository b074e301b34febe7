"""Keys, the people who hold them, and the access log: for admins."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.keys import (
    AccessLogPage,
    KeyBody,
    KeyRequestBody,
    KeysBody,
    NewKeyBody,
    PeopleBody,
    PersonBody,
)
from qa_service.api.schemas.queries import AccessQuery
from qa_service.domain.role import Action, Caller
from qa_service.workflows import manage_keys
from qa_service.workflows.manage_keys import KeyRequest

router = APIRouter(prefix="/v1", tags=["administration"])

Admin = Annotated[Caller, requires(Action.ADMINISTER)]


@router.post("/keys", status_code=201, summary="Make a key", responses=problem_docs(409))
def issue(body: KeyRequestBody, store: TheStore, caller: Admin) -> NewKeyBody:
    """The secret is shown this once; only a digest is kept."""
    wanted = KeyRequest(body.holder, body.role, tuple(body.org), body.agent_id)
    made = manage_keys.create_key(store, caller, wanted)
    return NewKeyBody.model_validate({**KeyBody.model_validate(made.key).model_dump(), "secret": made.secret})


@router.get("/keys", summary="Every key")
def listing(store: TheStore, caller: Admin) -> KeysBody:
    """Oldest first, without secrets."""
    return KeysBody.model_validate({"items": manage_keys.list_keys(store, caller)})


@router.delete("/keys/{key_id}", summary="End a key", responses=problem_docs(404))
def revoke(key_id: str, store: TheStore, caller: Admin) -> KeyBody:
    """At once, for the pages too."""
    return KeyBody.model_validate(manage_keys.revoke_key(store, caller, key_id))


@router.get("/users", summary="The people who can use the service")
def people(store: TheStore, caller: Admin) -> PeopleBody:
    """Everybody with a key in force, by name."""
    keys = [key for key in manage_keys.list_keys(store, caller) if key.revoked_at is None]
    counts = Counter(key.holder for key in keys)
    first = {key.holder: key for key in reversed(keys)}
    return PeopleBody(
        items=[
            PersonBody(id=name, role=key.role, org=list(key.org), agent_id=key.agent_id, keys=counts[name])
            for name, key in sorted(first.items())
        ]
    )


@router.get("/access-log", summary="Who did what")
def access_log(store: TheStore, caller: Admin, query: Annotated[AccessQuery, Query()]) -> AccessLogPage:
    """Newest first: overrides, appeals, decisions, keys, and every look at unmasked text with its reason."""
    page = manage_keys.read_access_log(store, caller, target=query.target, limit=query.limit, cursor=query.cursor)
    return AccessLogPage.model_validate(page)
