"""Streams that every reader can use: unpacked and seekable."""

import gzip
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

GZIP_MAGIC = b"\x1f\x8b"
IN_MEMORY_BYTES = 8 << 20


@contextmanager
def unpacked(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The stream's content, gunzipped where it is gzip; the given stream itself stays open."""
    with _seekable(stream) as plain:
        start = plain.tell()
        packed = plain.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        plain.seek(start)
        if not packed:
            yield plain
            return
        with gzip.GzipFile(fileobj=plain, mode="rb") as unzipped:
            yield cast(BinaryIO, unzipped)


@contextmanager
def _seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    if stream.seekable():
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as copy:
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        yield cast(BinaryIO, copy)
