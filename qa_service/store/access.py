"""What every repository has: the transaction it works in, the clock, and the deployment's zone."""

from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from qa_service.store.database import Base

Clock = Callable[[], datetime]


class Access:
    """A repository's way to its tables, inside one transaction."""

    def __init__(self, session: Session, clock: Clock, zone: tzinfo) -> None:
        self.session = session
        self.clock = clock
        self.zone = zone

    def insert(self, row: type[Base]) -> Any:
        """An INSERT of the database at hand, which knows ON CONFLICT."""
        kind = sqlite if self.session.get_bind().dialect.name == "sqlite" else postgresql
        return kind.insert(row.__table__)

    def stream_rows(self, query: Executable, at_once: int) -> Iterator[Any]:
        """Rows of a query, a few in memory at a time."""
        yield from self.session.execute(query, execution_options={"yield_per": at_once})
