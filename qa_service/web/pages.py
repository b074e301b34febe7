"""The pages that are read: the list, one conversation, the door."""

import secrets
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from qa_service.api.dependencies import services
from qa_service.api.error_responses import http_problem, status_of
from qa_service.domain.role import Action
from qa_service.errors import NotFound, Unauthenticated
from qa_service.store import ConversationFilter, ListedConversation
from qa_service.web.actions import router as actions
from qa_service.web.api_page import router as api_page
from qa_service.web.conversation_page import ConversationPage, Viewer
from qa_service.web.cookies import COOKIE, LIFE, Signer
from qa_service.web.rendering import LANGUAGE_COOKIE, mistake_page, render, signer_of, translate_for
from qa_service.web.signing_in import OurForm, PageRoute, Signed
from qa_service.web.texts import LANGUAGES
from qa_service.workflows.manage_keys import authenticate
from qa_service.workflows.review_appeal import waiting_appeals
from qa_service.workflows.review_conversation import (
    conversations_named,
    list_conversations,
    open_dossier,
    review_queue,
)

router = APIRouter(route_class=PageRoute, include_in_schema=False)


def add_pages(app: FastAPI) -> None:
    """Mount the workbench on the app."""
    secret = app.state.services.settings.secret
    app.state.signer = Signer(secret.get_secret_value().encode() if secret else secrets.token_bytes(32))
    app.include_router(api_page)
    app.include_router(actions)
    app.include_router(router)
    _answer_lost_readers(app)
    app.mount("/static", StaticFiles(packages=[("qa_service.web", "static")]), name="static")


def _answer_lost_readers(app: FastAPI) -> None:
    """Show a page, not problem+json, to a browser at an address where nothing is."""

    async def shown(request: Request, error: Exception) -> Response:
        lost = isinstance(error, HTTPException) and error.status_code == 404
        if lost and "text/html" in request.headers.get("accept", ""):
            return mistake_page(request, NotFound("there is nothing at this address; see /docs for what there is"))
        return http_problem(request, error)

    app.add_exception_handler(HTTPException, shown)


@router.get("/sign-in")
def door(request: Request) -> Response:
    """Where a key is taken."""
    return render(request, "sign_in.html")


@router.post("/sign-in", dependencies=[OurForm])
def sign_in(request: Request, key: Annotated[str, Form(max_length=500)]) -> Response:
    """Exchange a key for a cookie that names it."""
    given = services(request)
    try:
        found = authenticate(given.store, key.strip())
    except Unauthenticated as error:
        return render(request, "sign_in.html", status=status_of(error), mistake=error)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE,
        signer_of(request).cookie(found.id, now=given.store.clock()),
        max_age=int(LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/sign-out", dependencies=[OurForm])
def sign_out() -> Response:
    """Forget the cookie."""
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@router.post("/language")
def language(request: Request, to: Annotated[str, Form()] = "") -> Response:
    """Chinese or English, from now on."""
    back = urlsplit(request.headers.get("referer", "/")).path
    response = RedirectResponse(back if back.startswith("/") and not back.startswith("//") else "/", 303)
    if to in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, to, max_age=365 * 24 * 3600, samesite="lax")
    return response


@router.get("/")
def listing(
    request: Request,
    viewer: Signed,
    view: Annotated[str, Query()] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Conversations within reach; what waits for the viewer first."""
    views = ["waiting", "appeals", "all"] if viewer.caller.may(Action.OVERRIDE) else ["all", "appeals"]
    chosen = view if view in views else views[0]
    lines, following = _lines(request, viewer, chosen, cursor)
    return render(
        request,
        "conversations.html",
        caller=viewer.caller,
        views=views,
        view=chosen,
        lines=lines,
        next_cursor=following,
        flags=flags,
    )


@router.get("/conversations/{conversation_id:path}")
def conversation(request: Request, conversation_id: str, viewer: Signed) -> Response:
    """One conversation with its evidence, its verdicts and what can be done about them."""
    page = ConversationPage(open_dossier(services(request).store, viewer.caller, conversation_id), viewer)
    return render(request, "conversation.html", caller=viewer.caller, page=page, t=translate_for(request))


def flags(line: ListedConversation) -> list[tuple[str, str]]:
    """What a reader should notice about a conversation: (text key, tone)."""
    noticed = [
        (line.veto == "proposed", "veto.proposed", "doubt"),
        (line.veto == "confirmed", "veto.confirmed", "bad"),
        (bool(line.contradictions), "urgency.contradiction", "bad"),
        (bool(line.complaint), "sec.complaint", "bad"),
        (bool(line.refund), "sec.refund", "bad"),
        (line.problem is not None, "analysis_failed", "doubt"),
        (line.analysis_id is None and line.problem is None, "not_analysed", "plain"),
        (line.score_state == "provisional" and line.veto != "proposed", "urgency.provisional", "doubt"),
        (bool(line.unsure) and line.score_state != "provisional", "urgency.doubt", "plain"),
    ]
    return [(key, tone) for holds, key, tone in noticed if holds]


def _lines(
    request: Request, viewer: Viewer, view: str, cursor: str | None
) -> tuple[list[ListedConversation], str | None]:
    store, caller = services(request).store, viewer.caller
    if view == "waiting":
        return review_queue(store, caller, ConversationFilter(), limit=100), None
    if view == "appeals":
        ids = dict.fromkeys(appeal.conversation_id for appeal in waiting_appeals(store, caller))
        return conversations_named(store, caller, ids), None
    page = list_conversations(store, caller, ConversationFilter(), cursor=cursor)
    return list(page.items), page.next_cursor
