"""Every request is counted and logged by its route, never by its address: addresses may carry customers' ids."""

import time
from uuid import uuid4

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.api.error_responses import unexpected
from qa_service.api.metrics import Metrics
from qa_service.logs import logger

log = logger("api")

# Pages and answers hold personal data: no cache on the way, no frame around, no script but our own.
SECURITY_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
PAGE_POLICY = b"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


class RequestLog:
    """ASGI middleware: request id, security headers, a log line and a count for each request, an answer to failures."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it was answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, request_id = time.perf_counter(), uuid4().hex[:16]
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*_headers(message), (b"x-request-id", request_id.encode())]}
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            # Not passed on: the server would log its text, which may quote a customer.
            response = unexpected(Request(scope), error)
            if not status:
                await response(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - begun
            route = getattr(scope.get("route"), "path", "(none)")
            self.metrics.answered(method=scope["method"], route=route, status=status, seconds=seconds)
            caller = scope.get("caller")
            log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(1000 * seconds, 1),
                caller=caller.id if caller else None,
            )


def _headers(message: Message) -> list[tuple[bytes, bytes]]:
    given = list(message.get("headers", []))
    names = {name for name, _ in given}
    added = [(name, value) for name, value in SECURITY_HEADERS if name not in names]
    if b"content-security-policy" not in names:
        added.append((b"content-security-policy", PAGE_POLICY))
    return [*given, *added]
