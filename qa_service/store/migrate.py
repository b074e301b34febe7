"""Bringing the tables of a database up to date, from code: no tool, no ini file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

FOLDER = Path(__file__).parent / "migrations"
# Any number, the same in every process: it makes them migrate one after the other.
LOCK = 7_212_961


def migrate(engine: Engine) -> None:
    """Run every migration that the database has not seen, all in one transaction."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        command.upgrade(config(connection), "head")


def config(connection: Connection) -> Config:
    """Alembic's settings for a connection that is already in a transaction."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings
