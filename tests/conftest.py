"""Databases for tests: every test that asks for `store` runs on SQLite and on PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings

from qa_service.store import Store
from qa_service.store.database import Base

# The same examples in every run, and no clock: a busy machine must not fail a test.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

ABSENT = "PostgreSQL's server programs are not installed (Debian: apt-get install postgresql); its tests are skipped"
CLUSTER_OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=50"


class StepClock:
    """A clock that only moves when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 9, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def step(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Cluster:
    """A PostgreSQL server of the test run's own, on a free port."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self.data = folder / "data"
        self._folder = folder
        self._port = free_port()
        self._databases = 0

    def start(self) -> None:
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D", self.data)
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 {CLUSTER_OPTIONS}"
        self._run("pg_ctl", "start", "--wait", "-D", self.data, "-o", options, "-l", self._folder / "log")
        with Store.open(self.new_database()) as store:
            store.migrate()

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--mode=immediate", "-D", self.data)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def new_database(self) -> str:
        """A database without tables; returns its URL."""
        self._databases += 1
        self._sql(f"CREATE DATABASE qa_{self._databases} TEMPLATE template0")
        return self.url(f"qa_{self._databases}")

    def emptied_database(self) -> str:
        """The first database, as good as new: making one for each test takes ten times as long."""
        tables = ", ".join(f'"{name}"' for name in sorted(Base.metadata.tables))
        self._sql(f"TRUNCATE {tables} RESTART IDENTITY", "qa_1")
        return self.url("qa_1")

    def write_everything_out(self) -> None:
        """Have the server write its memory to the data files and drop files that are no longer used."""
        self._sql("CHECKPOINT")

    def _sql(self, statement: str, database: str = "postgres") -> None:
        self._run("psql", "-q", self.url(database), "-v", "ON_ERROR_STOP=1", "-c", statement)

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        with (self._folder / "output").open("ab") as output:
            # Handed a file instead of a pipe: the server inherits it and would keep a pipe open.
            subprocess.run(command, check=True, stdout=output, stderr=output, cwd=self._folder, **server_user())


def server_user() -> dict[str, object]:
    """The server refuses to run as root, so root's tests run it as the package's own user."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def server_programs() -> Path | None:
    """The newest installed server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def running_cluster(programs: Path) -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="qa-postgresql-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    cluster = Cluster(programs, folder)
    try:
        cluster.start()
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One PostgreSQL server for the whole run; skips when it is not installed."""
    programs = server_programs()
    if programs is None:
        pytest.skip(ABSENT)
    with running_cluster(programs) as running:
        yield running


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with all tables, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    with Store.open(f"sqlite:///{path}") as store:
        store.migrate()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """The URL of a fresh SQLite database."""
    shutil.copy(migrated_sqlite, tmp_path / "qa.db")
    return f"sqlite:///{tmp_path / 'qa.db'}"


@pytest.fixture
def postgresql_url(cluster: Cluster) -> str:
    """The URL of an empty PostgreSQL database with all tables."""
    return cluster.emptied_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database, on both kinds in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def clock() -> StepClock:
    """A clock that stands still."""
    return StepClock()


@pytest.fixture
def store(database_url: str, clock: StepClock) -> Iterator[Store]:
    """An empty store with all tables, on both kinds of database in turn."""
    with Store.open(database_url, clock=clock, master_key=b"k" * 32) as opened:
        yield opened
