"""Errors as RFC 9457 problem+json: one table from the service's codes to HTTP statuses.

A problem carries a stable `code` and a sentence that says what to do. What went wrong inside is never shown.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from qa_service.api.known_fields import known_fields
from qa_service.errors import InvalidRulebook, QaError, ScoresStillOpen
from qa_service.logs import logger

log = logger("api")

STATUS: Mapping[str, int] = {
    "invalid_input": 422,
    "invalid_conversation": 422,
    "invalid_sop": 422,
    "ambiguous_sop": 422,
    "too_large": 413,
    "not_found": 404,
    "conflict": 409,
    "unauthenticated": 401,
    "forbidden": 403,
    "artifact_missing": 503,
    "no_answer": 503,
    "method_not_allowed": 405,
    "internal_error": 500,
}
TITLES: Mapping[int, str] = {
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict with what is stored",
    413: "Too large",
    422: "Cannot be used as it is",
    500: "Something went wrong on our side",
    503: "Not ready",
}
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 400: "invalid_input", 413: "too_large"}


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(examples=["body.turns"])
    message: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:qa-service:problem:not_found",
                "title": "Not found",
                "status": 404,
                "detail": "there is no conversation c-001 within your reach",
                "instance": "/v1/conversations/c-001",
                "code": "not_found",
                "errors": [],
            }
        }
    )
    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FieldProblem] = []


def problem_docs(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of the problems that an endpoint may answer with."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


def status_of(error: QaError) -> int:
    """The HTTP status of an error: its own, or that of the nearest error above it in the tree."""
    codes = [kind.code for kind in type(error).__mro__ if issubclass(kind, QaError)]
    return next((STATUS[code] for code in codes if code in STATUS), 500)


def problem(
    request: Request, code: str, detail: str, *, status: int | None = None, errors: Sequence[FieldProblem] = ()
) -> JSONResponse:
    """A problem+json response."""
    status = status or STATUS[code]
    body = Problem(
        type=f"urn:qa-service:problem:{code}",
        title=TITLES[status],
        status=status,
        detail=detail,
        instance=request.url.path,
        code=code,
        errors=list(errors),
    )
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body.model_dump(), status, headers, media_type="application/problem+json")


def answer_errors(app: FastAPI) -> None:
    """Make the app answer every expected error with a problem; `RequestLog` answers the others."""
    app.add_exception_handler(QaError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, http_problem)


def document_problems(app: FastAPI) -> None:
    """Put the problems that any endpoint may answer with into the OpenAPI document, beside those it names itself."""
    original = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = original()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for model in (Problem, FieldProblem):
                schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
                schemas[model.__name__].pop("$defs", None)
            for path, operations in document["paths"].items():
                for operation in operations.values():
                    _add_problems(path, operation)
        return app.openapi_schema or {}

    app.openapi = described  # type: ignore[method-assign]


def _add_problems(path: str, operation: dict[str, Any]) -> None:
    usual = (401, 403, 413, 422) if path.startswith("/v1/") else ()
    for status, body in problem_docs(*usual).items():
        operation["responses"][str(status)] = operation["responses"].get(str(status), {}) | body


def _expected(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, QaError)
    errors = [FieldProblem(field=field, message=one) for field, one in _listed(error)]
    return problem(request, error.code, error.detail, status=status_of(error), errors=errors)


def _listed(error: QaError) -> list[tuple[str, str]]:
    """What is wrong one by one: mistakes in uploaded files, each with file and line; conversations still open."""
    if isinstance(error, InvalidRulebook):
        return [("file", one) for one in error.problems]
    return [("conversation", one) for one in error.problems] if isinstance(error, ScoresStillOpen) else []


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # `input` is left out: it may hold what a customer said.
    errors = [
        FieldProblem(field=".".join(str(part) for part in one["loc"]), message=_message(request, one))
        for one in error.errors()
    ]
    first = f"{errors[0].field}: {errors[0].message}" if errors else "the request cannot be read"
    return problem(request, "invalid_input", f"the request does not fit its schema; {first}", errors=errors)


def _message(request: Request, error: Mapping[str, Any]) -> str:
    """What the schema says; of a field that it does not know, which ones it does."""
    known = known_fields(request, error["loc"]) if error["type"] == "extra_forbidden" else ()
    return f"not a known field; known are {', '.join(known)}" if known else str(error["msg"])


def http_problem(request: Request, error: Exception) -> JSONResponse:
    """The answer to what the framework refuses: an address where nothing is, a method not possible there."""
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, "invalid_input")
    details = {
        "not_found": "there is nothing at this address; see /docs for what there is",
        "method_not_allowed": f"{request.method} is not possible here; see /docs for what is",
    }
    response = problem(request, code, details.get(code, str(error.detail)))
    response.headers.update({key: value for key, value in (error.headers or {}).items() if key.lower() == "allow"})
    return response


def unexpected(request: Request, error: Exception) -> JSONResponse:
    """The answer to a failure on our side, which is logged without its text."""
    log.error("request_failed", error=error, method=request.method)
    return problem(request, "internal_error", "the request failed on our side; try again, then tell the operator")
