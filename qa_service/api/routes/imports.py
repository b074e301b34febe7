"""Imports: transcript files of every format that the service reads."""

import hashlib
import io
import json
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, File, Form, Path, Query, Response, UploadFile

from qa_service.api.dependencies import Services, TheServices, TheStore
from qa_service.api.error_responses import problem_docs
from qa_service.api.permissions import requires
from qa_service.api.schemas.jobs import DefectsBody, ImportBody, ImportPage
from qa_service.api.schemas.queries import PageQuery
from qa_service.domain.role import Action, Caller
from qa_service.errors import Conflict, InvalidInput
from qa_service.ingest import NAMES, READERS, read_conversation_stream
from qa_service.ingest.column_mapping import ColumnMapping, mapping_from_json
from qa_service.ingest.reader import ReadOptions
from qa_service.logs import logger
from qa_service.store import Import, ImportState
from qa_service.workflows.import_conversations import begin_import, import_conversations

router = APIRouter(prefix="/v1", tags=["imports and jobs"], dependencies=[requires(Action.LOAD)])
log = logger("imports")

Loader = Annotated[Caller, requires(Action.LOAD)]
ImportId = Annotated[int, Path(ge=1, le=2**53)]
MAPPING = '{"columns": {"conversation_id": "通话编号", "speaker": "角色", "text": "内容"}}'


@router.post("/imports", status_code=202, summary="Import a file", responses=problem_docs(413))
def upload(
    *,
    given: TheServices,
    caller: Loader,
    later: BackgroundTasks,
    response: Response,
    file: Annotated[UploadFile, File(description="A transcript file; .gz too")],
    format: Annotated[str | None, Form(description=f"One of {NAMES}; found out by content when absent")] = None,
    mapping: Annotated[str | None, Form(description="Column mapping of a table, as JSON", examples=[MAPPING])] = None,
) -> ImportBody:
    """It is masked in memory and stored; ask the import how far it has come. The same file again goes on, or changes
    nothing.
    """
    if format is not None and format not in {reader.name for reader in READERS}:
        raise InvalidInput(f"`format` is {format!r:.60}; it must be one of {NAMES}")
    options = ReadOptions(mapping=_mapping(mapping), zone=given.settings.zone)
    # Read now: the upload is gone once this request is answered.
    content = file.file.read()
    name = (file.filename or "upload")[:200]
    digest = hashlib.sha256(content + repr((format, options)).encode()).hexdigest()
    record = begin_import(given.store, name, by=caller.id, digest=digest)
    later.add_task(_run, given, record, content, format, options)
    response.headers["Location"] = f"/v1/imports/{record.id}"
    return ImportBody.model_validate(record)


@router.get("/imports", summary="List imports")
def listing(store: TheStore, query: Annotated[PageQuery, Query()]) -> ImportPage:
    """Newest first."""
    with store.reading() as work:
        return ImportPage.model_validate(work.imports.page(limit=query.limit, cursor=query.cursor))


@router.get("/imports/{import_id}", summary="One import", responses=problem_docs(404))
def one(import_id: ImportId, store: TheStore) -> ImportBody:
    """How far it has come."""
    with store.reading() as work:
        return ImportBody.model_validate(work.imports.get(import_id))


@router.get("/imports/{import_id}/defects", summary="What an import could not take", responses=problem_docs(404))
def defects(
    import_id: ImportId,
    store: TheStore,
    after: Annotated[int, Query(ge=-1, le=2**31 - 1, description="Only those after this position")] = -1,
) -> DefectsBody:
    """In the order of the file, at most 1000 at a time."""
    with store.reading() as work:
        work.imports.get(import_id)
        return DefectsBody.model_validate({"items": work.imports.defects(import_id, after=after)})


def _mapping(text: str | None) -> ColumnMapping | None:
    if text is None:
        return None
    try:
        return mapping_from_json(json.loads(text))
    except ValueError as error:
        raise InvalidInput("`mapping` is not JSON; send it like " + MAPPING) from error


def _run(given: Services, record: Import, content: bytes, format: str | None, options: ReadOptions) -> None:
    readings = read_conversation_stream(io.BytesIO(content), record.name, format=format, options=options)
    try:
        import_conversations(given.store, readings, record, intake=given.intake)
    except Conflict:
        # The same file was sent twice at once: the other request goes on with this import.
        log.info("import_taken_up_elsewhere", import_id=record.id)
    except Exception as error:
        log.error("import_failed", import_id=record.id, error=error)
        with given.store.unit_of_work() as work:
            work.imports.end(record.id, ImportState.FAILED, "the import failed on our side; send the file again")
