"""What all bodies share: they read domain objects by attribute, and carry an example into the documentation."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from qa_service.domain.json_values import refuse_unkeepable
from qa_service.domain.period import dated, week_period
from qa_service.errors import QaError


def keepable(value: Any) -> Any:
    """The value, unless a database could not keep it: NUL characters, halves of surrogate pairs, huge numbers."""
    try:
        refuse_unkeepable(value, "a value")
    except QaError as error:
        raise ValueError(error.detail) from error
    return value


def _day(value: date) -> date:
    """The day, unless no conversation can lie there: arithmetic and databases end somewhere."""
    try:
        return dated(value)
    except QaError as error:
        raise ValueError(error.detail) from error


def _week(value: str) -> str:
    """The ISO week, if there is such a one, of our days."""
    try:
        week_period(value)
    except QaError as error:
        raise ValueError(error.detail) from error
    return value


Day = Annotated[date, AfterValidator(_day)]
Week = Annotated[str, AfterValidator(_week)]
Words = Annotated[str, AfterValidator(keepable)]
Branch = Annotated[list[Words], Field(max_length=20, description="The branch it is about; empty: everybody")]


class Body(BaseModel):
    """Base of every response body."""

    model_config = ConfigDict(from_attributes=True)


class KeepableBody(BaseModel):
    """Base of what callers send: nothing that a database could not keep."""

    @model_validator(mode="before")
    @classmethod
    def _keepable(cls, value: Any) -> Any:
        return keepable(value) if isinstance(value, dict) else value


class RequestBody(KeepableBody):
    """Base of every request body: a field that is not known is a mistake of the caller, never ignored."""

    model_config = ConfigDict(extra="forbid")


def shows(example: Any) -> ConfigDict:
    """The configuration of a response body with an example."""
    return ConfigDict(from_attributes=True, json_schema_extra={"example": example})


def asks(example: Any) -> ConfigDict:
    """The configuration of a request body with an example."""
    return ConfigDict(extra="forbid", json_schema_extra={"example": example})
