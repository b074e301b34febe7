"""Plain text: `角色：内容` lines, conversations parted by `=== id` lines, or by blank lines where there are none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import BinaryIO

from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import MAX_TURN_CHARACTERS
from qa_service.errors import TooLarge
from qa_service.ingest.duplicates import SeenConversations
from qa_service.ingest.lines import decoded, document_lines, flaw
from qa_service.ingest.reader import (
    Defect,
    DefectCode,
    Reading,
    ReadOptions,
    conversation_or_defect,
    defect_of,
    listed,
)
from qa_service.ingest.transcript_text import WrittenTurns, written_turns

LONGEST_LINE = MAX_TURN_CHARACTERS + 100
"""A turn, and the name before it."""

RECOGNISED_LINES = 20
_PARTING = re.compile(r"={3,}\s*(?P<id>.*?)\s*=*\s*")


@dataclass(slots=True)
class _Block:
    """Lines of what may be one conversation; its number of the file, or the id that its parting line gives."""

    id: str | None
    lines: list[tuple[int, str]] = field(default_factory=list)


class PlainText:
    """Named by the file, with the number of the block where there are several."""

    name: str = "plain_text"
    suffixes: tuple[str, ...] = (".txt", ".text")

    def recognises(self, head: bytes, file_name: str) -> bool:
        """A known role before a colon in most of the first lines, and no times of cues."""
        lines = [line for line in decoded(head).splitlines() if line.strip()][:RECOGNISED_LINES]
        if any("-->" in line for line in lines):
            return False
        found = written_turns(enumerate(lines, 1), {})
        return 2 * len(found.turns) >= len(lines) > 0

    def read(self, stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
        """Conversations in the order of the blocks; lines of nobody known are told and left out."""
        lines: list[tuple[int, str]] = []
        try:
            for number, line in document_lines(stream, longest=LONGEST_LINE):
                problem = flaw(line, LONGEST_LINE)
                if problem:
                    yield Defect(file_name, number, *problem)
                elif line is not None:
                    lines.append((number, line.lstrip("\ufeff").rstrip("\r\n")))
        except TooLarge as error:
            yield defect_of(error, file_name, None)
            return
        yield from _conversations(lines, file_name, options)


def _conversations(lines: list[tuple[int, str]], file_name: str, options: ReadOptions) -> Iterator[Reading]:
    seen = SeenConversations(file_name)
    blocks = _blocks(lines)
    read = [(block, written_turns(block.lines, options.speaker_names)) for block in blocks]
    if len(read) > 1 and all(block.id is None and len(found.turns) <= 1 for block, found in read):
        # blank lines between single turns part nothing: they are how some editors space the lines
        whole = _Block(None, lines)
        read = [(whole, written_turns(whole.lines, options.speaker_names))]
    if not read:
        yield Defect(file_name, None, "no words in this file", DefectCode.DAMAGED_FILE.value)
    stem = PurePath(file_name).stem
    for number, (block, found) in enumerate(read, 1):
        conversation_id = block.id or (stem if len(read) == 1 else f"{stem}-{number}")
        for reading in _conversation(conversation_id, found, block.lines[0][0], (file_name, options)):
            row = block.lines[0][0]
            repeated = seen.repeated(reading, row) if isinstance(reading, Conversation) else None
            yield repeated or reading


def _conversation(
    conversation_id: str, found: WrittenTurns, row: int, place: tuple[str, ReadOptions]
) -> Iterator[Reading]:
    file_name, options = place
    if found.stray:
        names = f" ({', '.join(found.unknown_names)})" if found.unknown_names else ""
        reason = f"lines {listed(found.stray)} begin with no known role{names}; write `客服：…`. They were left out"
        yield Defect(file_name, found.stray[0], reason, DefectCode.UNKNOWN_ROLE.value)
    if found.turns:
        left_out = {"left_out": found.stray} if found.stray else {}
        body = {"id": conversation_id, "turns": found.turns} | left_out
        yield conversation_or_defect(body, file_name, row, options)


def _blocks(lines: list[tuple[int, str]]) -> list[_Block]:
    """Parted by `===` lines where the file has any, else by blank lines; blocks without words are none."""
    marked = any(_PARTING.fullmatch(line.strip()) for _, line in lines)
    blocks = [_Block(None)]
    for number, line in lines:
        parting = _PARTING.fullmatch(line.strip()) if marked else None
        if parting or (not marked and not line.strip()):
            blocks.append(_Block((parting["id"] or None) if parting else None))
        else:
            blocks[-1].lines.append((number, line))
    return [block for block in blocks if any(line.strip() for _, line in block.lines)]
