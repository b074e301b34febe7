"""Is it alive, is it ready, how busy is it. Open to everybody; nothing here names a person."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from qa_service import __version__
from qa_service.api.dependencies import TheServices
from qa_service.api.metrics import Metrics
from qa_service.api.schemas.health import HealthBody, ReadyBody
from qa_service.logs import logger

router = APIRouter(tags=["health"])
log = logger("health")


@router.get("/healthz", summary="The process is alive")
def healthz() -> HealthBody:
    """Answers as long as the process runs."""
    return HealthBody(status="ok", version=__version__)


@router.get(
    "/readyz",
    summary="The service can work",
    response_model=ReadyBody,
    responses={503: {"model": ReadyBody, "description": "Not ready"}},
)
def readyz(given: TheServices) -> Response:
    """Ready when the database answers and, where this process analyses, the models are loaded."""
    try:
        database = given.store.ready()
    except Exception as error:
        log.warning("database_unreachable", error=error)
        database = False
    analyses = given.analyzer is not None or not given.settings.worker_in_process
    body = ReadyBody(ready=database and analyses, database=database, analyzer=given.analyzer is not None)
    return JSONResponse(body.model_dump(), 200 if body.ready else 503)


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"example": "qa_conversations 120.0"}}}},
)
def metrics(request: Request) -> Response:
    """Counts of requests, jobs and conversations."""
    found: Metrics = request.app.state.metrics
    return Response(generate_latest(found.registry), media_type=CONTENT_TYPE_LATEST)
