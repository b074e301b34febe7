"""Which fields a request may have where it has one that is not known."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from fastapi import Request
from pydantic import BaseModel


def known_fields(request: Request, place: Sequence[str | int]) -> tuple[str, ...]:
    """The names beside the last part of a place such as `body, waves, 0, team`; none where that cannot be told."""
    found = list(_models(_asked(request, str(place[0]))))
    for part in place[1:-1]:
        if isinstance(part, str):
            inner = [field.annotation for one in found for name, field in _fields(one) if name == part]
            found = [model for annotation in inner for model in _models(annotation)]
    return tuple(dict.fromkeys(name for one in found for name, _ in _fields(one)))


def _asked(request: Request, part: str) -> Any:
    """The type of a request's body or query."""
    route: Any = request.scope.get("route")
    body = [route.body_field] if getattr(route, "body_field", None) else []
    query = getattr(getattr(route, "dependant", None), "query_params", [])
    wanted = {"body": body, "query": query}.get(part, [])
    return wanted[0].field_info.annotation if wanted else None


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The bodies in a type: itself, or the members of a list or a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _fields(model: type[BaseModel]) -> list[tuple[str, Any]]:
    return [(field.alias or name, field) for name, field in model.model_fields.items()]
