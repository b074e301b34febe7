"""Conversations written as text: one turn a line, `A` agent, `C` customer, `S` system, evidence marked 【 】.

`[1.5-4] A …` gives a turn its times in seconds.
"""

import re

from qa_service.domain.conversation import Conversation, Speaker, Turn
from qa_service.domain.evidence import EvidenceSpan

LINE = re.compile(r"(?:\[([\d.]+-[\d.]+)\] )?([ACS]) ?(.*)")
SPEAKERS = {"A": Speaker.AGENT, "C": Speaker.CUSTOMER, "S": Speaker.SYSTEM}


def written(text: str, **fields: object) -> Conversation:
    """The conversation that a text shows; marks are left out."""
    turns = tuple(map(_turn, text.strip().splitlines()))
    return Conversation(**{"id": "c-1", "turns": turns} | fields)  # type: ignore[arg-type]


def _turn(line: str) -> Turn:
    times, speaker, words = _parts(line)
    start, end = (round(float(second) * 1000) for second in times.split("-")) if times else (None, None)
    return Turn(SPEAKERS[speaker], words.translate({ord("【"): None, ord("】"): None}), start, end)


def _parts(line: str) -> tuple[str, str, str]:
    found = LINE.fullmatch(line.strip())
    assert found, f"not a turn: {line}"
    return found[1] or "", found[2], found[3]


def marked(text: str) -> list[EvidenceSpan]:
    """The spans between 【 and 】, in order."""
    spans = []
    for index, line in enumerate(text.strip().splitlines()):
        words = _parts(line)[2]
        position, start = 0, 0
        for character in words:
            if character == "【":
                start = position
            elif character == "】":
                spans.append(EvidenceSpan(index, start, position))
            else:
                position += 1
    return spans
