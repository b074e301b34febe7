"""Store conversations: mask in memory, insert in batches, and queue their analyses in the same transaction.

Nothing unmasked is written, the queue included. How far an import has come is stored with each batch, so one that
was cut short goes on where it stopped, and repeats nothing.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from qa_service.domain.conversation import Conversation, Speaker, Turn
from qa_service.errors import InvalidInput
from qa_service.ingest import read_conversations
from qa_service.ingest.reader import Defect, Reading, ReadOptions
from qa_service.store import Added, Arrival, Import, ImportDefect, ImportState, Store, UnitOfWork

BATCH = 200
# Conversations in one analysis job: small enough that a killed worker repeats little.
ANALYSES_IN_A_JOB = 32
ANALYZE = "analyze"
MAX_REASON_CHARACTERS = 500

Mask = Callable[[Conversation], Conversation]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Intake:
    """How a deployment takes conversations in: its masker, and whether it keeps originals (encrypted)."""

    mask: Mask
    keep_originals: bool = False


@dataclass(frozen=True, slots=True)
class Following:
    """Who follows an import: `batch` joins the transaction of each batch, `done` hears of it afterwards."""

    batch: Callable[[UnitOfWork], None] = lambda _: None
    done: Callable[[Import], None] = lambda _: None


def add_conversations(store: Store, conversations: Sequence[Conversation], *, intake: Intake) -> list[Added]:
    """Store a few conversations and queue their analyses, in one transaction; a conflict stops no neighbour."""
    masked = [intake.mask(one) for one in conversations]
    with store.unit_of_work() as work:
        return _add(work, conversations, masked, intake=intake, subject=None)


def import_conversations(
    store: Store,
    readings: Iterable[Reading],
    record: Import,
    *,
    intake: Intake,
    following: Following = Following(),
) -> Import:
    """Store everything that a reader yields under an import that was begun; what is done already is skipped."""
    try:
        # Skipping costs reading, not masking or writing.
        for batch in _batches(islice(readings, record.read, None), BATCH):
            record = _import_batch(store, batch, record, intake=intake, following=following)
            following.done(record)
    except InvalidInput as error:
        with store.unit_of_work() as work:
            work.imports.end(record.id, ImportState.FAILED, f"{error.code}: {error.detail}"[:MAX_REASON_CHARACTERS])
        raise
    with store.unit_of_work() as work:
        following.batch(work)
        return work.imports.end(record.id, ImportState.DONE)


def begin_import(store: Store, name: str, *, by: str, digest: str | None = None) -> Import:
    """Begin an import, or take up the one with that name and digest that was cut short."""
    with store.unit_of_work() as work:
        return work.imports.begin(name, by=by, digest=digest)


def import_file(
    store: Store,
    path: Path,
    *,
    by: str,
    intake: Intake,
    format: str | None = None,
    options: ReadOptions = ReadOptions(),
    following: Following = Following(),
) -> Import:
    """Import a transcript file; the same file that was cut short before goes on where it stopped."""
    record = begin_import(store, path.name, by=by, digest=file_digest(path, format, options))
    readings = read_conversations(path, format=format, options=options)
    return import_conversations(store, readings, record, intake=intake, following=following)


def file_digest(path: Path, *options: object) -> str:
    """What makes two imports the same: the bytes of the file and how it is read. Raises InvalidInput."""
    digest = hashlib.sha256(repr(options).encode())
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}; check the path and its permissions") from error
    return digest.hexdigest()


def request_analyses(work: UnitOfWork, numbers: Iterable[int], *, subject: str | None = None) -> int:
    """Queue the analysis of conversations by the store's own numbers; returns how many conversations that is."""
    count = 0
    for batch in _batches(numbers, ANALYSES_IN_A_JOB):
        work.jobs.enqueue(ANALYZE, {"numbers": batch}, subject=subject)
        count += len(batch)
    return count


def _import_batch(
    store: Store, batch: Sequence[Reading], record: Import, *, intake: Intake, following: Following
) -> Import:
    conversations = [one for one in batch if isinstance(one, Conversation)]
    masked = [intake.mask(one) for one in conversations]
    with store.unit_of_work() as work:
        added = _add(work, conversations, masked, intake=intake, subject=f"import/{record.id}")
        defects = _defects(batch, added, record, intake.mask)
        counts = _counts(added) | {"read": len(batch), "defects": len(defects)}
        work.imports.advance(record.id, counts, defects, after=record.read)
        following.batch(work)
        return work.imports.get(record.id)


def _add(
    work: UnitOfWork,
    received: Sequence[Conversation],
    masked: Sequence[Conversation],
    *,
    intake: Intake,
    subject: str | None,
) -> list[Added]:
    added = work.conversations.add_many(masked)
    if intake.keep_originals:
        for one, original in zip(added, received, strict=True):
            if one.arrival is Arrival.NEW and one.number is not None:
                work.originals.put(one.number, original)
    request_analyses(work, [one.number for one in added if one.analyse and one.number is not None], subject=subject)
    return added


def _counts(added: Sequence[Added]) -> dict[str, int]:
    arrivals = [one.arrival for one in added]
    return {kind.value: arrivals.count(kind) for kind in (Arrival.NEW, Arrival.UPDATED, Arrival.UNCHANGED)}


def _defects(batch: Sequence[Reading], added: Sequence[Added], record: Import, mask: Mask) -> list[ImportDefect]:
    """What was not taken, at its place in the order of the file."""
    arrivals = iter(added)
    defects = []
    for position, one in enumerate(batch, record.read):
        if isinstance(one, Defect):
            reason = _masked_reason(one.reason, mask)
            defects.append(ImportDefect(position, one.file, one.row, one.code, reason))
            continue
        arrived = next(arrivals)
        if arrived.reason is not None:
            reason = arrived.reason[:MAX_REASON_CHARACTERS]
            defects.append(ImportDefect(position, record.name, None, arrived.arrival.value, reason))
    return defects


def _masked_reason(reason: str, mask: Mask) -> str:
    """A reason may quote the field that is wrong, so it is masked like a turn."""
    turn = Turn(Speaker.CUSTOMER, reason[:MAX_REASON_CHARACTERS])
    return mask(Conversation("", (turn,))).turns[0].text


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
