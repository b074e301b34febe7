"""SRT subtitles: no field for the speaker, so `客服：` must stand before the words."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from qa_service.ingest.cues import read_cues
from qa_service.ingest.lines import decoded
from qa_service.ingest.reader import Reading, ReadOptions

_FIRST_CUE = re.compile(r"\ufeff?\s*(?:\d+\s*\n\s*)?(?:\d+:)?\d\d:\d\d[,.]\d{1,3}\s*-->")


class Srt:
    """One conversation a file, named by the file."""

    name: str = "srt"
    suffixes: tuple[str, ...] = (".srt",)

    def recognises(self, head: bytes, file_name: str) -> bool:
        """The times of a cue, usually behind a number."""
        return _FIRST_CUE.match(decoded(head)) is not None

    def read(self, stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
        """The conversation, and defects of cues that cannot be used."""
        return read_cues(stream, file_name, options)
