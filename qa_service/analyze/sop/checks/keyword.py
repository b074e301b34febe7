"""Words stand in a turn: any of them, so many different ones, so often in all; `variants` find their disguises.

{keywords: [加微信, 加V], variants: true}
holds: “您加 V 聊” · does not: “微信支付就行”
"""

from qa_service.analyze.sop.checks.found import Found, Match, Reading, certainly
from qa_service.analyze.sop.checks.scope import Places
from qa_service.domain.condition import Keywords


def find_keywords(condition: Keywords, reading: Reading, where: Places) -> Found:
    """Where the words stand, if there are enough of them."""
    at = reading.words.variants if condition.variants else reading.words.plain
    inside = frozenset(where.turns)
    spans = {word: [span for span in at.get(word, ()) if span.turn in inside] for word in condition.keywords}
    found = sorted({span for places in spans.values() for span in places})
    different = sum(bool(places) for places in spans.values())
    enough = different >= condition.distinct and len(found) >= condition.times
    return certainly(enough, tuple(Match(span) for span in found))
