"""Fuzz of every reader: `python -m tests.validate.fuzz_readers --seconds 60 [--seed 1]`.

Two kinds of files in turn: sound parts among broken ones (every sound part must be read), and files with bytes
torn out, doubled or changed (nothing may be raised). What is read must survive being written out and read again.
The seconds are for each reader; the exit status is 1 when anything failed, with the seed that shows it again.
"""

import argparse
import io
import json
import sys
import time
import traceback
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json, conversation_to_json
from qa_service.ingest import READERS, read_conversation_stream
from qa_service.ingest.reader import Defect, DefectCode, Reading
from tests.validate.fuzz_grammars import GRAMMARS, MadeFile

MAX_REASON = 4_000
SHOWN_FAILURES = 5


@dataclass(slots=True)
class Fuzzed:
    """How many files one reader was given, and what went wrong."""

    files: int = 0
    conversations: int = 0
    defects: int = 0
    failures: list[str] = field(default_factory=list)


def fuzz(name: str, *, seconds: float, seed: int) -> Fuzzed:
    """Give one reader files until the time is over or enough has failed."""
    outcome = Fuzzed()
    end = time.monotonic() + seconds
    while time.monotonic() < end and len(outcome.failures) < SHOWN_FAILURES:
        number = outcome.files
        outcome.files += 1
        try:
            _one(name, Random(f"{seed}/{name}/{number}"), outcome)
        except Exception:
            outcome.failures.append(f"{name} seed {seed} file {number}:\n{traceback.format_exc()}")
    return outcome


def made(name: str, *, seed: int, number: int) -> MadeFile:
    """The file of a failure, to look at."""
    rng = Random(f"{seed}/{name}/{number}")
    return rng.choice(GRAMMARS[name])(rng)


def _one(name: str, rng: Random, outcome: Fuzzed) -> None:
    file = rng.choice(GRAMMARS[name])(rng)
    torn = rng.random() < 0.5
    content = _torn(rng, file.content) if torn else file.content
    guessed = rng.random() < 0.2
    texts = []
    for reading in read_conversation_stream(io.BytesIO(content), file.name, format=None if guessed else name):
        _check(reading)
        if isinstance(reading, Conversation):
            outcome.conversations += 1
            texts.extend(turn.text for turn in reading.turns)
        else:
            outcome.defects += 1
    if not torn and not guessed:
        said = "\n".join(texts)
        lost = [words for words in file.kept if words not in said]
        assert not lost, f"sound parts were lost: {lost}"


def _check(reading: Reading) -> None:
    """What is read can be stored; what is not is told."""
    if isinstance(reading, Defect):
        assert reading.reason and len(reading.reason) < MAX_REASON
        assert reading.row is None or reading.row >= 1
        assert reading.code in set(DefectCode)
        str(reading).encode("utf-8")
        return
    body = conversation_to_json(reading)
    written = json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert b"\\u0000" not in written
    assert conversation_to_json(conversation_from_json(json.loads(written))) == body


def _torn(rng: Random, content: bytes) -> bytes:
    body = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(body) + 1)
        until = min(len(body), at + rng.choice([1, 2, 10, 200]))
        rng.choice(_TEARS)(rng, body, at, until)
    if rng.random() < 0.05:
        packed = zlib.compress(bytes(body), wbits=31)
        return packed[: rng.randrange(1, len(packed) + 1)]
    return bytes(body)


def _cut_out(_: Random, body: bytearray, at: int, until: int) -> None:
    del body[at:until]


def _cut_off(_: Random, body: bytearray, at: int, __: int) -> None:
    del body[at:]


def _double(_: Random, body: bytearray, at: int, until: int) -> None:
    body[at:at] = body[at:until]


def _scatter(rng: Random, body: bytearray, at: int, until: int) -> None:
    body[at:until] = rng.randbytes(until - at)


def _insert(rng: Random, body: bytearray, at: int, _: int) -> None:
    odd = (
        b"\x00",
        b'"',
        b"\n",
        b"\r",
        b",",
        b"\\",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"{",
        b"]",
        b"<",
        b"-->",
        "：".encode(),
    )
    body[at:at] = rng.choice(odd) * rng.choice([1, 1, 3, 1000])


_TEARS = (_cut_out, _cut_off, _double, _scatter, _insert)


def _lines(options: argparse.Namespace) -> Iterator[str]:
    failed = False
    for reader in READERS:
        done = fuzz(reader.name, seconds=options.seconds, seed=options.seed)
        failed = failed or bool(done.failures)
        yield f"{reader.name:<15} {done.files:>8} files {done.conversations:>8} conversations {done.defects:>8} defects"
        yield from done.failures
    yield "failed" if failed else "no exception, no sound part lost"


def main() -> int:
    """Fuzz all readers, tell the counts, and say by the exit status whether all is well."""
    parser = argparse.ArgumentParser(description="Fuzz every reader of qa_service.ingest.")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    last = ""
    for last in _lines(parser.parse_args()):
        sys.stdout.write(last + "\n")
        sys.stdout.flush()
    return int(last == "failed")


if __name__ == "__main__":
    sys.exit(main())
