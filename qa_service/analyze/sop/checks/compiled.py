"""What of an SOP's checks is worked out once for many conversations.

Thousands of keywords are looked for in one pass, and a check whose words and patterns do not occur at all is not looked
at again: what it finds then is the same in every conversation.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from qa_service.analyze.sop.checks.words import WordFinder, WordPlaces
from qa_service.domain.check import Check
from qa_service.domain.condition import (
    EVERYWHERE,
    AbsenceAfter,
    AllOf,
    AnyOf,
    Condition,
    Exactly,
    Keywords,
    Not,
    Pattern,
    Precedence,
    Response,
    Succession,
    parts,
)
from qa_service.domain.finding import CheckFinding
from qa_service.domain.sop import Sop, conditions

# What these find depends on nothing but words; any other operator makes a check be looked at in every conversation.
OF_WORDS = (Keywords, Pattern, AllOf, AnyOf, Not, Precedence, Response, Succession, AbsenceAfter, Exactly)
# A pattern that looks beyond its match, or ties it to an end, may be missed in a search over all turns at once.
LOOKS_AROUND = re.compile(r"\(\?|\\[AZ]")


@dataclass(frozen=True)
class Compiled:
    """The automata of an SOP's keywords, and for each word or pattern the checks that ask for it.

    `silent` keeps what a check finds where none of its words occurs, by its place in the SOP.
    """

    finder: WordFinder
    of_word: dict[tuple[str, bool], tuple[int, ...]]
    patterns: tuple[tuple[re.Pattern[str], tuple[int, ...]], ...]
    always: frozenset[int]
    silent: dict[int, CheckFinding] = field(default_factory=dict)

    def touched(self, texts: Sequence[str], words: WordPlaces) -> set[int]:
        """The checks that may find something in these turns."""
        found = set(self.always)
        for places, variants in ((words.plain, False), (words.variants, True)):
            for word in places:
                found.update(self.of_word.get((word, variants), ()))
        if self.patterns:
            text = "\n".join(texts)
            for pattern, checks in self.patterns:
                if not found.issuperset(checks) and pattern.search(text):
                    found.update(checks)
        return found


def compiled(sop: Sop) -> Compiled:
    """What of the SOP's checks is worked out once; kept for the SOPs met last."""
    return _compiled(_Keyed(sop))


class _Keyed:
    """An SOP as a key: the digest of its document stands for all of it."""

    def __init__(self, sop: Sop) -> None:
        self.sop = sop

    def __hash__(self) -> int:
        return hash(self.sop.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and other.sop.digest == self.sop.digest


@lru_cache(maxsize=256)
def _compiled(keyed: _Keyed) -> Compiled:
    checks = keyed.sop.checks
    of_word: dict[tuple[str, bool], set[int]] = {}
    of_pattern: dict[str, set[int]] = {}
    for number, check in enumerate(checks):
        for part in _parts(check):
            if isinstance(part, Keywords):
                for word in part.keywords:
                    of_word.setdefault((word, part.variants), set()).add(number)
            if isinstance(part, Pattern):
                of_pattern.setdefault(part.pattern, set()).add(number)
    return Compiled(
        finder=_finder(keyed.sop),
        of_word={word: tuple(sorted(asking)) for word, asking in of_word.items()},
        patterns=tuple((re.compile(p, re.MULTILINE), tuple(sorted(asking))) for p, asking in of_pattern.items()),
        always=frozenset(number for number, check in enumerate(checks) if not _only_words(_parts(check))),
    )


def _parts(check: Check) -> list[Condition]:
    return [*parts(check.condition), *parts(check.when)]


def _only_words(found: Iterable[Condition]) -> bool:
    for part in found:
        scope = getattr(part, "scope", EVERYWHERE)
        timed = scope.first_seconds is not None or scope.last_seconds is not None or scope.every
        around = isinstance(part, Pattern) and LOOKS_AROUND.search(part.pattern)
        late = isinstance(part, Response) and part.seconds is not None
        if not isinstance(part, OF_WORDS) or timed or around or late:
            return False
    return True


def _finder(sop: Sop) -> WordFinder:
    def words(variants: bool) -> Iterator[str]:
        sought = (part for part in conditions(sop) if isinstance(part, Keywords) and part.variants == variants)
        return (word for part in sought for word in part.keywords)

    return WordFinder(words(False), words(True))
