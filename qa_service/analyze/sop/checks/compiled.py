"""What of an SOP's checks is worked out once for many conversations.

Thousands of keywords are looked for in one pass, and a check of which no word and no pattern occurs is not looked at
again: what it finds then is the same in every conversation.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from typing import Any, TypeAlias

from qa_service.analyze.sop.checks.expression import Expressions
from qa_service.analyze.sop.checks.words import WordFinder, WordPlaces
from qa_service.domain.condition import (
    EVERYWHERE,
    AbsenceAfter,
    Act,
    AllOf,
    AnyOf,
    Condition,
    Exactly,
    FactStated,
    Keywords,
    Not,
    Pattern,
    Precedence,
    Response,
    StepDone,
    Succession,
    parts,
)
from qa_service.domain.finding import CheckFinding
from qa_service.domain.sop import Sop, conditions

# Without a match in these parts of it, such a condition finds the same whatever else was said.
DECIDING: Mapping[type[Any], tuple[str, ...]] = {
    AllOf: ("all",),
    AnyOf: ("any",),
    Not: ("negated",),
    Precedence: ("then",),
    Response: ("response",),
    Succession: ("succession", "then"),
    AbsenceAfter: ("never",),
    Exactly: ("that",),
}
# These can be told of every conversation; others may lack times or fields.
ALWAYS_TOLD = (Keywords, Pattern, Act, StepDone, FactStated, *DECIDING)
# A pattern tied to the ends of the whole text may be missed in a search over all turns at once, and so may one with
# flags of its own. Named and plain groups, and letters of either case, are no matter.
LOOKS_AROUND = re.compile(r"\(\?(?!:|P|i\))|\\[Az]")
# So many findings that differ in nothing but the turns searched are kept.
MOST_RANGES = 4096

Range: TypeAlias = tuple[int, int] | None


@dataclass(frozen=True)
class Compiled:
    """The automata of an SOP's keywords, and for each word or pattern the checks that ask for it.

    `acts` are those that its conditions ask for, each once. `_silent` is kept by the bound below which one is unsure.
    """

    finder: WordFinder
    of_word: dict[tuple[str, bool], tuple[int, ...]]
    of_pattern: dict[str, tuple[int, ...]]
    expressions: Expressions
    always: frozenset[int]
    acts: tuple[Act, ...]
    checks: int
    _silent: dict[float, "Silent"] = field(default_factory=dict)

    def touched(self, texts: Sequence[str], words: WordPlaces) -> set[int]:
        """The checks that may find something in these turns."""
        found = set(self.always)
        for places, variants in ((words.plain, False), (words.variants, True)):
            for word in places:
                found.update(self.of_word.get((word, variants), ()))
        for pattern in self.expressions.matching("\n".join(texts)):
            found.update(self.of_pattern[pattern])
        return found

    def silent(self, unsure_below: float) -> "Silent":
        """What the checks find where none of their words occurs, as far as it is known yet."""
        if unsure_below not in self._silent:
            self._silent[unsure_below] = Silent(self.checks)
        return self._silent[unsure_below]


class Silent:
    """What each check of an SOP finds where none of its words occurs: the same always, save the turns searched.

    `unknown` are the places in the SOP of those that no conversation was silent about yet.
    """

    def __init__(self, checks: int) -> None:
        self.unknown = set(range(checks))
        self._known: dict[int, CheckFinding] = {}
        self._searching: set[int] = set()
        self._of_range: dict[tuple[int, Range], CheckFinding] = {}

    def learn(self, number: int, finding: CheckFinding) -> None:
        """Keep what a check found."""
        self._known[number] = finding
        if finding.searched:
            self._searching.add(number)
        self.unknown.discard(number)

    def findings(self, searched: Range) -> dict[int, CheckFinding]:
        """What is known, with the turns that were searched this time."""
        found = dict(self._known)
        found.update((number, self._within(number, searched)) for number in self._searching & found.keys())
        return found

    def _within(self, number: int, searched: Range) -> CheckFinding:
        finding = self._of_range.get((number, searched))
        if finding is None:
            if len(self._of_range) >= MOST_RANGES:
                self._of_range.clear()
            finding = self._of_range[number, searched] = replace(self._known[number], searched=searched)
        return finding


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
    of_word: dict[tuple[str, bool], set[int]] = {}
    of_pattern: dict[str, set[int]] = {}
    always = set()
    for number, check in enumerate(keyed.sop.checks):
        wakers = _wakers(check.condition), _wakers(check.when) if check.when else []
        if None in wakers:
            always.add(number)
        for waker in chain.from_iterable(some for some in wakers if some):
            if isinstance(waker, Pattern):
                of_pattern.setdefault(waker.pattern, set()).add(number)
            else:
                for word in waker.keywords:
                    of_word.setdefault((word, waker.variants), set()).add(number)
    return Compiled(
        finder=_finder(keyed.sop),
        of_word={word: tuple(sorted(asking)) for word, asking in of_word.items()},
        of_pattern={pattern: tuple(sorted(asking)) for pattern, asking in of_pattern.items()},
        expressions=Expressions(of_pattern),
        always=frozenset(always),
        acts=tuple(dict.fromkeys(part for part in conditions(keyed.sop) if isinstance(part, Act))),
        checks=len(keyed.sop.checks),
    )


def _wakers(condition: Condition) -> list[Keywords | Pattern] | None:
    """The words and patterns without which it finds the same in every conversation; None: there are no such."""
    if any(map(_may_lack, parts(condition))):
        return None
    if isinstance(condition, Keywords | Pattern):
        around = isinstance(condition, Pattern) and LOOKS_AROUND.search(condition.pattern)
        return None if around or condition.scope.every else [condition]
    if type(condition) not in DECIDING:
        return None
    named = [getattr(condition, name) for name in DECIDING[type(condition)]]
    found = [_wakers(part) for value in named for part in (value if isinstance(value, tuple) else (value,))]
    return None if None in found else [waker for some in found if some for waker in some]


def _may_lack(part: Condition) -> bool:
    """Whether there are conversations of which it cannot be told."""
    scope = getattr(part, "scope", EVERYWHERE)
    timed = scope.first_seconds is not None or scope.last_seconds is not None
    return timed or not isinstance(part, ALWAYS_TOLD) or (isinstance(part, Response) and part.seconds is not None)


def _finder(sop: Sop) -> WordFinder:
    def words(variants: bool) -> Iterator[str]:
        sought = (part for part in conditions(sop) if isinstance(part, Keywords) and part.variants == variants)
        return (word for part in sought for word in part.keywords)

    return WordFinder(words(False), words(True))
