"""The API's documentation as a page of our own, since a service that works offline loads no viewer from elsewhere."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from qa_service.web.rendering import render

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint for readers."""

    method: str
    path: str
    summary: str
    description: str
    examples: tuple[tuple[str, str], ...]


@router.get("/docs")
def docs(request: Request) -> Response:
    """Every endpoint with its examples."""
    return render(request, "api.html", groups=endpoints(request.app.openapi()))


def endpoints(document: Mapping[str, Any]) -> list[tuple[str, list[Endpoint]]]:
    """The endpoints of an OpenAPI document by tag, in its order."""
    groups: dict[str, list[Endpoint]] = {}
    for path, operations in document["paths"].items():
        for method, one in operations.items():
            made = Endpoint(method.upper(), path, one["summary"], one["description"], _examples(one, document))
            groups.setdefault(one["tags"][0], []).append(made)
    return list(groups.items())


def _examples(operation: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    asked = _example(operation.get("requestBody", {}), document)
    answers = [body for status, body in operation["responses"].items() if status.startswith("2")]
    answered = _example(answers[0], document) if answers else None
    return tuple((name, text) for name, text in (("request", asked), ("response", answered)) if text)


def _example(body: Mapping[str, Any], document: Mapping[str, Any]) -> str | None:
    for content in body.get("content", {}).values():
        schema = content.get("schema", {})
        named = document["components"]["schemas"].get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
        example = content.get("example", named.get("example"))
        if example is not None:
            return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
    return None
