"""What agents say again and again: recurring strings of characters, found without a look at any outcome.

The words of agents wait in a temporary file while contacts are gathered, so that memory holds only where phrases
stand. Strings are counted level by level in an even sample: a longer one can recur only where its parts do (Agrawal
and Srikant 1994); of strings that stand in nearly the same conversations the longest is kept.
"""

import json
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

from models.clauses import clauses
from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Speaker
from qa_service.domain.insight import EffectBounds
from qa_service.domain.judged import JudgedConversation

SHORTEST, LONGEST = 4, 16
SAMPLE, FEWEST_IN_SAMPLE, CANDIDATES, COMPARED = 2000, 20, 200, 20_000
# A string is part of a longer one that stands in so much of its conversations.
SWALLOWED = 0.9
# Of phrases that mostly stand in the same conversations one is enough.
SAME = 0.7
MASK = "●"

# The turns of one agent in one conversation: index, words, whether a finding stands there.
Turns = list[tuple[int, str, bool]]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Phrase:
    """Words that recur, and the first turn on which they stand in each of the contacts that have them."""

    words: str
    rows: Ints
    first_turns: Ints


@dataclass
class SpokenColumns:
    """Takes contacts one by one; their words go to a file that is gone when this is."""

    bounds: EffectBounds
    file: IO[str] = field(default_factory=lambda: _scratch())
    rows: int = 0

    def add(self, judged: JudgedConversation) -> None:
        """Take one contact."""
        seen = _evidence(judged.analysis)
        turns = enumerate(judged.conversation.turns)
        said = [(at, turn.text, at in seen) for at, turn in turns if turn.speaker is Speaker.AGENT and turn.text]
        self.file.write(json.dumps(said, ensure_ascii=False) + "\n")
        self.rows += 1

    def finish(self, agents: Ints, keys: Ints) -> tuple[Phrase, ...]:
        """The phrases that recur; `keys` order the contacts by chance."""
        bounds = self.bounds
        sample = set(np.argsort(keys, kind="stable")[:SAMPLE].tolist())
        words = _recurring([(row, said) for row, said in self._lines() if row in sample], agents, self.rows, bounds)
        found = list(_located(words, self._lines())) if words else []
        self.file.close()
        return tuple(_distinct([phrase for phrase in found if _common(phrase, agents, bounds)], self.rows))

    def _lines(self) -> Iterator[tuple[int, Turns]]:
        self.file.seek(0)
        for row, line in enumerate(self.file):
            yield row, json.loads(line)


def _scratch() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8")


def _evidence(analysis: Analysis) -> set[int]:
    """The turns on which something of the SOP was found."""
    turns = {turn for step in analysis.steps for turn in step.turns}
    turns |= {one.response_turn for one in analysis.obligations if one.response_turn is not None}
    return turns | {line.span.turn for line in analysis.red_lines}


def _recurring(sample: Sequence[tuple[int, Turns]], agents: Ints, rows: int, bounds: EffectBounds) -> list[str]:
    """The strings that recur in a sample, the most frequent ones, longest first."""
    if not sample:
        return []
    fewest = max(FEWEST_IN_SAMPLE, int(2 * bounds.phrase_conversations * len(sample) / rows))
    counted: dict[str, set[int]] = {}
    level: Mapping[str, set[int]] | None = None
    for length in range(SHORTEST, LONGEST + 1):
        grown = {words: where for words, where in _strings(sample, length, level).items() if len(where) >= fewest}
        for words, where in grown.items():
            for part in (words[1:], words[:-1]):
                if part in counted and len(where) >= SWALLOWED * len(counted[part]):
                    del counted[part]
        if not grown:
            break
        counted |= grown
        level = grown
    ranked = sorted(counted, key=lambda words: (-len(counted[words]), words))
    known = [words for words in ranked if len(set(agents[list(counted[words])])) >= bounds.phrase_agents]
    return _news(known[:CANDIDATES], sample, bounds)


def _strings(
    sample: Sequence[tuple[int, Turns]], length: int, shorter: Mapping[str, set[int]] | None
) -> Mapping[str, set[int]]:
    """The strings of a length within clauses, whose parts recur, and the contacts that have them."""
    found: dict[str, set[int]] = defaultdict(set)
    for row, said in sample:
        for _, text, _ in said:
            for start, end in clauses(text):
                for at in range(start, end - length + 1):
                    words = text[at : at + length]
                    if shorter is None or (words[1:] in shorter and words[:-1] in shorter):
                        found[words].add(row)
    return {words: where for words, where in found.items() if MASK not in words}


def _news(words: Sequence[str], sample: Sequence[tuple[int, Turns]], bounds: EffectBounds) -> list[str]:
    """The strings that do not stand mostly where something of the SOP was found anyway."""
    finder = AhoCorasick(words)
    stands, known = np.zeros(len(words)), np.zeros(len(words))
    for _, said in sample:
        for _, text, seen in said:
            for at in {at for at, _, _ in finder.find_matches_as_indexes(text, overlapping=True)}:
                stands[at] += 1
                known[at] += seen
    return [one for at, one in enumerate(words) if known[at] < bounds.phrase_restates * max(1, stands[at])]


def _located(words: Sequence[str], lines: Iterator[tuple[int, Turns]]) -> Iterator[Phrase]:
    """Where each string stands, in one pass."""
    finder = AhoCorasick(words)
    rows, turns = [array("q") for _ in words], [array("q") for _ in words]
    for row, said in lines:
        seen: set[int] = set()
        for turn, text, _ in said:
            fresh = {at for at, _, _ in finder.find_matches_as_indexes(text, overlapping=True)} - seen
            for at in fresh:
                rows[at].append(row)
                turns[at].append(turn)
            seen |= fresh
    for at, one in enumerate(words):
        yield Phrase(one, np.array(rows[at], dtype=np.int64), np.array(turns[at], dtype=np.int64))


def _common(phrase: Phrase, agents: Ints, bounds: EffectBounds) -> bool:
    count = len(phrase.rows)
    enough = 2 * bounds.phrase_conversations <= count <= bounds.phrase_most * len(agents)
    return enough and len(np.unique(agents[phrase.rows])) >= bounds.phrase_agents


def _distinct(phrases: Sequence[Phrase], rows: int) -> list[Phrase]:
    """One of those that mostly stand in the same contacts: the longest."""
    ranked = sorted(phrases, key=lambda one: (-len(one.words), -len(one.rows), one.words))
    # An even sample of contacts tells which are the same; floats, since their products are fast.
    every = max(1, rows // COMPARED)
    stands = np.zeros((len(ranked), rows // every + 1), dtype=np.float32)
    for at, phrase in enumerate(ranked):
        stands[at, phrase.rows[phrase.rows % every == 0] // every] = 1
    both, alone = stands @ stands.T, stands.sum(axis=1)
    kept: list[int] = []
    for at in range(len(ranked)):
        if all(both[at, one] < SAME * (alone[at] + alone[one] - both[at, one]) for one in kept):
            kept.append(at)
    return sorted((ranked[at] for at in kept), key=lambda one: one.words)
