"""Conditions: what checks of an SOP look for in a conversation, as plain data.

The names of the classes' first fields are the operators of the rule language; every other field is an option of the
same name in the YAML (`rulebook/condition_file.py` reads them by their types). Places of a conversation are turns;
`within` counts turns unless it says seconds. Order is named as in DECLARE (Pesic, van der Aalst 2007).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from qa_service.domain.value import VALUES as VALUES

# Plainer in the YAML than the field, or a word of Python there.
IN_YAML = {"scope": "in", "bounds": "is", "negated": "not"}
STATED = ("right", "wrong", "unclear", "any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a condition looks: whose turns, which part of the conversation, how near another condition.

    `every`: all turns there must satisfy it, rather than any one. `within`: turns from the nearest match of `before`,
    `after` or `around`; None: any distance.
    """

    speaker: str = "agent"
    first_turns: int | None = None
    last_turns: int | None = None
    first_seconds: float | None = None
    last_seconds: float | None = None
    before: "Condition | None" = None
    after: "Condition | None" = None
    around: "Condition | None" = None
    within: int | None = None
    every: bool = False


EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a number must be: over, under, equal; several hold together."""

    over: float | None = None
    under: float | None = None
    equals: float | None = None

    def hold(self, number: float) -> bool:
        """Whether the number keeps all bounds."""
        return (
            (self.over is None or number > self.over)
            and (self.under is None or number < self.under)
            and (self.equals is None or number == self.equals)
        )


ANY_NUMBER = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody does something, in whatever words: the models judge it by description and examples."""

    act: str
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step of this SOP is done; its turns are the matches."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keywords:
    """Words stand in a turn. `distinct`: so many different ones; `times`: so many in all.

    `variants`: also spaced out (“威 信”) and in characters of the same sound.
    """

    keywords: tuple[str, ...]
    distinct: int = 1
    times: int = 1
    variants: bool = False
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A regular expression matches, and `unless` does not match the same words."""

    pattern: str
    unless: str | None = None
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """A turn is written like one of the samples: cosine of character n-grams, 0 to 1."""

    similar: tuple[str, ...]
    score: float = 0.8
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """Somebody says the same again within the last so many turns of his own."""

    repeated: int
    times: int = 1
    score: float = 0.9
    min_length: int = 6
    unless: tuple[str, ...] = ()
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueStated:
    """A value of a kind (`domain/value.py`) is named, within bounds; of a date, the days from the conversation on."""

    value: str
    bounds: Bounds = ANY_NUMBER
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class FactStated:
    """A value of the SOP's structured facts is stated `right`, `wrong` or `unclear`; `any`: it is stated at all."""

    fact: str
    stated: str = "wrong"
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIs:
    """A field of the conversation (`product`, `agent.team`, `tags.lead_source` …) compares so; no words are read."""

    field: str
    equals: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    contains: str | None = None
    bounds: Bounds = ANY_NUMBER
    missing: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTime:
    """How many seconds a customer waits for the agent's next turn."""

    reply: Bounds
    scope: Scope = Scope(speaker="any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How many seconds nobody speaks, between the turns of a call."""

    silence: Bounds
    scope: Scope = Scope(speaker="any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """How many seconds a speaker begins before the other has ended."""

    interruption: Bounds
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How many characters a minute a turn is spoken at; short turns tell nothing."""

    speed: Bounds
    min_length: int = 20
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCount:
    """How many turns there are in the scope."""

    turns: Bounds
    scope: Scope = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """How many seconds the conversation lasted."""

    duration: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """How many moves of the customer got no answer: none at all, or none within so many seconds."""

    unanswered: Bounds
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideHours:
    """It began outside these hours of the day where the service runs, such as `09:00-21:00`; `days`: 1 is Monday."""

    outside_hours: tuple[str, ...]
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """How many contacts the customer had in so many days, with the present one."""

    contacts: Bounds
    days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterOptOut:
    """The customer had asked for no further contact before it began (or, false, had not)."""

    after_opt_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """All of them hold."""

    all: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least `of` of them hold."""

    any: tuple["Condition", ...]
    of: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """It does not hold; `not` in the YAML."""

    negated: "Condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """Every match of `then` has a match of the other before it."""

    precedence: "Condition"
    then: "Condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Every match has a match of `then` after it, within so many turns or seconds."""

    response: "Condition"
    then: "Condition"
    within: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """Precedence and response together."""

    succession: "Condition"
    then: "Condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceAfter:
    """No match of `never` comes after a match of the other."""

    absence_after: "Condition"
    never: "Condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exactly:
    """It happens in exactly so many moves."""

    exactly: int
    that: "Condition"


Condition: TypeAlias = (
    Act
    | StepDone
    | Keywords
    | Pattern
    | Similar
    | Repeated
    | ValueStated
    | FactStated
    | FieldIs
    | ReplyTime
    | Silence
    | Interruption
    | Speed
    | TurnCount
    | Duration
    | Unanswered
    | OutsideHours
    | Contacts
    | AfterOptOut
    | AllOf
    | AnyOf
    | Not
    | Precedence
    | Response
    | Succession
    | AbsenceAfter
    | Exactly
)


def parts(condition: Condition | None) -> Iterator[Condition]:
    """A condition and all that stand in it, its scopes included."""
    return (part for _, part in placed_parts(condition))


def placed_parts(
    condition: Condition | tuple[Any, ...] | None, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Condition]]:
    """A condition and all that stand in it, each with its path in the YAML from there; the same of several."""
    if isinstance(condition, tuple):
        for number, one in enumerate(condition):
            yield from placed_parts(one, (*place, number))
    if not isinstance(condition, Condition):
        return
    yield place, condition
    for part in fields(condition):
        yield from placed_parts(getattr(condition, part.name), (*place, IN_YAML.get(part.name, part.name)))
    scope = getattr(condition, "scope", EVERYWHERE)
    for name in ("before", "after", "around"):
        yield from placed_parts(getattr(scope, name), (*place, IN_YAML["scope"], name))


def facts_named(condition: Condition | None) -> set[str]:
    """The ids of the facts a condition asks for."""
    return {part.fact for part in parts(condition) if isinstance(part, FactStated)}


def steps_named(condition: Condition | None) -> set[str]:
    """The ids of the steps a condition asks for."""
    return {part.step for part in parts(condition) if isinstance(part, StepDone)}
