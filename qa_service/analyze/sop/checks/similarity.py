"""A turn is written like one of the samples: cosine of their character n-grams, 0 to 1.

{similar: [课程一经开课概不退费], score: 0.7}
holds: “一经开课 概不退费哦” · does not: “开课前都可以退费”
"""

from models.ngrams import alike
from qa_service.analyze.sop.checks.found import Found, Places, Reading, certainly, turn_matches
from qa_service.domain.condition import Similar


def find_similar(condition: Similar, reading: Reading, where: Places) -> Found:
    """The turns that are as similar as asked to at least one sample."""
    if not where.turns:
        return certainly(False)
    texts = tuple(reading.read.texts[turn].text for turn in where.turns)
    best = alike(texts, condition.similar).max(axis=1)
    similar = [turn for turn, score in zip(where.turns, best, strict=True) if score >= condition.score]
    matches = turn_matches(where.wholes, similar)
    return certainly(bool(matches), matches)
