"""SOP versions: drafts from YAML, published, retired, read."""

from qa_service.domain.role import Action, Caller
from qa_service.domain.sop_version import SopState, SopVersion
from qa_service.rulebook import parse_sop
from qa_service.store import Store
from qa_service.workflows.review_conversation import note


def save_draft(store: Store, caller: Caller, text: str, *, reason: str = "") -> SopVersion:
    """Store a draft, or the new text of one; raises InvalidSop naming the line."""
    caller.reach(Action.EDIT_SOP)
    sop = parse_sop(text, "the draft")
    with store.unit_of_work() as work:
        draft = work.sops.save_draft(
            SopVersion(
                slug=sop.id,
                version=sop.version,
                yaml=text,
                digest=sop.digest,
                state=SopState.DRAFT,
                written_by=caller.id,
                written_at=store.clock(),
                reason=reason,
            )
        )
        note(work, caller, "save_sop_draft", f"sop/{draft.slug}/{draft.version}")
        return draft


def publish(store: Store, caller: Caller, slug: str, version: int, *, reason: str = "") -> SopVersion:
    """Make a version the one in use; the one before is retired. Publishing an older one again rolls back."""
    caller.reach(Action.PUBLISH_SOP)
    with store.unit_of_work() as work:
        # The rules for SOPs may have become stricter since the draft was written.
        parse_sop(work.sops.get(slug, version).yaml, f"{slug} v{version}")
        published = work.sops.publish(slug, version, by=caller.id, reason=reason)
        note(work, caller, "publish_sop", f"sop/{published.slug}/{published.version}")
        return published


def retire(store: Store, caller: Caller, slug: str, version: int) -> SopVersion:
    """Take a version out of use."""
    caller.reach(Action.PUBLISH_SOP)
    with store.unit_of_work() as work:
        retired = work.sops.retire(slug, version)
        note(work, caller, "retire_sop", f"sop/{retired.slug}/{retired.version}")
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
