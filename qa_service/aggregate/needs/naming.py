"""Names for topics: a short typical quote, and the words that set a topic apart from the others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import rjieba

SHORTEST, LONGEST = 4, 16
KEYWORD_LETTERS = 2
# What a share of 1 of a word is weighed against: characters too many or too few, and a kind that is not the usual one.
PER_CHARACTER, OTHER_KIND = 0.04, 0.3


@dataclass(frozen=True)
class Candidate:
    """A statement that might name its topic, how often it was said, and its words."""

    text: str
    kind: str
    count: int
    words: frozenset[str]


def typical(candidates: Sequence[Candidate]) -> str:
    """The statement that stands for a topic: it holds the words most of them share, and is of the usual kind."""
    said = sum(candidate.count for candidate in candidates)
    shares: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for candidate in candidates:
        kinds[candidate.kind] += candidate.count
        shares.update(dict.fromkeys(candidate.words, candidate.count / said))
    usual = min(kinds, key=lambda kind: (-kinds[kind], kind))

    def worth(candidate: Candidate) -> tuple[float, str]:
        length = len(candidate.text)
        awkward = max(0, length - LONGEST) + 2 * max(0, SHORTEST - length) + length / 4
        shared = sum(shares[word] for word in candidate.words)
        return shared - PER_CHARACTER * awkward - OTHER_KIND * (candidate.kind != usual), candidate.text

    return max(candidates, key=worth).text


def words_of(text: str, empty_words: frozenset[str]) -> frozenset[str]:
    """The words of a statement that may be keywords."""
    return frozenset(
        word
        for word in rjieba.cut(text)
        if len(word) >= KEYWORD_LETTERS and not word.isdigit() and word not in empty_words
    )


def keywords(mine: Counter[str], everywhere: Counter[str], groups: int, count: int) -> tuple[str, ...]:
    """The words frequent in one topic and rare in the others (class-based TF-IDF, Grootendorst 2022)."""
    average = max(1.0, sum(everywhere.values()) / max(groups, 1))
    weighed = sorted(((-n * log(1 + average / everywhere[word]), word) for word, n in mine.items()))
    return tuple(word for _, word in weighed[:count])
