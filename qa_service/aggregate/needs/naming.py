"""Names for topics: a short typical quote, and the words that set a topic apart from the others."""

from collections import Counter
from collections.abc import Sequence
from math import log

import rjieba

from qa_service.aggregate.needs.vectors import Floats

SHORTEST, LONGEST = 4, 16
KEYWORD_LETTERS = 2


def typical(texts: Sequence[str], similarity: Floats, counts: Sequence[int]) -> str:
    """The text that stands for a topic: near its centre, said often, neither too short nor too long."""

    def worth(index: int) -> tuple[float, str]:
        length = len(texts[index])
        awkward = max(0, length - LONGEST) + 2 * max(0, SHORTEST - length)
        return float(similarity[index]) + 0.05 * log(counts[index]) - 0.03 * awkward, texts[index]

    return texts[max(range(len(texts)), key=worth)]


def words_of(text: str, stop_words: frozenset[str]) -> set[str]:
    """The words of a statement that may be keywords."""
    return {
        word
        for word in rjieba.cut(text)
        if len(word) >= KEYWORD_LETTERS and not word.isdigit() and word not in stop_words
    }


def keywords(mine: Counter[str], everywhere: Counter[str], groups: int, count: int) -> tuple[str, ...]:
    """The words frequent in one topic and rare in the others (class-based TF-IDF, Grootendorst 2022)."""
    average = max(1.0, sum(everywhere.values()) / max(groups, 1))
    weighed = sorted(((-n * log(1 + average / everywhere[word]), word) for word, n in mine.items()))
    return tuple(word for _, word in weighed[:count])
