"""Topics: what customers want again and again, with an identity that lasts, and what people decide about them."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from qa_service.api.dependencies import TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.queries import PageQuery
from qa_service.api.schemas.topics import (
    DivisionBody,
    MergerBody,
    StatementsBody,
    StoredTopicBody,
    StoredTopicsBody,
    TopicEventBody,
    TopicEventsBody,
    TopicNameBody,
    TopicsQuery,
    UpdateBody,
)
from qa_service.domain.role import Action, Caller
from qa_service.workflows import edit_topics, update_topics

router = APIRouter(prefix="/v1", tags=["topics"])

Reader = Annotated[Caller, requires(Action.REPORT)]
Curator = Annotated[Caller, requires(Action.CURATE_TOPICS)]
EventId = Annotated[int, Path(ge=1, le=2**53)]
GONE = problem_docs(404, 409)


@router.get("/topics", summary="Topics")
def listing(store: TheStore, caller: Reader, query: Annotated[TopicsQuery, Query()]) -> StoredTopicsBody:
    """Counted in distinct conversations, customers and agents within your reach, the most frequent first."""
    found, unassigned = edit_topics.read_topics(store, caller, weeks=query.week)
    return StoredTopicsBody.model_validate({"items": found, "unassigned": unassigned})


@router.get("/topics/events", summary="What happened to topics")
def events(store: TheStore, caller: Reader) -> TopicEventsBody:
    """Born, merged, split, dormant, revived, renamed: the last first."""
    return TopicEventsBody.model_validate({"items": edit_topics.read_events(store, caller)})


@router.post("/topics/updates", status_code=202, summary="Update the topics")
def update(store: TheStore, caller: Curator, response: Response) -> UpdateBody:
    """New statements join their topics, and only the rest is grouped; done by a worker."""
    job = update_topics.ask_for_update(store, caller)
    response.headers["Location"] = f"/v1/jobs/{job}"
    return UpdateBody(job=job)


@router.post("/topics/events/{event_id}/confirmation", summary="Confirm an event", responses=GONE)
def confirm(event_id: EventId, store: TheStore, caller: Curator) -> TopicEventBody:
    """What the machine did is right."""
    return TopicEventBody.model_validate(edit_topics.confirm_event(store, caller, event_id))


@router.post("/topics/events/{event_id}/undoing", summary="Undo an event", responses=GONE)
def undo(event_id: EventId, store: TheStore, caller: Curator) -> TopicEventBody:
    """Take back a birth, a merger, a division or a name; the machine does not do the same again."""
    return TopicEventBody.model_validate(edit_topics.undo_event(store, caller, event_id))


@router.get("/topics/{topic_id}", summary="One topic", responses=problem_docs(404))
def one(topic_id: str, store: TheStore, caller: Reader) -> StoredTopicBody:
    """With its weeks, some of what was said, and its events."""
    return StoredTopicBody.model_validate(edit_topics.read_topic(store, caller, topic_id))


@router.get("/topics/{topic_id}/statements", summary="The statements of a topic", responses=problem_docs(404))
def statements(topic_id: str, store: TheStore, caller: Reader, query: Annotated[PageQuery, Query()]) -> StatementsBody:
    """The last first; under `none` stand those that fit no topic."""
    page = edit_topics.read_statements(store, caller, topic_id, limit=query.limit, cursor=query.cursor)
    items = [asdict(placed.statement) | {"id": placed.id} for placed in page.items]
    return StatementsBody.model_validate({"items": items, "next_cursor": page.next_cursor})


@router.post("/topics/{topic_id}/name", summary="Name a topic", responses=GONE)
def rename(topic_id: str, body: TopicNameBody, store: TheStore, caller: Curator) -> TopicEventBody:
    """A name that a person gave is kept for ever."""
    told = edit_topics.rename_topic(store, caller, topic_id, label=body.label, definition=body.definition)
    return TopicEventBody.model_validate(told)


@router.post("/topics/{topic_id}/merger", summary="Merge a topic into another", responses=GONE)
def merge(topic_id: str, body: MergerBody, store: TheStore, caller: Curator) -> TopicEventBody:
    """What is like it belongs to the other from now on."""
    return TopicEventBody.model_validate(edit_topics.merge_topic(store, caller, topic_id, into=body.into))


@router.post("/topics/{topic_id}/division", summary="Split a topic", responses=GONE)
def divide(topic_id: str, body: DivisionBody, store: TheStore, caller: Curator) -> TopicEventBody:
    """Some of its statements become a topic of their own; the two are never merged by machine."""
    told = edit_topics.divide_topic(store, caller, topic_id, statements=body.statements, label=body.label)
    return TopicEventBody.model_validate(told)
