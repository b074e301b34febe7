"""Templates to responses, in the language of the reader."""

from datetime import datetime
from functools import cache, partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from qa_service.api.dependencies import services
from qa_service.api.error_responses import status_of
from qa_service.errors import QaError
from qa_service.web.conversation_page import moment
from qa_service.web.cookies import COOKIE, Signer
from qa_service.web.mistakes import told
from qa_service.web.texts import LANGUAGES, Translate, translator

LANGUAGE_COOKIE = "qa_language"


@cache
def _environment() -> Environment:
    loader = PackageLoader("qa_service.web", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page."""
    language = language_of(request)
    usual: dict[str, Any] = {
        "t": translator(language),
        "language": language,
        "csrf": signer_of(request).token(request.cookies.get(COOKIE, "")),
        "caller": None,
        "status": status,
        "mistake": None,
        "told": partial(told, language=language),
        "moment": partial(_moment, request),
    }
    return HTMLResponse(_environment().get_template(template).render(usual | values), status)


def language_of(request: Request) -> str:
    """What the reader chose; Chinese for who chose nothing."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def translate_for(request: Request) -> Translate:
    """The texts in the reader's language."""
    return translator(language_of(request))


def signer_of(request: Request) -> Signer:
    """What signs the cookies of this app."""
    signer: Signer = request.app.state.signer
    return signer


def mistake_page(request: Request, error: QaError) -> HTMLResponse:
    """A page that says what went wrong, and leads back."""
    detail = told(error.detail, error.code, language_of(request))
    return render(request, "mistake.html", status=status_of(error), detail=detail)


def _moment(request: Request, at: datetime | None) -> str:
    return moment(at, services(request).settings.zone)
