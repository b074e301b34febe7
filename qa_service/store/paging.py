"""Pages of long lists: an opaque cursor names the last thing seen, so that new arrivals never shift a page."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from qa_service.errors import InvalidInput

MAX_PAGE = 200
# More rows than there will ever be, and a number that every database takes.
MAX_NUMBER = 2**53

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page; `next_cursor` is None on the last."""

    items: tuple[T, ...]
    next_cursor: str | None


def page_size(limit: int) -> int:
    """The size asked for, refused outside 1 to MAX_PAGE."""
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(f"`limit` is {limit}; it must be from 1 to {MAX_PAGE}")
    return limit


def encode_cursor(moment: datetime, number: int) -> str:
    """The cursor after the thing of that time and number."""
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), number]).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, int]:
    """The time and number in a cursor; raises InvalidInput for anything this service did not make."""
    try:
        moment, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return datetime.fromisoformat(moment), cursor_number(str(number))
    except (ValueError, TypeError) as error:
        raise foreign_cursor() from error


def cursor_number(text: str) -> int:
    """The number in a cursor; raises InvalidInput for one that this service did not make."""
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_NUMBER):
        raise foreign_cursor()
    return int(text)


def foreign_cursor() -> InvalidInput:
    """What to raise for a cursor that this service did not make."""
    return InvalidInput("`cursor` is not one of this service; leave it out to start at the first page")
