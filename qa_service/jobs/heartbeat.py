"""Keeps leases alive beside the work: a thread that extends them until the work is over."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from qa_service.logs import logger

log = logger(__name__)


@contextmanager
def heartbeat(extend: Callable[[Sequence[int]], None], job_ids: Sequence[int], *, every_s: float) -> Iterator[None]:
    """Extend the leases of jobs every so many seconds while the block runs."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(every_s):
            try:
                extend(job_ids)
            except Exception as error:
                # The next beat tries again; when none gets through, the lease runs out and the job is not lost.
                log.warning("heartbeat_failed", error=error)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
