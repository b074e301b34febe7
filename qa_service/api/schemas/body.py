"""What all bodies share: they read domain objects by attribute, and carry an example into the documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """Base of every response body."""

    model_config = ConfigDict(from_attributes=True)


class RequestBody(BaseModel):
    """Base of every request body: a field that is not known is a mistake of the caller, never ignored."""

    model_config = ConfigDict(extra="forbid")


def shows(example: Any) -> ConfigDict:
    """The configuration of a response body with an example."""
    return ConfigDict(from_attributes=True, json_schema_extra={"example": example})


def asks(example: Any) -> ConfigDict:
    """The configuration of a request body with an example."""
    return ConfigDict(extra="forbid", json_schema_extra={"example": example})
