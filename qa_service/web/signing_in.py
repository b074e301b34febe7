"""Who looks at a page, and whether a form came from one of our pages."""

from typing import Annotated

from fastapi import Depends, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute

from qa_service.api.dependencies import services
from qa_service.domain.role import Caller
from qa_service.errors import Forbidden, QaError, Unauthenticated
from qa_service.web.conversation_page import Viewer
from qa_service.web.cookies import COOKIE
from qa_service.web.rendering import mistake_page, render, signer_of, translate_for
from qa_service.workflows.manage_keys import key_in_force


def signed_in(request: Request) -> Viewer:
    """The viewer behind the cookie; raises Unauthenticated, which leads to the sign-in page."""
    given = services(request)
    cookie = request.cookies.get(COOKIE, "")
    key_id = signer_of(request).key_id(cookie, now=given.store.clock())
    if key_id is None:
        raise Unauthenticated("sign in first")
    caller: Caller = key_in_force(given.store, key_id).caller
    request.scope["caller"] = caller
    return Viewer(caller, translate_for(request), given.settings.zone, signer_of(request).token(cookie))


def our_form(request: Request, csrf: Annotated[str, Form()] = "") -> None:
    """Refuse forms of other sites."""
    cookie = request.cookies.get(COOKIE, "")
    if request.headers.get("sec-fetch-site") == "cross-site" or not signer_of(request).token_fits(csrf, cookie):
        raise Forbidden("this form is out of date or comes from another site; reload the page and send it again")


Signed = Annotated[Viewer, Depends(signed_in)]
OurForm = Depends(our_form)


class PageRoute(APIRoute):
    """A route whose errors are pages, not problem+json."""

    def get_route_handler(self):  # type: ignore[no-untyped-def]
        """The handler, with expected errors shown to people."""
        handler = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                response: Response = await handler(request)
                return response
            except Unauthenticated:
                return RedirectResponse("/sign-in", 303)
            except QaError as error:
                return mistake_page(request, error)
            except RequestValidationError as error:
                fields = ", ".join(str(one["loc"][-1]) for one in error.errors())
                detail = translate_for(request)("cannot_be_read", fields=fields)
                return render(request, "mistake.html", status=422, detail=detail)

        return shown
