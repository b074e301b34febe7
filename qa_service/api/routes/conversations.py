"""Conversations: sent in, listed, read, with their analyses."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Body, Query, Response
from fastapi.responses import JSONResponse

from qa_service.api.dependencies import Services, TheServices, TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.analyses import AnalysesBody, AnalysisBody, QueuedBody, StoredAnalysisBody
from qa_service.api.schemas.body import Words
from qa_service.api.schemas.conversations import (
    CONVERSATION,
    BatchBody,
    BatchResult,
    ChangesBody,
    ConversationBody,
    ConversationPage,
    TakenBody,
)
from qa_service.api.schemas.queries import ConversationQuery
from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json, conversation_to_json
from qa_service.domain.role import Action, Caller
from qa_service.errors import Conflict, InvalidConversation, QaError, TooLarge
from qa_service.review.bodies import keyed_json
from qa_service.store import Added, Arrival
from qa_service.workflows.import_conversations import add_conversations
from qa_service.workflows.review_conversation import (
    Dossier,
    list_conversations,
    open_dossier,
    read_history,
    read_original,
)

router = APIRouter(prefix="/v1", tags=["conversations"])

Reader = Annotated[Caller, requires(Action.READ)]
Witness = Annotated[Caller, requires(Action.SEE_UNMASKED)]

CONVERSATION_DOCS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The conversation", "content": {"application/json": {"example": CONVERSATION}}}
}


@router.post(
    "/conversations",
    status_code=201,
    dependencies=[requires(Action.LOAD)],
    summary="Send one conversation",
    response_model=TakenBody,
    responses={200: {"model": TakenBody, "description": "Known already"}, **problem_docs(409, 413)},
)
def send(body: ConversationBody, given: TheServices) -> Response:
    """Mask it, store it, queue its analysis. Sending it again changes nothing; other turns under its id are a 409."""
    conversation = _read(body.model_dump(exclude_unset=True), given)
    added = add_conversations(given.store, [conversation], intake=given.intake)[0]
    if added.arrival is Arrival.CONFLICT:
        raise Conflict(added.reason or "")
    if added.arrival is Arrival.REFUSED:
        raise InvalidConversation(added.reason or "")
    status = 201 if added.arrival is Arrival.NEW else 200
    return JSONResponse(_taken(added).model_dump(), status, {"Location": f"/v1/conversations/{quote(added.id)}"})


@router.post(
    "/conversations/batch",
    summary="Send several conversations",
    dependencies=[requires(Action.LOAD)],
    responses=problem_docs(413),
)
def send_batch(body: BatchBody, given: TheServices) -> BatchResult:
    """Each is taken or refused by itself; the answer is in the order sent."""
    if len(body.conversations) > given.settings.max_batch:
        raise TooLarge(f"{len(body.conversations)} conversations; at most {given.settings.max_batch} in one batch")
    readings = [_read_or_refuse(one, given) for one in body.conversations]
    good = [one for one in readings if isinstance(one, Conversation)]
    added = iter(add_conversations(given.store, good, intake=given.intake))
    items = [_taken(next(added)) if isinstance(one, Conversation) else one for one in readings]
    refused = sum(item.reason is not None for item in items)
    return BatchResult(taken=len(items) - refused, refused=refused, items=items)


@router.get("/conversations", summary="List conversations")
def listing(store: TheStore, caller: Reader, query: Annotated[ConversationQuery, Query()]) -> ConversationPage:
    """Those within your reach, newest first."""
    page = list_conversations(store, caller, query.wanted(), limit=query.limit, cursor=query.cursor)
    return ConversationPage.model_validate(page)


@router.get(
    "/conversations/{conversation_id:path}/analysis",
    summary="The analysis that counts",
    response_model=AnalysisBody,
    responses={202: {"model": QueuedBody, "description": "Not analysed yet"}, **problem_docs(404, 409)},
)
def analysis(
    conversation_id: str,
    store: TheStore,
    caller: Reader,
    verdict: Annotated[
        Literal["machine", "reviewer", "final"], Query(description="Whose verdict; after a review they may differ")
    ] = "machine",
) -> Response:
    """The contract's analysis object; 202 while it waits, 409 when the conversation cannot be analysed as it is."""
    desk = open_dossier(store, caller, conversation_id)
    if desk.verdicts is None:
        return _waiting(desk)
    return JSONResponse(keyed_json(getattr(desk.verdicts, verdict)))


@router.get(
    "/conversations/{conversation_id:path}/analyses",
    summary="Every analysis of a conversation",
    responses=problem_docs(404),
)
def analyses(conversation_id: str, store: TheStore, caller: Reader) -> AnalysesBody:
    """Oldest first; each carries the versions of SOP, models and code that it was made with."""
    history = read_history(store, caller, conversation_id)
    items = [
        StoredAnalysisBody(
            id=one.id,
            current=one.current,
            analysed_at=one.analysed_at,
            analysis=AnalysisBody.model_validate(keyed_json(one.analysis)),
        )
        for one in history.analyses
    ]
    return AnalysesBody(items=items)


@router.get(
    "/conversations/{conversation_id:path}/history",
    summary="Every update of a conversation",
    responses=problem_docs(404),
)
def history(conversation_id: str, store: TheStore, caller: Reader) -> ChangesBody:
    """What later deliveries changed in outcome, tags or agent data; turns never change."""
    return ChangesBody.model_validate({"items": read_history(store, caller, conversation_id).changes})


@router.post(
    "/conversations/{conversation_id:path}/original",
    summary="The unmasked conversation",
    response_model=None,
    responses={**CONVERSATION_DOCS, **problem_docs(404)},
)
def original(
    conversation_id: str,
    given: TheServices,
    caller: Witness,
    reason: Annotated[Words, Body(embed=True, min_length=1, max_length=500, examples=["客户投诉核实"])],
) -> dict[str, Any]:
    """Only where originals are kept. Who looked, when and why is written to the access log."""
    return conversation_to_json(read_original(given.store, caller, conversation_id, reason=reason))


@router.get(
    "/conversations/{conversation_id:path}",
    summary="One conversation",
    response_model=None,
    responses={**CONVERSATION_DOCS, **problem_docs(404)},
)
def one(conversation_id: str, store: TheStore, caller: Reader) -> dict[str, Any]:
    """As stored: personal data is masked character by character, `personal` names what stood there."""
    return conversation_to_json(open_dossier(store, caller, conversation_id).conversation)


def _read(body: Any, given: Services) -> Conversation:
    return conversation_from_json(body, zone=given.settings.zone)


def _read_or_refuse(body: Any, given: Services) -> Conversation | TakenBody:
    try:
        return _read(body, given)
    except QaError as error:
        given_id = body.get("id") if isinstance(body, dict) else None
        return TakenBody(id=str(given_id or "")[:500], arrival="refused", analysis=None, reason=error.detail)


def _taken(added: Added) -> TakenBody:
    where = None if added.reason else f"/v1/conversations/{quote(added.id)}/analysis"
    return TakenBody(id=added.id, arrival=added.arrival.value, analysis=where, reason=added.reason)


def _waiting(desk: Dossier) -> Response:
    if desk.problem is not None:
        raise Conflict(f"this conversation cannot be analysed: {desk.problem.detail} ({desk.problem.code})")
    detail = f"conversation {desk.listed.id} waits for its analysis; ask again in a moment"
    return JSONResponse(QueuedBody(state="queued", detail=detail).model_dump(), 202, {"Retry-After": "1"})
