"""The service's own format: one conversation object a line, read as a stream whatever its length."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from qa_service.domain.conversation import Conversation
from qa_service.ingest.duplicates import SeenConversations
from qa_service.ingest.json_documents import json_lines
from qa_service.ingest.reader import Defect, Reading, ReadOptions, checked

_TURNS = re.compile(rb'^(?:\xef\xbb\xbf)?\s*\{[^\n]*"turns"\s*:')


class ContractJsonl:
    """Conversations of the contract, `.jsonl` or `.jsonl.gz`."""

    name: str = "contract_jsonl"
    suffixes: tuple[str, ...] = (".jsonl", ".ndjson")

    def recognises(self, head: bytes, file_name: str) -> bool:
        """A first line that is an object with turns."""
        return _TURNS.match(head) is not None

    def read(self, stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
        """Conversations and defects in the order of the lines."""
        for _, reading in numbered_conversations(stream, file_name, options):
            yield reading


def numbered_conversations(stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[tuple[int, Reading]]:
    """Every conversation or defect with its line number; a second line with a known id is a defect."""
    seen = SeenConversations(file_name)
    for number, body in json_lines(stream, file_name):
        reading = body if isinstance(body, Defect) else checked(body, file_name, number, options)
        if isinstance(reading, Conversation):
            reading = seen.repeated(reading, number) or reading
        yield number, reading
