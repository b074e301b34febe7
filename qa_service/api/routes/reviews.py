"""Reviews: the queue, overrides, comments, settlement, and settled reviews as labelled examples."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.queries import QueueQuery
from qa_service.api.schemas.reviews import (
    CommentBody,
    CommentRequestBody,
    DossierBody,
    OverrideBody,
    OverrideRequestBody,
    QueueBody,
    ReviewBody,
)
from qa_service.domain.conversation_json import conversation_to_json
from qa_service.domain.role import Action, Caller
from qa_service.review.bodies import keyed_json
from qa_service.workflows import review_conversation
from qa_service.workflows.review_conversation import Dossier, OverrideRequest

router = APIRouter(prefix="/v1", tags=["reviews"])

Reader = Annotated[Caller, requires(Action.READ)]
Reviewer = Annotated[Caller, requires(Action.OVERRIDE)]
Commenter = Annotated[Caller, requires(Action.COMMENT)]
Exporter = Annotated[Caller, requires(Action.REPORT)]
EXAMPLE = '{"id": "c-001", "turns": […], "gold": {"steps": [{"id": "greeting", "turns": [0]}], …}}\n'


@router.get("/reviews/queue", summary="What to read next")
def queue(store: TheStore, caller: Reviewer, query: Annotated[QueueQuery, Query()]) -> QueueBody:
    """Conversations that nobody has reviewed, or whose analysis contradicts a decision; the most pressing first."""
    found = review_conversation.review_queue(store, caller, query.wanted(), limit=query.limit)
    return QueueBody.model_validate({"items": found})


@router.get(
    "/reviews/labels",
    summary="Settled reviews as labelled examples",
    response_class=Response,
    responses={200: {"description": "JSON lines", "content": {"application/x-ndjson": {"example": EXAMPLE}}}},
)
def labels(store: TheStore, caller: Exporter) -> Response:
    """One conversation a line, with the final verdict under `gold`: train and measure with it."""
    return StreamingResponse(
        _lines(review_conversation.export_labels(store, caller)), media_type="application/x-ndjson"
    )


@router.post(
    "/reviews/{conversation_id:path}/overrides",
    status_code=201,
    summary="Decide about one finding",
    responses=problem_docs(404, 409),
)
def override(conversation_id: str, body: OverrideRequestBody, store: TheStore, caller: Reviewer) -> OverrideBody:
    """Confirm, change, remove or add; the first one opens the review. The machine's own verdict stays as it is."""
    wanted = OverrideRequest(**body.model_dump())
    made = review_conversation.override_finding(store, caller, conversation_id, wanted)
    return OverrideBody.model_validate(made)


@router.post(
    "/reviews/{conversation_id:path}/comments", status_code=201, summary="Comment", responses=problem_docs(404)
)
def comment(conversation_id: str, body: CommentRequestBody, store: TheStore, caller: Commenter) -> CommentBody:
    """On the conversation, or on one finding of it."""
    made = review_conversation.comment_on(store, caller, conversation_id, body.text, finding_key=body.finding_key)
    return CommentBody.model_validate(made)


@router.post(
    "/reviews/{conversation_id:path}/settlement", summary="Settle the review", responses=problem_docs(404, 409)
)
def settle(conversation_id: str, store: TheStore, caller: Reviewer) -> ReviewBody:
    """The reviewer stands behind every finding; doubts and vetoes must have been decided one by one."""
    return ReviewBody.model_validate(review_conversation.settle_review(store, caller, conversation_id))


@router.get("/reviews/{conversation_id:path}", summary="A reviewer's desk", responses=problem_docs(404))
def desk(conversation_id: str, store: TheStore, caller: Reader) -> DossierBody:
    """The conversation and the three verdicts on it: machine, reviewer, final."""
    return _desk(review_conversation.open_dossier(store, caller, conversation_id))


def _desk(found: Dossier) -> DossierBody:
    three: dict[str, Any] = {"machine": None, "reviewer": None, "final": None}
    if found.verdicts is not None:
        three = {name: keyed_json(getattr(found.verdicts, name)) for name in three}
    said: dict[str, Any] = {name: list(getattr(found, name)) for name in ("overrides", "comments", "appeals")}
    said |= {"frozen": found.frozen, "corrections": found.corrections}
    said |= {name: getattr(found.verdicts, name, ()) for name in ("contradictions", "set_aside")}
    body = {"conversation": conversation_to_json(found.conversation), "review": found.review}
    return DossierBody.model_validate(body | three | said)


def _lines(examples: Iterator[dict[str, Any]]) -> Iterator[str]:
    for example in examples:
        yield json.dumps(example, ensure_ascii=False) + "\n"
