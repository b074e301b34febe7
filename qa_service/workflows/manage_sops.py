"""SOP versions: drafts from YAML, published, rolled out place by place, rolled back, retired, read, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qa_service.domain.role import AccessEntry, Action, Caller
from qa_service.domain.rollout import Place, Rollback, Rollout, Wave
from qa_service.domain.sop import Sop
from qa_service.domain.sop_version import SopState, SopVersion
from qa_service.errors import InvalidInput, NotFound
from qa_service.rulebook import parse_new_sop, parse_sop
from qa_service.rulebook.sop_diff import SopDifference, compare_sops
from qa_service.store import Store, UnitOfWork
from qa_service.workflows.review_conversation import note

# What the access log calls it, and what the history of an SOP does.
EVENTS: Mapping[str, str] = {
    "save_sop_draft": "draft_saved",
    "publish_sop": "published",
    "roll_out_sop": "rolled_out",
    "end_sop_rollout": "rollout_ended",
    "roll_back_sop": "rolled_back",
    "retire_sop": "retired",
}


def save_draft(store: Store, caller: Caller, text: str, *, reason: str = "") -> SopVersion:
    """Store a draft, or the new text of one; raises InvalidSop naming the line."""
    caller.reach(Action.EDIT_SOP)
    sop = parse_new_sop(text, "the draft")
    with store.unit_of_work() as work:
        return keep_draft(work, caller, sop, text, reason=reason)


def keep_draft(work: UnitOfWork, caller: Caller, sop: Sop, text: str, *, reason: str) -> SopVersion:
    """Store a draft whose text was read already, inside a transaction."""
    draft = SopVersion(
        slug=sop.id,
        version=sop.version,
        yaml=text,
        digest=sop.digest,
        state=SopState.DRAFT,
        written_by=caller.id,
        written_at=work.sops.clock(),
        reason=reason,
    )
    note(work, caller, "save_sop_draft", _target(sop.id, sop.version), reason)
    return work.sops.save_draft(draft)


def publish(store: Store, caller: Caller, slug: str, version: int, *, reason: str = "") -> SopVersion:
    """Put a version in force for everybody from now on; those in force before are retired."""
    caller.reach(Action.PUBLISH_SOP)
    with store.unit_of_work() as work:
        _require_readable(work, slug, version)
        published = work.sops.publish(slug, version, by=caller.id, reason=reason)
        note(work, caller, "publish_sop", _target(slug, version), reason)
        return published


def roll_out(
    store: Store, caller: Caller, slug: str, version: int, waves: Sequence[Wave], *, reason: str = ""
) -> list[Rollout]:
    """Put a version in force in some places, each from its date on; elsewhere what is in force stays."""
    caller.reach(Action.PUBLISH_SOP)
    if not waves:
        raise InvalidInput("a rollout needs at least one wave: where, and from when on")
    with store.unit_of_work() as work:
        _require_readable(work, slug, version)
        added = work.sops.roll_out(slug, version, waves, by=caller.id, reason=reason)
        note(work, caller, "roll_out_sop", _target(slug, version), reason)
        return added


def empty_places(store: Store, caller: Caller, places: Sequence[Place]) -> list[Place]:
    """Those of the places where no stored conversation lies: often a name that is written otherwise."""
    caller.reach(Action.PUBLISH_SOP)
    with store.reading() as work:
        return [place for place in dict.fromkeys(places) if not work.conversations.any_at(place)]


def roll_back(store: Store, caller: Caller, slug: str, *, reason: str) -> Rollback:
    """Withdraw the version that came last, for what was in force before it, from now on."""
    caller.reach(Action.PUBLISH_SOP)
    if not reason.strip():
        raise InvalidInput("say why the SOP goes back (`reason`); it is kept with the rollouts")
    with store.unit_of_work() as work:
        back = work.sops.roll_back(slug, by=caller.id, reason=reason.strip())
        for one in back.begins:
            _require_readable(work, slug, one.version)
        note(work, caller, "roll_back_sop", _target(slug, back.withdrawn), reason.strip())
        return back


def end_rollout(store: Store, caller: Caller, slug: str, rollout_id: int, *, reason: str = "") -> Rollout:
    """End one rollout now, or drop it before it begins."""
    caller.reach(Action.PUBLISH_SOP)
    with store.unit_of_work() as work:
        ended = work.sops.end_rollout(slug, rollout_id, by=caller.id, reason=reason)
        note(work, caller, "end_sop_rollout", f"{_target(slug, ended.version)}/rollout/{rollout_id}", reason)
        return ended


def retire(store: Store, caller: Caller, slug: str, version: int, *, reason: str = "") -> SopVersion:
    """Take a version out of force everywhere."""
    caller.reach(Action.PUBLISH_SOP)
    with store.unit_of_work() as work:
        retired = work.sops.retire(slug, version, by=caller.id, reason=reason)
        note(work, caller, "retire_sop", _target(slug, version), reason)
        return retired


def read_versions(store: Store, caller: Caller, slug: str | None = None) -> list[SopVersion]:
    """All versions, of one SOP or of every SOP."""
    caller.reach(Action.READ_SOP)
    with store.reading() as work:
        return work.sops.versions(slug)


def read_version(store: Store, caller: Caller, slug: str, version: int) -> SopVersion:
    """One version; raises NotFound."""
    caller.reach(Action.READ_SOP)
    with store.reading() as work:
        return work.sops.get(slug, version)


def read_rollouts(store: Store, caller: Caller, slug: str) -> list[Rollout]:
    """Every rollout of an SOP, oldest record first; raises NotFound when there is no such SOP."""
    caller.reach(Action.READ_SOP)
    with store.reading() as work:
        if not work.sops.versions(slug):
            raise NotFound(f"there is no SOP {slug}")
        return work.sops.rollouts.all(slug)


@dataclass(frozen=True, slots=True)
class SopEvent:
    """What somebody did with a version; `rollout` is the one that was ended."""

    at: datetime
    by: str
    event: str
    version: int
    reason: str
    rollout: int | None = None


def read_history(store: Store, caller: Caller, slug: str) -> list[SopEvent]:
    """Who did what with the versions of an SOP, when and why, oldest first; raises NotFound."""
    caller.reach(Action.READ_SOP)
    with store.reading() as work:
        if not work.sops.versions(slug):
            raise NotFound(f"there is no SOP {slug}")
        return [_event(entry) for entry in work.access_log.about(f"sop/{slug}", EVENTS.keys())]


def _event(entry: AccessEntry) -> SopEvent:
    _, _, version, *rollout = entry.target.split("/")
    ended = int(rollout[-1]) if rollout else None
    return SopEvent(entry.at, entry.caller, EVENTS[entry.action], int(version), entry.reason, ended)


def compare_versions(
    store: Store, caller: Caller, slug: str, version: int, *, since: int | None = None
) -> tuple[int, list[SopDifference]]:
    """What a version changes, by meaning, since another one: the one with the number before it unless named.

    Returns that other number too; raises NotFound where there is no such version or none before it.
    """
    caller.reach(Action.READ_SOP)
    with store.reading() as work:
        new = work.sops.get(slug, version)
        earlier = [one.version for one in work.sops.versions(slug) if one.version < version]
        if since is None and not earlier:
            raise NotFound(f"SOP {slug} has no version before {version} to compare it with")
        base = since if since is not None else earlier[-1]
        old = work.sops.get(slug, base)
    return base, compare_sops(parse_sop(old.yaml, f"{slug} v{base}"), parse_sop(new.yaml, f"{slug} v{version}"))


def _require_readable(work: UnitOfWork, slug: str, version: int) -> None:
    """What may be written in an SOP may have become stricter since this one was stored."""
    parse_sop(work.sops.get(slug, version).yaml, f"{slug} v{version}")


def _target(slug: str, version: int) -> str:
    return f"sop/{slug}/{version}"
