"""The forms of the workbench: each does one thing and leads back to the page."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from qa_service.api.dependencies import services
from qa_service.api.error_responses import status_of
from qa_service.api.schemas.body import KeepableBody, Words
from qa_service.domain.appeal import AppealPolicy
from qa_service.domain.review import Decision
from qa_service.errors import InvalidInput, QaError
from qa_service.web.conversation_page import ConversationPage, Viewer
from qa_service.web.rendering import render
from qa_service.web.signing_in import OurForm, PageRoute, Signed
from qa_service.workflows import review_appeal, review_conversation
from qa_service.workflows.review_appeal import DecisionRequest
from qa_service.workflows.review_conversation import OverrideRequest

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[OurForm])

Text = Annotated[Words, Form(max_length=5000)]


class OverrideForm(KeepableBody):
    """What the form about one finding holds; which of the optional fields, depends on its kind."""

    finding_key: str = Field(max_length=500)
    decision: Decision
    reason: str = Field("", max_length=2000)
    status: str | None = None
    met: str | None = None
    detected: str | None = None
    verdict: str | None = None
    turns: str = ""
    response_turn: str = ""
    reasons: list[str] = Field(default_factory=list)


class AdditionForm(KeepableBody):
    """A finding that the machine missed: what it is, and the words."""

    choice: str = Field(max_length=200, description="kind/id, such as red_line/rude")
    quote: str = Field(max_length=5000)
    turn: str
    start: str = ""
    end: str = ""
    reason: str = Field("", max_length=2000)


@router.post("/conversations/{conversation_id:path}/overrides")
def override(request: Request, conversation_id: str, viewer: Signed, form: Annotated[OverrideForm, Form()]) -> Response:
    """Confirm, change or strike out a finding."""

    def act() -> None:
        value = _value(form) if form.decision is Decision.CHANGE else {}
        wanted = OverrideRequest(form.decision, form.finding_key, value=value, reason=form.reason)
        review_conversation.override_finding(services(request).store, viewer.caller, conversation_id, wanted)

    return _back(request, viewer, conversation_id, act, form.finding_key)


@router.post("/conversations/{conversation_id:path}/findings")
def add(request: Request, conversation_id: str, viewer: Signed, form: Annotated[AdditionForm, Form()]) -> Response:
    """Add a finding that the machine missed."""

    def act() -> None:
        kind, _, chosen = form.choice.partition("/")
        wanted = OverrideRequest(Decision.ADD, kind=kind, value=_addition(kind, chosen, form), reason=form.reason)
        review_conversation.override_finding(services(request).store, viewer.caller, conversation_id, wanted)

    return _back(request, viewer, conversation_id, act, f"sec-{form.choice.partition('/')[0]}")


@router.post("/conversations/{conversation_id:path}/comments")
def comment(
    request: Request, conversation_id: str, viewer: Signed, text: Text = "", finding_key: Text = ""
) -> Response:
    """Say something."""

    def act() -> None:
        store, key = services(request).store, finding_key or None
        review_conversation.comment_on(store, viewer.caller, conversation_id, text, finding_key=key)

    return _back(request, viewer, conversation_id, act, finding_key or "comments")


@router.post("/conversations/{conversation_id:path}/settlement")
def settle(request: Request, conversation_id: str, viewer: Signed) -> Response:
    """Finish the review."""

    def act() -> None:
        review_conversation.settle_review(services(request).store, viewer.caller, conversation_id)

    return _back(request, viewer, conversation_id, act)


@router.post("/conversations/{conversation_id:path}/appeals")
def appeal(
    request: Request, conversation_id: str, viewer: Signed, finding_key: Text = "", reason: Text = ""
) -> Response:
    """Contest a finding."""

    def act() -> None:
        review_appeal.file(
            services(request).store,
            viewer.caller,
            conversation_id,
            finding_key=finding_key,
            reason=reason,
            policy=_policy(request),
        )

    return _back(request, viewer, conversation_id, act, "appeals")


@router.post("/appeals/{appeal_id}/decision")
def decide(
    *,
    request: Request,
    appeal_id: str,
    viewer: Signed,
    accepted: Annotated[bool, Form()],
    reason: Text = "",
    turns: Text = "",
) -> Response:
    """Decide an appeal."""
    store = services(request).store
    contested = review_appeal.read_appeal(store, viewer.caller, appeal_id)

    def act() -> None:
        wanted = DecisionRequest(accepted, reason, tuple(_numbers(turns)))
        review_appeal.decide(store, viewer.caller, appeal_id, wanted)

    return _back(request, viewer, contested.conversation_id, act, "appeals")


@router.post("/appeals/{appeal_id}/escalation")
def escalate(request: Request, appeal_id: str, viewer: Signed) -> Response:
    """Take an appeal to the second level."""
    store = services(request).store
    contested = review_appeal.read_appeal(store, viewer.caller, appeal_id)

    def act() -> None:
        review_appeal.take_further(store, viewer.caller, appeal_id, policy=_policy(request))

    return _back(request, viewer, contested.conversation_id, act, "appeals")


def _back(
    request: Request, viewer: Viewer, conversation_id: str, act: Callable[[], None], anchor: str = ""
) -> Response:
    """Do it and lead back to the page; or show the page with what was wrong."""
    try:
        act()
    except QaError as error:
        desk = review_conversation.open_dossier(services(request).store, viewer.caller, conversation_id)
        page = ConversationPage(desk, viewer)
        status = status_of(error)
        return render(request, "conversation.html", status=status, caller=viewer.caller, page=page, mistake=error)
    place = f"#{quote(anchor, safe='/')}" if anchor else ""
    return RedirectResponse(f"/conversations/{quote(conversation_id, safe='')}{place}", 303)


def _value(form: OverrideForm) -> dict[str, Any]:
    """The fields of the contract's finding that the form sets."""
    kind = form.finding_key.split("/", 1)[0]
    if kind == "step":
        done = form.status == "done"
        return {"status": form.status, "turns": _numbers(form.turns) if done else []}
    if kind == "obligation":
        met = form.met == "true"
        return {"met": met, "response_turn": _number(form.response_turn) if met else None}
    if kind == "check":
        return {"verdict": form.verdict}
    turns = _numbers(form.turns)
    reasons = [{"id": reason, "turns": turns} for reason in form.reasons]
    return {"detected": form.detected == "true", "turns": turns, "reasons": reasons}


def _addition(kind: str, chosen: str, form: AdditionForm) -> dict[str, Any]:
    names = {"red_line": "id", "promise": "kind", "need": "kind", "competitor": "stance"}
    if kind not in names:
        raise InvalidInput("choose what kind of finding it is")
    value: dict[str, Any] = {names[kind]: chosen, "turn": _number(form.turn)}
    if form.start and form.end:
        return value | {"start": _number(form.start), "end": _number(form.end)}
    return value | {"text" if kind == "need" else "quote": form.quote}


def _numbers(text: str) -> list[int]:
    return [_number(part) for part in text.replace("，", ",").replace("#", "").split(",") if part.strip()]


def _number(text: str) -> int:
    digits = text.strip().removeprefix("#")
    if not digits.isdecimal() or len(digits) > 6:
        raise InvalidInput(f"{text[:20]!r} is not the number of a turn")
    return int(digits)


def _policy(request: Request) -> AppealPolicy:
    return AppealPolicy(window_days=services(request).settings.appeal_window_days)
