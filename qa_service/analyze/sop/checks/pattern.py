r"""A regular expression matches, and the exclusion does not match the same words.

{pattern: '\d+ ?块', unless: '^0 ?块'}
holds: “一节 99 块” · does not: “头一节 0 块”
"""

from qa_service.analyze.sop.checks.expression import matches, spans
from qa_service.analyze.sop.checks.found import Found, Match, Places, Reading, certainly
from qa_service.domain.condition import Pattern
from qa_service.domain.evidence import EvidenceSpan


def find_pattern(condition: Pattern, reading: Reading, where: Places) -> Found:
    """Every place where it matches; an empty match is none."""
    found = []
    for turn in where.turns:
        text = reading.read.conversation.turns[turn].text
        for start, end in spans(condition.pattern, text):
            if condition.unless is None or not matches(condition.unless, text[start:end]):
                found.append(EvidenceSpan(turn, start, end))
    return certainly(bool(found), tuple(Match(span) for span in found))
