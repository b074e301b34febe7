"""Bodies over the limit are refused while they arrive, with or without a Content-Length; so are NULs in addresses."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.api.error_responses import problem


class BodyLimit:
    """ASGI middleware: at most `max_bytes` of a request body reach the app."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, counting its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            # No id and no name holds one, and PostgreSQL refuses it.
            await problem(Request(scope), "not_found", "an address holds no NUL character")(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self.max_bytes:
            response = problem(Request(scope), "too_large", self._detail())
            response.headers["Connection"] = "close"
            await response(scope, receive, send)
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > self.max_bytes:
                # An HTTPException passes through the readers of JSON and of forms; another error would become a 400.
                raise HTTPException(413, self._detail())
            return message

        await self.app(scope, counted, send)

    def _detail(self) -> str:
        return f"the body is over {self.max_bytes} bytes; send fewer conversations at a time, or a smaller file"
