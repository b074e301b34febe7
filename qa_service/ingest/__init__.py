"""Files in, conversations out: every transcript format behind one small interface.

A file never fails as a whole for the sake of a part: what cannot be read is a `Defect`, and reading goes on.
To add a format: write `ingest/<format>.py`, put it into READERS, add a sample and a row to the test.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from qa_service.errors import InvalidInput
from qa_service.ingest.alibaba import Alibaba
from qa_service.ingest.contact_lens import ContactLens
from qa_service.ingest.contract_jsonl import ContractJsonl
from qa_service.ingest.csv_table import CsvTable
from qa_service.ingest.lines import FORMAT_BYTES, head_of
from qa_service.ingest.opening import unpacked
from qa_service.ingest.plain_text import PlainText
from qa_service.ingest.reader import Defect, DefectCode, Reader, Reading, ReadOptions
from qa_service.ingest.srt import Srt
from qa_service.ingest.webvtt import WebVtt
from qa_service.ingest.wecom import WeCom
from qa_service.ingest.xlsx_table import XlsxTable

READERS: tuple[Reader, ...] = (
    XlsxTable(),
    WebVtt(),
    Srt(),
    ContractJsonl(),
    WeCom(),
    Alibaba(),
    ContactLens(),
    CsvTable(),
    PlainText(),
)
"""The first one that recognises a file reads it."""

DEFAULT_OPTIONS = ReadOptions()
NAMES = ", ".join(reader.name for reader in READERS)


def require_format(name: str | None) -> str | None:
    """The name of a format, None for one to be guessed; raises InvalidInput for any other."""
    if name is not None and _named(name) is None:
        raise InvalidInput(f"there is no format {name!r:.40}; name one of {NAMES}")
    return name


def read_conversations(
    path: Path, *, format: str | None = None, options: ReadOptions = DEFAULT_OPTIONS
) -> Iterator[Reading]:
    """Conversations and defects of a file; the format is told by name, else by content and suffix."""
    try:
        with path.open("rb") as stream:
            yield from read_conversation_stream(stream, path.name, format=format, options=options)
    except OSError as error:
        yield Defect(path.name, None, f"cannot be opened: {error.strerror or error}", DefectCode.DAMAGED_FILE.value)


def read_conversation_stream(
    stream: BinaryIO, file_name: str, *, format: str | None = None, options: ReadOptions = DEFAULT_OPTIONS
) -> Iterator[Reading]:
    """The same for a stream that is open already, like an upload; it stays open."""
    file_name = file_name.encode("utf-8", "replace").decode()  # a name on disk need not be text
    try:
        with unpacked(stream) as content:
            reader = _named(format) if format is not None else _recognised(content, file_name)
            if reader is None:
                what = "this file's format was not recognised" if format is None else f"no format {format!r:.40}"
                yield Defect(file_name, None, f"{what}; name one of {NAMES}", DefectCode.UNKNOWN_FORMAT.value)
            else:
                yield from reader.read(content, file_name, options)
    except (EOFError, zlib.error, OSError) as error:
        reason = f"the file is cut or damaged ({error}); what stands before the damage was read"
        yield Defect(file_name, None, reason, DefectCode.DAMAGED_FILE.value)


def _named(name: str) -> Reader | None:
    return next((reader for reader in READERS if reader.name == name), None)


def _recognised(stream: BinaryIO, file_name: str) -> Reader | None:
    head = head_of(stream)[:FORMAT_BYTES]
    plain_name = file_name.lower().removesuffix(".gz")
    by_content = next((reader for reader in READERS if reader.recognises(head, plain_name)), None)
    return by_content or next((reader for reader in READERS if plain_name.endswith(reader.suffixes)), None)
