"""Conversations written as text: one turn a line, `A` agent, `C` customer, `S` system, evidence marked 【 】."""

from qa_service.domain.conversation import Conversation, Speaker, Turn
from qa_service.domain.evidence import EvidenceSpan

SPEAKERS = {"A": Speaker.AGENT, "C": Speaker.CUSTOMER, "S": Speaker.SYSTEM}


def written(text: str, **fields: object) -> Conversation:
    """The conversation that a text shows; marks are left out."""
    lines = [line.strip() for line in text.strip().splitlines()]
    turns = tuple(
        Turn(SPEAKERS[line[0]], line[1:].strip().translate({ord("【"): None, ord("】"): None})) for line in lines
    )
    return Conversation(**{"id": "c-1", "turns": turns} | fields)  # type: ignore[arg-type]


def marked(text: str) -> list[EvidenceSpan]:
    """The spans between 【 and 】, in order."""
    spans = []
    for index, line in enumerate(text.strip().splitlines()):
        words = line.strip()[1:].strip()
        position, start = 0, 0
        for character in words:
            if character == "【":
                start = position
            elif character == "】":
                spans.append(EvidenceSpan(index, start, position))
            else:
                position += 1
    return spans
