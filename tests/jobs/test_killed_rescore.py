"""`kill -9` of the worker in the middle of a re-score: every conversation is counted once, none is lost."""

import time

import pytest

from qa_service.domain.rescore import RescoreRange, RescoreState
from qa_service.domain.role import Caller, Role
from qa_service.jobs import Worker
from qa_service.store import Store
from qa_service.workflows.import_conversations import import_file
from qa_service.workflows.job_handlers import build_handlers
from qa_service.workflows.rescore_conversations import begin_rescore
from tests.jobs.test_killed_worker import kill_when, start_worker, wait_until

COUNT = 1500
LEAD = Caller("lead", Role.QA_LEAD)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_killed_worker_loses_and_repeats_nothing_of_a_rescore(kind, request, transcripts, analyzer, intake):
    url = request.getfixturevalue(f"{kind}_url")
    with Store.open(url) as store:
        import_file(store, transcripts(COUNT), by="test", intake=intake)
        Worker(store, build_handlers(store, analyzer, intake=intake)).run_until_idle()
        begun = begin_rescore(store, LEAD, RescoreRange())

        def done() -> int:
            with store.reading() as work:
                return work.rescores.get(begun.id).counts.done

        seen = []
        for share in (0.1, 0.5):
            kill_when(lambda share=share: done() >= share * COUNT, url)
            seen.append(done())
        assert all(0 < number < COUNT for number in seen)
        worker = start_worker(url)
        wait_until(lambda: done() >= COUNT, worker)
        time.sleep(0.2)
        worker.terminate()
        assert worker.wait(30) == 0
        with store.reading() as work:
            found = work.rescores.get(begun.id)
        assert (found.state, found.counts.total, found.counts.done) == (RescoreState.DONE, COUNT, COUNT)
        assert (found.counts.unchanged, found.counts.not_reproduced) == (COUNT, 0)
