"""Threats to go further: to the authorities, to court, to the public. Found by words, for a person to look at."""

import re
from collections.abc import Mapping
from functools import cache

from qa_service.analyze.word_lists import word_lists
from qa_service.domain.conversation import Conversation, Speaker

# A clause ends here: what is taken back in one clause may be meant in the next.
_CLAUSE = re.compile(r"[，。！？；,.!?;\n]|但是|不过")


def find_threat(conversation: Conversation) -> int | None:
    """The first turn in which the customer threatens to go further, None when there is none."""
    for number, turn in enumerate(conversation.turns):
        clauses = _CLAUSE.split(turn.text.replace(" ", ""))
        if turn.speaker is Speaker.CUSTOMER and any(map(_threatens, clauses)):
            return number
    return None


def _threatens(clause: str) -> bool:
    words = _patterns()
    if not clause or words["not_meant"].search(clause):
        return False
    if words["sure"].search(clause):
        return True
    if words["harmless"].search(clause):
        return False
    return bool(words["to"].search(clause))


@cache
def _patterns() -> Mapping[str, "re.Pattern[str]"]:
    read = word_lists("urgent.yaml")
    group = {
        name: "|".join(str(read[name]).split())
        for name in ("places", "deeds", "before", "sure", "not_meant", "harmless")
    }
    gap, short = f".{{0,{int(read['near'])}}}", f".{{0,{int(read['shortly'])}}}"
    deeds, before, places = (f"(?:{group[name]})" for name in ("deeds", "before", "places"))
    to = f"{deeds}{gap}{places}|{places}{gap}{deeds}|{before}{short}{places}"
    plain = {name: re.compile(group[name]) for name in ("sure", "not_meant", "harmless")}
    return {**plain, "to": re.compile(to)}
