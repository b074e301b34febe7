"""WebVTT subtitles (W3C): voice tags `<v 客服>` or `客服：` before the words."""

from collections.abc import Iterator
from typing import BinaryIO

from qa_service.ingest.cues import read_cues
from qa_service.ingest.lines import decoded
from qa_service.ingest.reader import Reading, ReadOptions


class WebVtt:
    """One conversation a file, named by the file."""

    name: str = "webvtt"
    suffixes: tuple[str, ...] = (".vtt",)

    def recognises(self, head: bytes, file_name: str) -> bool:
        """The signature of the first line."""
        return decoded(head).lstrip("\ufeff").startswith("WEBVTT")

    def read(self, stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
        """The conversation, and defects of cues that cannot be used."""
        return read_cues(stream, file_name, options)
