"""Files made in tests, and what is read from them."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

from qa_service.domain.conversation import Conversation
from qa_service.ingest import read_conversation_stream
from qa_service.ingest.reader import Defect, Reading, ReadOptions

SAMPLES = Path(__file__).parents[1] / "samples" / "ingest"


def read(content: str | bytes, name: str, *, format: str | None = None, **options: Any) -> list[Reading]:
    body = content.encode() if isinstance(content, str) else content
    return list(read_conversation_stream(io.BytesIO(body), name, format=format, options=ReadOptions(**options)))


def conversations(readings: Sequence[Reading]) -> list[Conversation]:
    return [reading for reading in readings if isinstance(reading, Conversation)]


def defects(readings: Sequence[Any]) -> list[Defect]:
    return [reading for reading in readings if isinstance(reading, Defect)]


def said(conversation: Conversation) -> list[tuple[str, str]]:
    return [(turn.speaker.value, turn.text) for turn in conversation.turns]


def workbook(*rows: Sequence[Any], sheets: Sequence[Sequence[Sequence[Any]]] = ()) -> bytes:
    book = openpyxl.Workbook()
    first = book.active
    for number, table in enumerate([rows, *sheets]):
        sheet = first if number == 0 else book.create_sheet()
        for row in table:
            sheet.append(list(row))
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def line(id: str, *texts: str, **fields: Any) -> str:
    """One conversation of the contract."""
    turns = [{"speaker": "agent", "text": text} for text in texts or ("您好",)]
    return json.dumps({"id": id, "turns": turns} | fields, ensure_ascii=False)
