"""A proposed change of an SOP, with the evidence it rests on and the whole SOP as it would be."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from qa_service.domain.effect import Effect
from qa_service.domain.quote import Quote, quote_to_json


class SuggestionKind(StrEnum):
    """What would change."""

    ENFORCE_STEP = "enforce_step"
    RELAX_STEP = "relax_step"
    DROP_STEP = "drop_step"
    REWORD_STEP = "reword_step"
    ADD_STEP = "add_step"
    REORDER = "reorder"
    ADD_OBLIGATION = "add_obligation"
    ADD_FAQ = "add_faq"
    ADD_RED_LINE = "add_red_line"


@dataclass(frozen=True, slots=True)
class SuggestionEvidence:
    """How many contacts or conversations it rests on; `effect` is None where no effect is claimed.

    `negligible`: how surely the effect is too small to matter, where that is the claim.
    """

    n: int
    effect: Effect | None
    examples: tuple[Quote, ...]
    negligible: float | None = None


@dataclass(frozen=True, slots=True)
class GuardRail:
    """What must not get worse: its rate so far, and the rate above which the trial is to be stopped.

    `low` and `high` bound what goes with the target now, in shares; None where nothing is known of it.
    """

    outcome: str
    n: int
    rate: float
    stop_above: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """How the change is tried: where first, compared with whom, and how many conversations until it is known.

    `expected` is the change of `outcome` if everybody follows, in shares; `each` the conversations on either side;
    `weeks` how long the first teams take for them, None where nobody knows how many they have.
    """

    first: tuple[str, ...]
    others: tuple[str, ...]
    outcome: str
    expected: float
    each: int
    weeks: int | None
    text: str


@dataclass(frozen=True, slots=True)
class RevisionSuggestion:
    """A proposed change; `statement` is one Chinese sentence, `document` the SOP with the change made.

    `coach` names the agents with whom most of it lies: where they are few, they need coaching, not the SOP a change.
    """

    id: str
    sop: str
    kind: SuggestionKind
    target_kind: str
    target_id: str
    statement: str
    evidence: SuggestionEvidence
    document: Mapping[str, Any]
    plan: RolloutPlan | None = None
    guard_rail: GuardRail | None = None
    coach: tuple[str, ...] = ()


def suggestion_to_json(suggestion: RevisionSuggestion, patch: str) -> dict[str, Any]:
    """The contract object of a suggestion; `patch` is its document as YAML text."""
    return {
        "id": suggestion.id,
        "sop": suggestion.sop,
        "kind": suggestion.kind.value,
        "target": {"kind": suggestion.target_kind, "id": suggestion.target_id},
        "statement": suggestion.statement,
        "evidence": _evidence(suggestion.evidence),
        "coach": list(suggestion.coach),
        "guard_rail": _plain(suggestion.guard_rail),
        "rollout": _plain(suggestion.plan),
        "patch": patch,
    }


def _plain(part: GuardRail | RolloutPlan | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return {key: _rounded(value) if isinstance(value, float) else value for key, value in asdict(part).items()}


def _evidence(evidence: SuggestionEvidence) -> dict[str, Any]:
    effect = evidence.effect
    shares = ("effect", "ci_low", "ci_high", "q_value")
    body: dict[str, Any] = {"n": evidence.n}
    body |= {key: None if effect is None else _rounded(getattr(effect, key)) for key in shares}
    body |= {"grade": effect.grade.value if effect else None, "outcome": effect.outcome if effect else None}
    if evidence.negligible is not None:
        body["negligible_probability"] = evidence.negligible
    return body | {"examples": [quote_to_json(quote) for quote in evidence.examples]}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
