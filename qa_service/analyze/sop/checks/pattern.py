r"""A regular expression matches, and the exclusion does not match the same words.

{pattern: '\d+ ?块', unless: '^0 ?块'}
holds: “一节 99 块” · does not: “头一节 0 块”
"""

import re
from functools import lru_cache

from qa_service.analyze.sop.checks.found import Found, Match, Places, Reading, certainly
from qa_service.domain.condition import Pattern
from qa_service.domain.evidence import EvidenceSpan


def find_pattern(condition: Pattern, reading: Reading, where: Places) -> Found:
    """Every place where it matches; an empty match is none."""
    wanted, unwanted = _compiled(condition.pattern), _compiled(condition.unless or r"(?!)")
    found = []
    for turn in where.turns:
        text = reading.read.conversation.turns[turn].text
        spans = [match.span() for match in wanted.finditer(text) if match.group()]
        found += [EvidenceSpan(turn, *span) for span in spans if not unwanted.search(text[slice(*span)])]
    return certainly(bool(found), tuple(Match(span) for span in found))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
