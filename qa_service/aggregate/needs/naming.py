"""Names for topics: the phrase of the rulebook that people use for it, else one that customers say again and again."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
import rjieba

from qa_service.aggregate.needs.space import Floats, Space, plain
from qa_service.domain.insight import NeedBounds

SHORTEST, LONGEST = 2, 8
MOST_WORDS = 3
KEYWORD_LETTERS = 2
# How typical a quote is: characters too many or too few weigh against the words it shares with the others.
QUOTE_SHORTEST, QUOTE_LONGEST, PER_CHARACTER = 4, 16, 0.04
# A phrase of one more character says more; a phrase in few of the statements is no name for them.
PER_LETTER, LEAST_SHARE = 0.12, 0.15


@dataclass(frozen=True)
class Candidate:
    """A distinct statement of a topic: as it was said, its plain form, how often, and its point."""

    text: str
    plain: str
    count: int
    point: Floats


@dataclass(frozen=True)
class Name:
    """What a topic is called, its keywords, and typical statements of it."""

    label: str
    keywords: tuple[str, ...]
    quotes: tuple[str, ...]


@dataclass(frozen=True)
class Namer:
    """Names topics by the rulebook's phrases, each with statements that it stands for."""

    bounds: NeedBounds
    space: Space

    @cached_property
    def empty_words(self) -> frozenset[str]:
        """Words that name nothing."""
        return frozenset(self.bounds.empty_words)

    def says_nothing(self, text: str) -> bool:
        """Whether a text is made of empty words alone: it states no need that could recur."""
        return not self._empty.sub("", text)

    @cached_property
    def _empty(self) -> re.Pattern[str]:
        ranked = sorted(self.bounds.empty_words, key=lambda word: (-len(word), word))
        return re.compile("|".join(map(re.escape, ranked)) or r"(?!)")

    def words_of(self, text: str) -> frozenset[str]:
        """The words of a statement that may be keywords."""
        return frozenset(word for word in rjieba.cut(text) if self._names_something(word))

    def name(
        self, candidates: Sequence[Candidate], everywhere: Mapping[str, int], total: int, taken: Collection[str]
    ) -> Name:
        """The name of a topic; `everywhere` counts the phrases of all `total` statements, `taken` are names in use."""
        words = self._keywords(candidates, everywhere, total)
        label = self._known(candidates) or self._phrase(candidates, everywhere, total) or typical(candidates)[0]
        return Name(_apart(label, words, taken), words, typical(candidates)[: self.bounds.quotes])

    def phrases_of(self, text: str) -> set[str]:
        """One to three neighbouring words of a text that could be a name."""
        words = list(rjieba.cut(text))
        spans = (words[at : at + n] for n in range(1, MOST_WORDS + 1) for at in range(len(words) - n + 1))
        return {"".join(span) for span in spans if self._could_name(span)}

    def _could_name(self, words: Sequence[str]) -> bool:
        length = sum(map(len, words))
        ends = (words[0], words[-1])
        return SHORTEST <= length <= LONGEST and not any(word in self.empty_words or word.isdigit() for word in ends)

    def _names_something(self, word: str) -> bool:
        return len(word) >= KEYWORD_LETTERS and not word.isdigit() and word not in self.empty_words

    def _keywords(self, candidates: Sequence[Candidate], everywhere: Mapping[str, int], total: int) -> tuple[str, ...]:
        """The words frequent in one topic and rare in the others (class-based TF-IDF, Grootendorst 2022)."""
        mine = _counted((candidate, self.words_of(candidate.plain)) for candidate in candidates)
        weighed = sorted((-n * log(1 + total / max(everywhere.get(word, n), n)), word) for word, n in mine.items())
        return tuple(word for _, word in weighed[: self.bounds.keywords])

    def _phrase(self, candidates: Sequence[Candidate], everywhere: Mapping[str, int], total: int) -> str | None:
        """The phrase that most of them share and few others hold."""
        said = sum(candidate.count for candidate in candidates)
        mine = _counted((candidate, self.phrases_of(candidate.plain)) for candidate in candidates)

        def worth(phrase: str) -> tuple[float, str]:
            rarity = log(1 + total / max(everywhere.get(phrase, 0), mine[phrase]))
            return mine[phrase] / said * rarity * (1 + PER_LETTER * min(len(phrase), 6)), phrase

        shared = [phrase for phrase, n in mine.items() if n > 1 and n >= LEAST_SHARE * said]
        return max(shared, key=worth, default=None)

    def _known(self, candidates: Sequence[Candidate]) -> str | None:
        """The rulebook's phrase that most of the statements are near."""
        labels, points = self._examples
        if not labels:
            return None
        votes: Counter[str] = Counter()
        similar = np.array([candidate.point for candidate in candidates]) @ points.T
        for candidate, row in zip(candidates, similar, strict=True):
            best = int(row.argmax())
            if 1 - row[best] <= self.bounds.name_distance:
                votes[labels[best]] += candidate.count
        said = sum(candidate.count for candidate in candidates)
        label = min(votes, key=lambda one: (-votes[one], one), default=None)
        return label if label is not None and votes[label] >= self.bounds.name_share * said else None

    @cached_property
    def _examples(self) -> tuple[list[str], Floats]:
        pairs = [(label, plain(text)) for label, texts in self.bounds.names.items() for text in texts]
        return [label for label, _ in pairs], self.space.vectors([text for _, text in pairs])


def typical(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The statements of a topic, those nearest to its middle and of a readable length first."""
    middle = np.average([one.point for one in candidates], axis=0, weights=[one.count for one in candidates])

    def worth(candidate: Candidate) -> tuple[float, str]:
        length = len(candidate.text)
        awkward = max(0, length - QUOTE_LONGEST) + 2 * max(0, QUOTE_SHORTEST - length) + length / 4
        return -(float(candidate.point @ middle) - PER_CHARACTER * awkward / 2), candidate.text

    return tuple(candidate.text for candidate in sorted(candidates, key=worth))


def _counted(pairs: Iterable[tuple[Candidate, Iterable[str]]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for candidate, parts in pairs:
        for part in parts:
            counts[part] += candidate.count
    return counts


def _apart(label: str, words: Sequence[str], taken: Collection[str]) -> str:
    """A name of its own: with a keyword that tells it from the topic of that name, else with a number."""
    options = [label, *(f"{label}（{word}）" for word in words if word not in label)]
    numbered = (f"{label}（{number}）" for number in range(2, len(taken) + 3))
    return next(option for option in (*options, *numbered) if option not in taken)
