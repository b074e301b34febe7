"""The app: the API and the pages over one store, and, where wanted, a worker in a thread of the same process."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.formparsers import MultiPartParser

from qa_service import __version__
from qa_service.api.dependencies import Services
from qa_service.api.error_responses import answer_errors, document_problems
from qa_service.api.limits import BodyLimit
from qa_service.api.metrics import Metrics
from qa_service.api.request_log import RequestLog
from qa_service.api.routes import ROUTERS
from qa_service.config import Settings
from qa_service.jobs import Worker
from qa_service.logs import logger
from qa_service.store import Store
from qa_service.web.pages import add_pages
from qa_service.workflows.analyze_conversations import Analyzer
from qa_service.workflows.delete_customer import resume_deletions
from qa_service.workflows.import_conversations import Intake
from qa_service.workflows.job_handlers import build_handlers, forget_old_jobs
from qa_service.workflows.open_service import open_intake
from qa_service.workflows.send_notices import open_sender, outgoing_handlers
from qa_service.workflows.weekly_upkeep import await_upkeep

log = logger("app")

ABOUT = """Quality assurance for sales conversations: send conversations, get them scored with evidence,
review them, and read what they say about SOPs, complaints and needs.

Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problems with a stable `code`.
Personal data is masked before anything is stored."""


def create_app(
    settings: Settings, *, store: Store, intake: Intake | None = None, analyzer: Analyzer | None = None
) -> FastAPI:
    """The whole service over a migrated store; `analyzer` None leaves analysing to another process."""
    app = FastAPI(
        title="QA service", version=__version__, description=ABOUT, lifespan=_lifespan, docs_url=None, redoc_url=None
    )
    app.state.services = Services(settings, store, intake or open_intake(settings), analyzer)
    app.state.metrics = Metrics(store)
    # An upload over this size would be spooled to a file, unmasked; bodies are bounded anyway.
    MultiPartParser.spool_max_size = settings.max_body_bytes + 1
    for router in ROUTERS:
        app.include_router(router)
    answer_errors(app)
    add_pages(app)
    document_problems(app)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(RequestLog, metrics=app.state.metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    given: Services = app.state.services
    stop = threading.Event()
    workers = _start_workers(given, stop) if given.settings.worker_in_process and given.analyzer else []
    log.info("service_started", version=__version__)
    yield
    stop.set()
    for worker in workers:
        worker.join(timeout=60)


def _start_workers(given: Services, stop: threading.Event) -> list[threading.Thread]:
    assert given.analyzer is not None
    handlers = build_handlers(given.store, given.analyzer, intake=given.intake, out_dir=given.settings.exports_dir)
    worker = Worker(given.store, handlers)
    # A worker of its own: an urgent notice does not wait behind analyses, nor these for a slow receiver.
    sender = Worker(given.store, outgoing_handlers(given.store, open_sender(given.settings, given.store)))

    def run() -> None:
        forget_old_jobs(given.store)
        await_upkeep(given.store)
        resume_deletions(given.store, out_dir=given.settings.exports_dir)
        worker.run_forever(stop)

    threads = [
        threading.Thread(target=run, name="worker", daemon=True),
        threading.Thread(target=sender.run_forever, args=(stop,), name="sender", daemon=True),
    ]
    for thread in threads:
        thread.start()
    return threads
