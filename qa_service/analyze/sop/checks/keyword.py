"""Words stand in a turn: any of them, so many different ones, so often in all; `variants` find their disguises.

{keywords: [加微信, 加V], variants: true}
holds: “您加 V 聊” · does not: “微信支付就行”
"""

from qa_service.analyze.sop.checks.found import Found, Match, Places, Reading, certainly
from qa_service.domain.condition import Keywords
from qa_service.domain.evidence import EvidenceSpan


def find_keywords(condition: Keywords, reading: Reading, where: Places) -> Found:
    """Where the words stand, if there are enough of them."""
    at = reading.words.variants if condition.variants else reading.words.plain
    different, spans = 0, set[EvidenceSpan]()
    for word in {word for word in condition.keywords if word in at}:
        there = [span for span in at[word] if span.turn in where.inside]
        different += bool(there)
        spans.update(there)
    enough = different >= condition.distinct and len(spans) >= condition.times
    return certainly(enough, tuple(map(Match, sorted(spans))) if enough else ())
