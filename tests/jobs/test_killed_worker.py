"""`kill -9` of the worker in the middle of an import: nothing is lost, nothing is done twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from qa_service.store import ConversationFilter, ImportState, JobState, Store

WORKER = Path(__file__).parent / "worker_process.py"
PATIENCE_S = 120
CHANCE = random.Random(9)


def start_worker(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(WORKER), url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def count_done(store: Store) -> tuple[int, int]:
    """Conversations stored, and analyses that count."""
    with store.reading() as work:
        return work.conversations.count(ConversationFilter()), work.conversations.count(ANALYSED)


ANALYSED = ConversationFilter(unsure=False)


def wait_until(reached, worker: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not reached():
        assert worker.poll() is None, "the worker ended by itself"
        assert time.monotonic() < ends, "no progress"
        time.sleep(0.02)


def kill_when(reached, url: str) -> None:
    worker = start_worker(url)
    wait_until(reached, worker)
    # Anywhere in the next transactions, not just after a commit.
    time.sleep(CHANCE.uniform(0, 0.04))
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()


LARGE = (5000, (0.05, 0.3, 0.6), (0.1, 0.4, 0.8))
SMALL = (1200, (0.1, 0.5), (0.4,))


@pytest.mark.parametrize(("kind", "size"), [("sqlite", LARGE), ("postgresql", SMALL)], ids=["sqlite", "postgresql"])
def test_every_conversation_is_analysed_exactly_once(kind, size, request, transcripts):
    count, while_importing, while_analysing = size
    url = request.getfixturevalue(f"{kind}_url")
    path = transcripts(count)
    with Store.open(url) as store:
        with store.unit_of_work() as work:
            work.jobs.enqueue("import", {"path": str(path), "by": "test"})
        stored, analysed = [], []
        for share in while_importing:
            kill_when(lambda share=share: count_done(store)[0] >= share * count, url)
            stored.append(count_done(store)[0])
        for share in while_analysing:
            kill_when(lambda share=share: count_done(store)[1] >= share * count, url)
            analysed.append(count_done(store)[1])
        # Each kill struck in the middle: at least one while the file was read, each before the end.
        assert 0 < stored[0] < count
        assert all(0 < done < count for done in analysed)
        worker = start_worker(url)
        wait_until(lambda: count_done(store)[1] >= count and _nothing_to_do(store), worker)
        worker.terminate()
        assert worker.wait(30) == 0
        _check(store, count)
    for file in (path for path in store.files() if path.exists()):
        assert b"13800000" not in file.read_bytes()


def _nothing_to_do(store: Store) -> bool:
    with store.reading() as work:
        counts = work.jobs.counts()
    return counts[JobState.QUEUED] + counts[JobState.LEASED] == 0


def _check(store: Store, count: int) -> None:
    with store.reading() as work:
        wanted = {f"c-{number:05}" for number in range(count)}
        every = Counter(one.id for one, _ in work.analyses.pairs(ConversationFilter(), include_retired=True))
        assert every == Counter(dict.fromkeys(wanted, 1))
        assert {one.id for one, _ in work.analyses.pairs(ConversationFilter())} == wanted
        (done,) = work.imports.page().items
        assert (done.state, done.read, done.new, done.unchanged) == (ImportState.DONE, count, count, 0)
        assert work.imports.defects(done.id) == []
        counts = work.jobs.counts()
        assert counts[JobState.DEAD] == 0
        jobs = work.jobs.find(subject=f"import/{done.id}", limit=count)
        numbers = Counter(number for job in jobs for number in job.payload["numbers"])
        assert len(numbers) == count and set(numbers.values()) == {1}
