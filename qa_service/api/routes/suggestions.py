"""Suggested revisions of SOPs: looked for, read, decided."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.suggestions import ChoiceBody, LookBody, SuggestionBody, SuggestionsBody, SuggestionsQuery
from qa_service.domain.role import Action, Caller
from qa_service.domain.suggestion_life import KeptSuggestion, SuggestionChoice, SuggestionState
from qa_service.workflows import keep_suggestions

router = APIRouter(prefix="/v1/suggestions", tags=["suggestions"])

Reader = Annotated[Caller, requires(Action.REPORT)]
Decider = Annotated[Caller, requires(Action.DECIDE_SUGGESTION)]


@router.get("", summary="Suggested revisions of the SOPs", responses=problem_docs(404))
def listing(store: TheStore, caller: Reader, query: Annotated[SuggestionsQuery, Query()]) -> SuggestionsBody:
    """Each with its evidence, the whole SOP as it would be under `patch`, and where it stands."""
    state = SuggestionState(query.state) if query.state else None
    found = keep_suggestions.list_suggestions(store, caller, sop=query.sop, state=state)
    return SuggestionsBody.model_validate({"items": [_body(one) for one in found.items], "looking": found.looking})


@router.post("", status_code=202, summary="Look for suggestions")
def look(store: TheStore, caller: Decider) -> LookBody:
    """A worker looks through all stored conversations. What was decided stays; a rejected suggestion comes back only
    with new evidence.
    """
    return LookBody(job=keep_suggestions.begin_looking(store, caller))


@router.get("/{suggestion_id}", summary="One suggestion", responses=problem_docs(404))
def one(suggestion_id: str, store: TheStore, caller: Reader) -> SuggestionBody:
    """With every decision about it."""
    return SuggestionBody.model_validate(_body(keep_suggestions.read_suggestion(store, caller, suggestion_id)))


@router.post("/{suggestion_id}/decisions", summary="Decide a suggestion", responses=problem_docs(404, 409))
def decide(suggestion_id: str, body: ChoiceBody, store: TheStore, caller: Decider) -> SuggestionBody:
    """Accepting makes a draft of the SOP, to be published or rolled out as any other; rejecting needs a reason that is
    kept. Once the version is published and measured, it is kept or rolled back.
    """
    choice = SuggestionChoice(body.choice)
    decided = keep_suggestions.decide_suggestion(store, caller, suggestion_id, choice, reason=body.reason)
    return SuggestionBody.model_validate(_body(decided))


def _body(one: KeptSuggestion) -> dict[str, Any]:
    stood = {name: getattr(one, name) for name in ("state", "base_version", "version", "first_at", "seen_at")}
    measured = f"/v1/sop-versions/{one.sop}@{one.version}/effect" if _measurable(one) else None
    return {**one.body, **stood, "measured_by": measured, "decisions": [asdict(decision) for decision in one.decisions]}


def _measurable(one: KeptSuggestion) -> bool:
    out = (SuggestionState.PUBLISHED, SuggestionState.KEPT, SuggestionState.ROLLED_BACK)
    return one.version is not None and one.state in out
