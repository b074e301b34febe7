"""Which fact of the SOP a stated value is about: the one whose words stand around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa_service.analyze.sop.facts.compare import Match, comparable, compare
from qa_service.analyze.sop.facts.surroundings import Surroundings
from qa_service.analyze.sop.values import values_in
from qa_service.domain.fact import Fact
from qa_service.domain.value import IN_DAYS, Value

# What may be left of a word beside its value: 24课时班.
REST = 2
# Less than a word that was said.
OF_THE_PRODUCT = 0.5


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a fact is about: as it stands, or the value that it names (24 课时), met in any writing.

    A single unit (一年) is both: “一年三千九百八” names no length of time.
    """

    plain: str
    value: tuple[str, float] | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact that may be meant, and how many of its words stand there; `sure` where nothing speaks against it."""

    fact: Fact
    near: float
    sure: bool


@lru_cache(maxsize=1024)
def about(words: tuple[str, ...]) -> tuple[Word, ...]:
    """The words of a fact, with the values that they name."""
    return tuple(map(_word, words))


def _word(word: str) -> Word:
    named = [value for value in values_in(word) if value.exact and not value.bare]
    if len(named) != 1 or len(word) - (named[0].end - named[0].start) > REST:
        return Word(_plain(word), None)
    (value,) = named
    single = value.number == IN_DAYS.get(value.unit)
    return Word(_plain(word) if single else "", (value.kind, value.low))


def candidates(
    facts: Sequence[Fact], value: Value, around: Surroundings, *, named: Sequence[Value], product: str
) -> list[Candidate]:
    """The facts that may be meant by a value, those with most of their words near first.

    `named` are all values of the turn; of facts alike, that of the conversation's product comes first.
    """
    alike = [fact for fact in facts if comparable(fact, value)]
    before = _Said.at(around.text, around.start, around.at, named)
    behind = _Said.at(around.text, around.behind, around.end, named)
    if value.kind != "price":
        return _ranked(alike, before.joined(behind), _NOTHING, product)
    # What a price is for is named before it; only else behind it (2880，24课时), where a mere word tells little.
    return _ranked(alike, before, behind, product) or [
        one
        for one in _ranked(alike, _Said(behind.words, behind.values | before.values), _NOTHING, product)
        if any(word.value for word in about(one.fact.about)) or compare(one.fact, value) is Match.SAME
    ]


def asked_about(facts: Sequence[Fact], value: Value, question: str, product: str) -> list[Candidate]:
    """The facts that the customer's question just before was about."""
    alike = [fact for fact in facts if comparable(fact, value)]
    return _ranked(alike, _Said.at(question, 0, len(question), values_in(question)), _NOTHING, product)


@dataclass(frozen=True, slots=True)
class _Said:
    """Words around a value, and the values among them."""

    words: str
    values: frozenset[tuple[str, float]]

    @classmethod
    def at(cls, text: str, start: int, end: int, values: Sequence[Value]) -> "_Said":
        inside = (one for one in values if start <= one.start and one.end <= end)
        exact = {(one.kind, one.low) for one in inside if one.exact and not one.bare and not one.per}
        return cls(_plain(text[start:end]), frozenset(exact))

    def joined(self, other: "_Said") -> "_Said":
        return _Said(f"{self.words}\n{other.words}", self.values | other.values)


_NOTHING = _Said("", frozenset())


def _ranked(facts: Sequence[Fact], said: _Said, beside: _Said, product: str) -> list[Candidate]:
    found = [_candidate(fact, said, beside, _plain(product)) for fact in facts]
    return sorted((one for one in found if one.near >= 1), key=lambda one: -one.near)


def _candidate(fact: Fact, said: _Said, beside: _Said, product: str) -> Candidate:
    """How near a fact is; not sure where another value of a kind that it is about is named: 12 课时, not 24."""
    wanted = about(fact.about)
    sought = {word.value for word in wanted if word.value}
    spelled = {word for word in wanted if word.plain and word.plain in said.words}
    met, named = sought & said.values, said.values
    if not met:
        met, named = (sought & beside.values if spelled else met), named | beside.values
    kinds = {kind for kind, _ in sought}
    others = {(kind, number) for kind, number in named - met if kind in kinds and number > 1}
    words_said = len(met) + sum(word.value not in met for word in spelled)
    near = words_said + OF_THE_PRODUCT * any(word.plain in product for word in wanted if word.plain)
    return Candidate(fact, near, sure=not others)


def _plain(text: str) -> str:
    """Without capitals and spaces; a school grade (一年级) has no year in it."""
    return "".join(text.lower().split(" ")).replace("年级", "grade")
