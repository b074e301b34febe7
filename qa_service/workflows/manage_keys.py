"""API keys: made once, shown once, kept as digests."""

import hashlib
import secrets
from dataclasses import dataclass
from uuid import uuid4

from qa_service.domain.role import AccessEntry, Action, ApiKey, Caller, Role
from qa_service.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from qa_service.store import Page, Store, UnitOfWork
from qa_service.workflows.review_conversation import note

PREFIX = "qa_"
SYSTEM = Caller("system", Role.ADMIN)
"""Who acts when the operator works at the command line."""


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """Whose key, in which role, and for which part of the organisation."""

    holder: str
    role: Role
    org: tuple[str, ...] = ()
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; the secret is nowhere else."""

    key: ApiKey
    secret: str


def create_key(store: Store, caller: Caller, wanted: KeyRequest) -> NewKey:
    """Make a key for a person; a second key of one person has the same role and place."""
    caller.reach(Action.ADMINISTER)
    _check(wanted)
    secret = PREFIX + secrets.token_urlsafe(32)
    with store.unit_of_work() as work:
        _agree(work, wanted)
        key = ApiKey(
            id=uuid4().hex[:12],
            digest=digest(secret),
            holder=wanted.holder,
            role=wanted.role,
            created_at=store.clock(),
            org=wanted.org,
            agent_id=wanted.agent_id,
        )
        work.api_keys.add(key)
        note(work, caller, "create_key", f"key/{key.id}")
    return NewKey(key, secret)


def revoke_key(store: Store, caller: Caller, key_id: str) -> ApiKey:
    """End a key at once."""
    caller.reach(Action.ADMINISTER)
    with store.unit_of_work() as work:
        revoked = work.api_keys.revoke(key_id)
        note(work, caller, "revoke_key", f"key/{key_id}")
        return revoked


def list_keys(store: Store, caller: Caller) -> list[ApiKey]:
    """Every key, without its secret."""
    caller.reach(Action.ADMINISTER)
    with store.reading() as work:
        return work.api_keys.all()


def read_access_log(
    store: Store, caller: Caller, *, target: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[AccessEntry]:
    """Who did what, newest first."""
    caller.reach(Action.ADMINISTER)
    with store.reading() as work:
        return work.access_log.page(target=target, limit=limit, cursor=cursor)


def authenticate(store: Store, secret: str) -> ApiKey:
    """The key with that secret; raises Unauthenticated when it is unknown or ended."""
    with store.reading() as work:
        key = work.api_keys.by_digest(digest(secret))
    if key is None or key.revoked_at is not None:
        raise Unauthenticated("this key is unknown or was ended; ask an admin for a new one")
    return key


def key_in_force(store: Store, key_id: str) -> ApiKey:
    """The key of that id; raises Unauthenticated when it was ended."""
    with store.reading() as work:
        try:
            key = work.api_keys.get(key_id)
        except NotFound:
            key = None
    if key is None or key.revoked_at is not None:
        raise Unauthenticated("this key was ended; ask an admin for a new one")
    return key


def digest(secret: str) -> str:
    """What is stored of a secret. The secret is 256 random bits, so a plain hash cannot be searched backwards."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _check(wanted: KeyRequest) -> None:
    if not wanted.holder.strip():
        raise InvalidInput("`holder` is empty; name the person or the system that uses the key")
    if wanted.role is Role.AGENT and not wanted.agent_id:
        raise InvalidInput("a key of the role agent needs `agent_id`: the agent's id as in the conversations")
    if wanted.role in (Role.SALES_MANAGER, Role.TEAM_LEAD) and not any(wanted.org):
        raise InvalidInput(f"a key of the role {wanted.role.value} needs `org`: the node it answers for")


def _agree(work: UnitOfWork, wanted: KeyRequest) -> None:
    for key in work.api_keys.all():
        same = (key.role, key.org, key.agent_id) == (wanted.role, wanted.org, wanted.agent_id)
        if key.holder == wanted.holder and key.revoked_at is None and not same:
            raise Conflict(f"{wanted.holder} has a key with the role {key.role.value}; end it before changing the role")
