from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from qa_service.domain.role import Caller, Role
from qa_service.jobs import Worker
from qa_service.store import JobState, Store
from qa_service.workflows.keep_suggestions import SUGGEST, begin_looking, look
from qa_service.workflows.update_topics import UPDATE_TOPICS, run_update
from qa_service.workflows.weekly_upkeep import UPKEEP, await_upkeep, run_upkeep
from tests.api.conftest import TickingClock

MONDAY = datetime(2026, 10, 11, 20, 0, tzinfo=UTC)  # 04:00 of the 12th in China


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with Store.open(database_url, clock=TickingClock()) as opened:
        opened.clock.now = datetime(2026, 10, 9, 2, 0, tzinfo=UTC)
        yield opened


def finish(store: Store) -> None:
    work = {UPKEEP: run_upkeep, UPDATE_TOPICS: run_update, SUGGEST: look}
    Worker(store, {kind: partial(handler, store=store) for kind, handler in work.items()}).run_until_idle()


def done(store: Store) -> list[str]:
    with store.reading() as work:
        return sorted(job.kind for job in work.jobs.find(state=JobState.DONE, limit=50))


def test_topics_and_suggestions_are_looked_at_once_a_week(store: Store) -> None:
    await_upkeep(store)
    finish(store)
    assert done(store) == []
    store.clock.now = MONDAY
    finish(store)
    finish(store)
    assert done(store) == [SUGGEST, UPDATE_TOPICS]


def test_weeks_without_a_service_are_done_once(store: Store) -> None:
    await_upkeep(store)
    store.clock.now = datetime(2026, 11, 4, 3, 0, tzinfo=UTC)
    await_upkeep(store)
    finish(store)
    assert done(store) == [SUGGEST, UPDATE_TOPICS]


def test_two_services_that_start_at_once_do_the_work_once(store: Store) -> None:
    await_upkeep(store)
    with store.unit_of_work() as work:
        work.jobs.enqueue(UPKEEP, {}, subject=UPKEEP, due_at=MONDAY)
    store.clock.now = MONDAY
    finish(store)
    assert done(store) == [SUGGEST, UPDATE_TOPICS, UPKEEP]
    with store.reading() as work:
        assert len(work.jobs.unfinished(UPKEEP)) == 1


def test_who_asks_while_a_look_waits_gets_that_look(store: Store) -> None:
    lead = Caller("lead-zhao", Role.QA_LEAD)
    assert begin_looking(store, lead) == begin_looking(store, lead)
