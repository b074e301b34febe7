"""The difference in an outcome that goes with doing something, with its interval, its grade and what to say of it."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

OUTCOMES = ("converted", "trial_attended", "refunded", "complained")
BAD_OUTCOMES = frozenset({"refunded", "complained"})


class TargetKind(StrEnum):
    """What the effect is of."""

    STEP = "step"
    OBLIGATION = "obligation"
    RED_LINE = "red_line"
    ORDER = "order"
    PHRASE = "phrase"


class EffectVerdict(StrEnum):
    """What may be said of an effect (contract, Insight)."""

    HELPS = "helps"
    HURTS = "hurts"
    NEGLIGIBLE = "negligible"
    NOT_ENOUGH_DATA = "not_enough_data"
    NO_EVIDENCE = "no_evidence"


class Grade(StrEnum):
    """Strength of the evidence: randomised, as-if random, adjusted, association only."""

    RANDOMISED = "A"
    AS_IF_RANDOM = "B"
    ADJUSTED = "C"
    ASSOCIATION = "D"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A step, obligation, red line, order pair or phrase."""

    kind: TargetKind
    id: str


@dataclass(frozen=True, slots=True)
class RolloutComparison:
    """What a declared rollout says by itself: the outcome under one version against the other, by assignment.

    `uptake` is how much more often the one thing that changed was done under the new version, None where that is
    not known; `balance_p` how likely units as different as these are, had chance assigned them.
    """

    sop: str
    outcome: str
    from_version: int
    to_version: int
    unit: str
    mechanism: str
    n_units_from: int
    n_units_to: int
    n_from: int
    n_to: int
    difference: float
    ci_low: float
    ci_high: float
    p_value: float
    balance_p: float | None
    uptake: float | None = None


@dataclass(frozen=True, slots=True)
class EffectChecks:
    """How far an effect can be trusted, and what size to expect.

    `shrunk_*`: drawn to nothing as far as the family of effects says that large ones are luck. `detectable`: the
    smallest effect that would have been found four times in five. `placebo_share`: how often exposure dealt anew among
    like contacts of the same agent gives an effect as large. `negative_control`: the effect, which should be none, of
    what the agent did with the customer before. `e_value`: how strongly something unknown would have to go with both
    exposure and outcome, as a ratio of rates, to explain the effect away, and `e_value_limit` to take its interval to
    nothing.
    """

    std_error: float | None = None
    rate_unexposed: float | None = None
    detectable: float | None = None
    shrunk_effect: float | None = None
    shrunk_low: float | None = None
    shrunk_high: float | None = None
    placebo_share: float | None = None
    negative_control: float | None = None
    negative_control_p: float | None = None
    e_value: float | None = None
    e_value_limit: float | None = None


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How many customers one SOP and outcome has, and how many it takes to see a difference of so much.

    `needed` pairs a difference with the number of customers, half of them exposed, that show it four times in five.
    """

    sop: str
    outcome: str
    n: int
    rate: float | None
    needed: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """One line of an effects file; numbers that cannot be estimated are None."""

    sop: str
    target: Target
    outcome: str
    n_exposed: int
    n_unexposed: int
    n_trimmed: int
    n_agents: int
    raw_difference: float | None
    effect: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    q_value: float | None
    grade: Grade
    verdict: EffectVerdict
    method: str
    adjusted_for: tuple[str, ...]
    checks: EffectChecks = EffectChecks()
    rollout: RolloutComparison | None = None


def effect_to_json(effect: Effect) -> dict[str, Any]:
    """The contract object of an effect."""
    body: dict[str, Any] = {
        "sop": effect.sop,
        "target": {"kind": effect.target.kind.value, "id": effect.target.id},
        "outcome": effect.outcome,
    }
    counts = ("n_exposed", "n_unexposed", "n_trimmed", "n_agents")
    shares = ("raw_difference", "effect", "ci_low", "ci_high", "p_value", "q_value")
    body |= {key: getattr(effect, key) for key in counts}
    body |= {key: None if (value := getattr(effect, key)) is None else round(value, 6) for key in shares}
    body |= {"grade": effect.grade.value, "verdict": effect.verdict.value, "method": effect.method}
    body |= {"adjusted_for": list(effect.adjusted_for), "checks": _rounded(effect.checks)}
    return body | ({"rollout": _rounded(effect.rollout)} if effect.rollout else {})


def sample_size_to_json(size: SampleSize) -> dict[str, Any]:
    """How many customers there are and how many are needed, as an object."""
    needed = [{"difference": difference, "n": n} for difference, n in size.needed]
    return _rounded(size) | {"needed": needed}


def _rounded(values: EffectChecks | RolloutComparison | SampleSize) -> dict[str, Any]:
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(values).items()}
