"""Engines, column types and the base of all rows: one set of tables that means the same on SQLite and PostgreSQL."""

import json
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, MetaData, String, Text, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from qa_service.errors import InvalidInput

# A writer waits for another one this long before it gives up; the longest transaction is one import batch.
BUSY_TIMEOUT_MS = 30_000
# How long to wait before the log of a new file is asked for once more.
SWITCH_AGAIN_S = 0.01
# Enough for every thread that answers requests, the worker and its heartbeat.
POOL = {"pool_size": 10, "max_overflow": 40}

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every row."""

    metadata = MetaData(naming_convention=NAMES)


# SQLite only numbers rows by itself when the key is a plain INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")
# Compared and sorted by code point on both databases, so that pages and prefix searches agree.
Exact = String().with_variant(String(collation="C"), "postgresql")


class Moment(TypeDecorator[datetime]):
    """A point in time, kept in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Times go in as UTC; SQLite keeps them without an offset."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Times come out as UTC, with their offset."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """A JSON document kept as text: the same document is the same bytes on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Documents go in as compact JSON."""
        return None if value is None else dump_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Documents come out as plain objects."""
        return None if value is None else json.loads(value)


def dump_json(value: Any) -> str:
    """Compact JSON; escaped only where a lone surrogate in an unknown field would not survive UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def open_engine(url: str) -> Engine:
    """An engine for a database URL; raises InvalidInput when the URL is no SQLite or PostgreSQL URL."""
    try:
        parsed = make_url(url)
        name = parsed.get_backend_name()
    except ArgumentError as error:
        raise InvalidInput("the database URL cannot be read; write sqlite:///path or postgresql://…") from error
    if name == "sqlite":
        return _open_sqlite(parsed)
    if name in ("postgresql", "postgres"):
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **POOL)
    raise InvalidInput(f"the database URL names {name}; write sqlite:///path or postgresql://…")


def _open_sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise InvalidInput("an SQLite database needs a file: write sqlite:///path/to/qa.db")
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"no folder for the database {url.database} can be made: {error.strerror}") from error
    engine = create_engine(url, **POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` does, so that writers queue up at the start
    # instead of failing in the middle.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    _write_ahead(connection)


def _write_ahead(connection: Any) -> None:
    """Keep a write-ahead log. The first connection to a new file switches it, and SQLite does not let others wait."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(SWITCH_AGAIN_S)


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    reading = options.get("reading", False)
    connection.exec_driver_sql(f"PRAGMA query_only={int(reading)}")
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
