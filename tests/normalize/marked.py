"""Turns written as text with personal data marked in it: `A 请问是【person:乐乐】妈妈吗`, one turn a line."""

import re

from qa_service.domain.conversation import PersonalSpan, Speaker, Turn

MARK = re.compile(r"【(\w+):([^】]*)】")
SPEAKERS = {"A": Speaker.AGENT, "C": Speaker.CUSTOMER, "S": Speaker.SYSTEM}


def marked_turns(text: str) -> tuple[list[Turn], list[list[PersonalSpan]]]:
    """The turns without the marks, and where the marks were."""
    turns, spans = [], []
    for line in text.strip().splitlines():
        plain, found = marked(line.strip()[2:])
        turns.append(Turn(SPEAKERS[line.strip()[0]], plain))
        spans.append(found)
    return turns, spans


def marked(text: str) -> tuple[str, list[PersonalSpan]]:
    """One text without its marks, and where they were."""
    plain, spans, position = "", [], 0
    for mark in MARK.finditer(text):
        plain += text[position : mark.start()]
        spans.append(PersonalSpan(len(plain), len(plain) + len(mark[2]), mark[1]))
        plain += mark[2]
        position = mark.end()
    return plain + text[position:], spans
