"""The store: one database, SQLite or PostgreSQL, opened by its URL."""

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from qa_service.errors import Conflict, InvalidInput
from qa_service.store.access import Clock
from qa_service.store.database import Base, open_engine
from qa_service.store.migrate import migrate
from qa_service.store.unit_of_work import UnitOfWork

CHINA = ZoneInfo("Asia/Shanghai")


def system_clock() -> datetime:
    """The time now."""
    return datetime.now(UTC)


class Store:
    """Everything that is kept; closed at the end of `with`."""

    def __init__(self, engine: Engine, *, clock: Clock, zone: tzinfo, master_key: bytes | None) -> None:
        self.clock = clock
        self.zone = zone
        self._engine = engine
        self._master_key = master_key

    @classmethod
    def open(
        cls, url: str, *, clock: Clock = system_clock, zone: tzinfo = CHINA, master_key: bytes | None = None
    ) -> "Store":
        """Open a database by its URL; `master_key` (32 bytes) is needed where originals are kept."""
        return cls(open_engine(url), clock=clock, zone=zone, master_key=master_key)

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def migrate(self) -> None:
        """Bring the tables up to this version of the code; safe to call from several processes at once.

        Raises InvalidInput when the database cannot be opened.
        """
        try:
            migrate(self._engine)
        except OperationalError as error:
            reason = str(error.orig).splitlines()[0]
            raise InvalidInput(f"the database cannot be opened ({reason}); check its URL and that it runs") from error

    def unit_of_work(self) -> UnitOfWork:
        """A writing transaction, committed at the end of `with`."""
        return self._work(self._engine, writes=True)

    def reading(self) -> UnitOfWork:
        """A reading transaction: one unchanging view of the data, nothing is ever committed."""
        options = {"reading": True}
        if self._engine.dialect.name == "postgresql":
            options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}  # type: ignore[dict-item]
        return self._work(self._engine.execution_options(**options), writes=False)

    def ready(self) -> bool:
        """Whether the database answers; raises what the driver raises when it does not."""
        with self._engine.execution_options(reading=True).connect() as connection:
            return bool(connection.execute(text("SELECT 1")).scalar_one())

    def files(self) -> list[Path]:
        """The files of an SQLite database; empty for PostgreSQL."""
        if self._engine.dialect.name != "sqlite":
            return []
        path = Path(str(self._engine.url.database)).resolve()
        return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))]

    def wipe_free_space(self) -> None:
        """Rewrite the database so that nothing deleted can be read from its files; takes a while on a large one."""
        with self._engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            if self._engine.dialect.name == "sqlite":
                connection.exec_driver_sql("VACUUM")
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
                if busy:
                    raise Conflict("the database is being read, so its log could not be wiped; try again later")
                return
            for table in sorted(Base.metadata.tables):
                connection.exec_driver_sql(f'VACUUM (FULL, ANALYZE) "{table}"')
            # The planner's statistics of a column hold values of it; those from before the deletion lie here.
            connection.exec_driver_sql("VACUUM FULL pg_statistic")

    def _work(self, engine: Engine, *, writes: bool) -> UnitOfWork:
        return UnitOfWork(engine, clock=self.clock, zone=self.zone, master_key=self._master_key, writes=writes)
