"""Files as lines of bounded length, in whichever of the usual encodings they were saved."""

import codecs
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from qa_service.errors import TooLarge

MAX_LINE_BYTES = 16 << 20
"""A conversation of 20,000 turns with 200 characters each just fits."""

MAX_DOCUMENT_BYTES = 64 << 20
"""Of formats that are one document and must be held whole."""

HEAD_BYTES = 256 << 10
"""Looked at to tell the encoding."""
FORMAT_BYTES = 16 << 10
"""Enough to tell the format."""
SKIP_BYTES = 1 << 16
PIECE_BYTES = 1 << 12

_WRONG_BYTES = re.compile("[\udc80-\udcff]")

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def byte_lines(stream: BinaryIO, *, limit: int = MAX_LINE_BYTES) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines; one that is over the limit is None, was never held whole, and the next one follows."""
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) <= limit or line.endswith(b"\n"):
            yield number, line
            continue
        while (rest := stream.readline(SKIP_BYTES)) and not rest.endswith(b"\n"):
            pass
        yield number, None


def text_lines(stream: BinaryIO, *, limit: int = MAX_LINE_BYTES) -> Iterator[tuple[int, str | None]]:
    """Numbered lines as text; bytes that are wrong in the file's encoding show in `undecodable`."""
    with _decoded(stream) as text:
        number = 0
        while line := text.readline(limit + 1):
            number += 1
            if len(line) <= limit or line.endswith(("\n", "\r")):
                yield number, line
                continue
            while (rest := text.readline(SKIP_BYTES)) and not rest.endswith(("\n", "\r")):
                pass
            yield number, None


def document_lines(stream: BinaryIO, *, longest: int) -> Iterator[tuple[int, str | None]]:
    """`text_lines` of a document that must be held whole; raises TooLarge before more than the limit is held."""
    held = 0
    for number, line in text_lines(stream, limit=longest):
        held += len(line or "")
        if held > MAX_DOCUMENT_BYTES:
            raise _document_too_large(MAX_DOCUMENT_BYTES)
        yield number, line


def document_text(stream: BinaryIO, *, limit: int = MAX_DOCUMENT_BYTES) -> str:
    """A whole document as text; raises TooLarge before more than the limit is held."""
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise _document_too_large(limit)
    return decoded(body)


def decoded(body: bytes) -> str:
    """Text of bytes in one of the usual encodings; wrong bytes show in `undecodable`."""
    encoding = encoding_of(body[:HEAD_BYTES])
    return body.decode(encoding, _on_error(encoding))


def head_of(stream: BinaryIO) -> bytes:
    """The first bytes of what is left of a stream, which stays where it was; those before the damage of a cut one."""
    start = stream.tell()
    head = bytearray()
    with suppress(EOFError, zlib.error, OSError):
        while len(head) < HEAD_BYTES and (piece := stream.read(PIECE_BYTES)):
            head += piece
    stream.seek(start)
    return bytes(head)


def encoding_of(head: bytes) -> str:
    """UTF-8 or UTF-16 by byte order mark, UTF-8 when most lines are, else GB18030 (which holds GBK)."""
    for mark, name in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name
    telling = [line for line in head.splitlines() if not line.isascii()]
    as_utf8 = sum(_reads_as(line, "utf-8") for line in telling)
    if 2 * as_utf8 >= len(telling):
        return "utf-8"
    return "gb18030" if sum(_reads_as(line, "gb18030") for line in telling) > as_utf8 else "utf-8"


def undecodable(text: str) -> bool:
    """Whether some bytes of this text were wrong in the file's encoding."""
    return not text.isascii() and _WRONG_BYTES.search(text) is not None


def flaw(line: str | None, longest: int) -> tuple[str, str] | None:
    """Why a line of a document cannot be used, and the code of that; None when it can."""
    if line is None:
        return f"the line is over {longest} characters; it was left out", "too_large"
    if undecodable(line):
        return "bytes that are not text in the encoding of this file; the line was left out", "wrong_encoding"
    if "\x00" in line:
        return "a NUL character: the file is damaged or not text; the line was left out", "damaged_file"
    return None


@contextmanager
def _decoded(stream: BinaryIO) -> Iterator[io.TextIOWrapper]:
    encoding = encoding_of(head_of(stream))
    text = io.TextIOWrapper(stream, encoding=encoding, errors=_on_error(encoding), newline="")
    try:
        yield text
    finally:
        text.detach()


def _document_too_large(limit: int) -> TooLarge:
    return TooLarge(f"the file is over {limit >> 20} MB and this format must be read whole: split it")


def _on_error(encoding: str) -> str:
    # surrogateescape keeps a wrong byte in place, but UTF-16 has no single wrong bytes to keep
    return "replace" if encoding == "utf-16" else "surrogateescape"


def _reads_as(line: bytes, encoding: str) -> bool:
    """Whether most of a line is text in an encoding."""
    text = line.decode(encoding, "surrogateescape")
    wrong = len(_WRONG_BYTES.findall(text))
    return sum(not character.isascii() for character in text) >= 2 * wrong
