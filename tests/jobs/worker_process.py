"""A worker in a process of its own, for tests that kill it: `python worker_process.py URL`."""

import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest import TINY_INTAKE, TinyAnalyzer

from qa_service.jobs import Worker
from qa_service.store import Store
from qa_service.workflows.job_handlers import build_handlers

# Short, so that the next worker need not wait long for what a killed one held.
LEASE = timedelta(seconds=1)


def main(url: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Store.open(url) as store:
        handlers = build_handlers(store, TinyAnalyzer(), intake=TINY_INTAKE)
        Worker(store, handlers, lease=LEASE, idle_s=0.02).run_forever(stop)


if __name__ == "__main__":
    main(sys.argv[1])
