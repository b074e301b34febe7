"""Suggestions from proposal to measured change: looked for by a worker, decided by people, tried as a draft."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa_service.config import Settings
from qa_service.domain.effect import OUTCOMES
from qa_service.domain.role import Action, Caller
from qa_service.domain.sop_version import SopState
from qa_service.domain.suggestion_life import (
    CLOSED,
    KeptSuggestion,
    SuggestionChoice,
    SuggestionDecision,
    SuggestionState,
    new_evidence,
)
from qa_service.errors import Conflict, InvalidInput, NotFound
from qa_service.jobs import Lease
from qa_service.rulebook import dump_sop, parse_new_sop, parse_sop
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.compute_effects import EffectsQuestion
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.manage_sops import keep_draft
from qa_service.workflows.open_encoder import open_encoder
from qa_service.workflows.read_stored import StoredVerdicts
from qa_service.workflows.review_conversation import note
from qa_service.workflows.sops_in_force import published_sops
from qa_service.workflows.suggest_revisions import revision_to_json, suggest_revisions

SUGGEST = "suggest"
_WORDED = frozenset({"add_step", "add_red_line"})


@dataclass(frozen=True)
class Found:
    """The suggestions within a caller's reach; `looking`: a worker is looking for new ones."""

    items: Sequence[KeptSuggestion]
    looking: bool


def begin_looking(store: Store, caller: Caller) -> int:
    """Let a worker look for suggestions in all stored conversations; one that waits or looks already does."""
    caller.reach(Action.DECIDE_SUGGESTION)
    with store.unit_of_work() as work:
        note(work, caller, "look_for_suggestions", "suggestions")
        return queue_looking(work)


def queue_looking(work: UnitOfWork) -> int:
    """Queue a look; the number of its job, or of the one that waits or looks already."""
    return work.jobs.enqueue_once(SUGGEST)


def look(lease: Lease, *, store: Store) -> None:
    """Look for suggestions and keep them: what a worker does."""
    settings = Settings()
    with store.reading() as work:
        events, sops = list(work.outcomes.stream()), published_sops(work)
    question = EffectsQuestion(tuple(OUTCOMES), sops, events, zone=store.zone)
    judged = StoredVerdicts(store, ConversationFilter())
    encode = open_encoder(settings.models_dir, fast=settings.fast)
    found = [revision_to_json(one) for one in suggest_revisions(judged, question, encode)]
    bases = {sop.id: sop.version for sop in sops}
    with store.unit_of_work() as work:
        keep(work, found, bases)
        lease.complete(work)


def keep(work: UnitOfWork, found: Iterable[Mapping[str, Any]], bases: Mapping[str, int]) -> None:
    """Store what was found for the SOPs of `bases` (their versions); what was decided stays, save for new evidence."""
    stored = {one.id: one for one in work.suggestions.all()}
    now = work.sops.clock()
    seen: set[str] = set()
    for body in found:
        old = stored.get(body["id"]) or _same(body, stored.values())
        one = body if old is None else {**body, "id": old.id}
        seen.add(one["id"])
        base = bases[one["sop"]]
        if old is None:
            work.suggestions.save(KeptSuggestion(one["id"], one["sop"], base, SuggestionState.PROPOSED, one, now, now))
        else:
            work.suggestions.save(replace(_renewed(old, one, base), seen_at=now))
    for old in stored.values():
        if old.id not in seen and old.state is SuggestionState.PROPOSED and old.sop in bases:
            work.suggestions.save(replace(old, state=SuggestionState.LAPSED))


def list_suggestions(
    store: Store, caller: Caller, *, sop: str | None = None, state: SuggestionState | None = None
) -> Found:
    """All suggestions, their examples as far as the caller may see them; raises NotFound for an unknown SOP."""
    with store.reading() as work:
        if sop is not None and not work.sops.versions(sop):
            raise NotFound(f"there is no SOP {sop}; see /v1/sops")
        shown = [_shown(work, caller, one) for one in work.suggestions.all(sop)]
        looking = bool(work.jobs.unfinished(SUGGEST))
    return Found([one for one in shown if state in (None, one.state)], looking)


def read_suggestion(store: Store, caller: Caller, suggestion_id: str) -> KeptSuggestion:
    """One suggestion, its examples as far as the caller may see them; raises NotFound."""
    with store.reading() as work:
        return _shown(work, caller, work.suggestions.get(suggestion_id))


def decide_suggestion(
    store: Store, caller: Caller, suggestion_id: str, choice: SuggestionChoice, *, reason: str
) -> KeptSuggestion:
    """Decide: accepting makes a draft of the SOP with the next free number; every decision needs a reason."""
    caller.reach(Action.DECIDE_SUGGESTION)
    if not reason.strip():
        raise InvalidInput("say why (`reason`); it is kept with the suggestion")
    with store.unit_of_work() as work:
        one = _with_state(work, work.suggestions.get(suggestion_id, lock=True))
        after = one.after(choice)
        evidence = {key: value for key, value in one.body["evidence"].items() if key != "examples"}
        decision = SuggestionDecision(choice, reason.strip(), caller.id, work.sops.clock(), evidence)
        decided = replace(one, state=after, decisions=(*one.decisions, decision))
        if choice is SuggestionChoice.ACCEPT:
            decided = replace(decided, version=_draft(work, caller, one, reason.strip()))
        work.suggestions.save(decided)
        note(work, caller, f"{choice.value}_suggestion", f"suggestion/{suggestion_id}", reason.strip())
        return _shown(work, caller, decided)


def _draft(work: UnitOfWork, caller: Caller, one: KeptSuggestion, reason: str) -> int:
    """The patch as a draft with the next free number, unless the SOP has moved on since it was made."""
    in_use = {sop.id: sop.version for sop in published_sops(work)}.get(one.sop)
    if in_use != one.base_version:
        raise Conflict(
            f"this suggestion changes version {one.base_version} of {one.sop}, and version {in_use} is in use now;"
            " look for suggestions again"
        )
    if not one.body["patch"]:
        raise Conflict("its words went with a deleted customer; look for suggestions again")
    number = max(version.version for version in work.sops.versions(one.sop)) + 1
    document = dict(parse_sop(one.body["patch"], f"suggestion {one.id}").document) | {"version": number}
    text = dump_sop(document)
    keep_draft(work, caller, parse_new_sop(text, f"suggestion {one.id}"), text, reason=reason)
    return number


def _renewed(old: KeptSuggestion, body: Mapping[str, Any], base: int) -> KeptSuggestion:
    """A stored suggestion that was found again."""
    if old.state in (SuggestionState.PROPOSED, SuggestionState.LAPSED):
        return replace(old, state=SuggestionState.PROPOSED, body=body, base_version=base)
    if old.state not in CLOSED:
        return old
    before = old.decisions[-1].evidence
    if not new_evidence(before, body["evidence"], times=load_insight().suggest.new_n):
        return old
    return replace(old, state=SuggestionState.PROPOSED, body=body, base_version=base, version=None)


def _same(body: Mapping[str, Any], stored: Iterable[KeptSuggestion]) -> KeptSuggestion | None:
    """The stored suggestion of the same words, whose habit bears another name since another wording is heard most."""
    if body["kind"] not in _WORDED:
        return None
    words = _quotes(body)
    alike = (one for one in stored if (one.sop, one.body["kind"]) == (body["sop"], body["kind"]))
    return next((one for one in sorted(alike, key=lambda one: one.id) if words & _quotes(one.body)), None)


def _quotes(body: Mapping[str, Any]) -> set[str]:
    return {example["quote"] for example in body["evidence"]["examples"]}


def _with_state(work: UnitOfWork, one: KeptSuggestion) -> KeptSuggestion:
    """An accepted suggestion whose draft was published is published."""
    if one.state is not SuggestionState.ACCEPTED or one.version is None:
        return one
    try:
        draft = work.sops.get(one.sop, one.version)
    except NotFound:
        return one
    return one if draft.state is SopState.DRAFT else replace(one, state=SuggestionState.PUBLISHED)


def _shown(work: UnitOfWork, caller: Caller, one: KeptSuggestion) -> KeptSuggestion:
    """As the caller may see it: without examples of conversations out of reach, and without names of agents."""
    scope = caller.reach(Action.REPORT)
    one = _with_state(work, one)
    if scope.whole:
        return one
    evidence = one.body["evidence"]
    visible = work.suggestions.visible({example["conversation_id"] for example in evidence["examples"]}, scope)
    examples = [example for example in evidence["examples"] if example["conversation_id"] in visible]
    return replace(one, body={**one.body, "coach": [], "evidence": {**evidence, "examples": examples}})
