"""Tables and migrations are one thing, on both databases."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from qa_service.errors import InvalidInput
from qa_service.store import Store
from qa_service.store.database import Base, open_engine


def test_rows_and_migrations_agree(database_url):
    engine = open_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_indexes_sort_by_code_point_on_postgresql(postgresql_url):
    engine = open_engine(postgresql_url)
    query = text("SELECT collation_name FROM information_schema.columns WHERE table_name = :t AND column_name = :c")
    with engine.connect() as connection:
        for column in ("id", "org", "agent_id", "customer_id"):
            assert connection.execute(query, {"t": "conversation", "c": column}).scalar_one() == "C"
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_processes_may_migrate_at_once(kind, tmp_path, request):
    cluster = request.getfixturevalue("cluster") if kind == "postgresql" else None
    url = cluster.new_database() if cluster else f"sqlite:///{tmp_path / 'new.db'}"
    stores = [Store.open(url) for _ in range(3)]
    failed: list[Exception] = []

    def run(store: Store) -> None:
        try:
            store.migrate()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert set(inspect(stores[0]._engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    for store in stores:
        store.close()


def test_several_may_open_a_new_database_at_the_same_moment(tmp_path):
    failed: list[Exception] = []

    def connect(engine, together) -> None:
        together.wait()
        try:
            engine.connect().close()
        except Exception as error:
            failed.append(error)

    for number in range(40):
        engines = [open_engine(f"sqlite:///{tmp_path / f'{number}.db'}") for _ in range(4)]
        together = threading.Barrier(len(engines))
        threads = [threading.Thread(target=connect, args=(engine, together)) for engine in engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for engine in engines:
            engine.dispose()
    assert failed == []


def test_sqlite_is_opened_safely(sqlite_url):
    engine = open_engine(sqlite_url)
    wanted = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 30_000}
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
    engine.dispose()
    assert found == wanted


def test_a_database_that_is_away_is_told_without_its_password():
    url = "postgresql://someone:secret-word@127.0.0.1:1/qa?connect_timeout=2"
    with Store.open(url) as store, pytest.raises(InvalidInput, match="check its URL") as raised:
        store.migrate()
    assert "secret-word" not in str(raised.value)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_an_unusable_url_is_refused_with_what_to_write(url):
    with pytest.raises(InvalidInput, match="sqlite:///"):
        open_engine(url)


def test_the_store_is_ready_while_somebody_writes(database_url):
    with Store.open(database_url) as store, store.unit_of_work() as work:
        work.imports.begin("calls.jsonl", by="cli")
        assert store.ready()
