"""The difference in an outcome that goes with doing something, with its interval, its grade and what to say of it."""

from dataclasses import dataclass
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
    return body | {"adjusted_for": list(effect.adjusted_for)}
