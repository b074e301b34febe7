"""Words stand in a turn: any of them, so many different ones, so often in all; `variants` find their disguises.

{keywords: [加微信, 加V], variants: true}
holds: “您加 V 聊” · does not: “微信支付就行”
"""

from qa_service.analyze.sop.checks.found import Found, Match, Places, Reading, certainly
from qa_service.domain.condition import Keywords


def find_keywords(condition: Keywords, reading: Reading, where: Places) -> Found:
    """Where the words stand, if there are enough of them."""
    at = reading.words.variants if condition.variants else reading.words.plain
    inside = frozenset(where.turns)
    said = {word: at[word] for word in condition.keywords if word in at}
    spans = {word: [span for span in found if span.turn in inside] for word, found in said.items()}
    places = sorted({span for found in spans.values() for span in found})
    different = sum(bool(found) for found in spans.values())
    enough = different >= condition.distinct and len(places) >= condition.times
    return certainly(enough, tuple(Match(span) for span in places))
