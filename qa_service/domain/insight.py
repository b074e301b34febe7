"""The business numbers of effects, needs, suggestions and reports; the rulebook's insight.yaml holds their values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from qa_service.domain.alarm import AlarmBounds
from qa_service.domain.before_after import BeforeAfterBounds
from qa_service.domain.change import ChangeBounds
from qa_service.domain.emergence import EmergenceBounds
from qa_service.domain.outgoing import OutgoingBounds
from qa_service.errors import InvalidInput

Bounds = TypeVar("Bounds")
NESTED: Mapping[str, type[Any]] = {"changes": ChangeBounds, "emergence": EmergenceBounds}


@dataclass(frozen=True, slots=True)
class EffectBounds:
    """When an effect is estimated, and what is said of it."""

    folds: int
    ridge: float
    rare_level: int
    propensity_low: float
    propensity_high: float
    landmark_share: float
    estimable_group: int
    estimable_agents: int
    significant_q: float
    negligible: float
    widest_half: float
    fewest_agents: int
    fewest_group: int
    asked_differences: Sequence[float]
    placebo_draws: int
    placebo_share: float
    control_q: float
    fewest_shrunk: int
    fewest_uptake: float
    uptake_p: float
    balance_rota: float
    balance_randomised: float
    balance_draws: int
    phrases: int
    phrase_conversations: int
    phrase_agents: int
    phrase_most: float
    phrase_prior: float
    phrase_z: float
    phrase_restates: float


@dataclass(frozen=True, slots=True)
class NeedBounds:
    """How statements become topics, and when a topic sleeps."""

    group_distance: float
    join_distance: float
    merge_share: float
    split_share: float
    split_part: float
    split_fewest: int
    sample: int
    exact_up_to: int
    fewest_conversations: int
    fewest_share: float
    dormant_weeks: int
    kept_exemplars: int
    kept_loose: int
    keywords: int
    quotes: int
    name_distance: float
    name_share: float
    empty_words: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class VoiceBounds:
    """What the weekly report compares and how much of it it shows."""

    weeks_before: int
    weeks_shown: int
    changes: ChangeBounds
    emergence: EmergenceBounds
    clustered_from: int
    levels_shown: int
    sales_weeks: int
    top: int
    quotes: int
    kept_ids: int
    needs_read: int


@dataclass(frozen=True, slots=True)
class CoachingBounds:
    """What a coaching report compares and shows."""

    changes: ChangeBounds
    fewest_colleagues: int
    priorities: int
    examples: int
    top_needs: int
    kept_ids: int
    needs_read: int
    effect_days: int


@dataclass(frozen=True, slots=True)
class HabitBounds:
    """When wordings are one habit, and whose habit it is."""

    most_conversations: int
    linked_texts: int
    read_texts: int
    read_near: float
    read_close: float
    pool_near: float
    pool_p: float
    written_near: float
    written_close: float
    fewest_conversations: int
    fewest_agents: int
    habits_at_most: int
    on_script_share: float
    quotes: int
    landmark_share: float
    good_share: float
    agent_conversations: int
    good_ratio: float
    part_ratio: float
    good_users: int


@dataclass(frozen=True, slots=True)
class SuggestionBounds:
    """When numbers are strong enough to suggest a change of an SOP, and how a change is tried."""

    significant_q: float
    early_p: float
    later_share: float
    equivalent: float
    equivalence_level: float
    low_adherence: float
    few_agents: float
    weight_factor: float
    crossed_already: float
    added_at_most: int
    power: float
    significance: float
    smallest_effect: float
    new_n: float
    faq_conversations: int
    faq_agents: int
    faq_at_most: int
    faq_share_unanswered: float
    red_line_conversations: int
    examples: int


@dataclass(frozen=True, slots=True)
class Insight:
    """All business numbers of the insight rooms."""

    windows_days: Mapping[str, int]
    effects: EffectBounds
    needs: NeedBounds
    voice: VoiceBounds
    coaching: CoachingBounds
    habits: HabitBounds
    suggest: SuggestionBounds
    before_after: BeforeAfterBounds
    alarms: AlarmBounds
    outgoing: OutgoingBounds


def insight_from_document(document: Mapping[str, Any]) -> Insight:
    """Read the content of insight.yaml; raises InvalidInput naming a section or key that is missing or unknown."""
    sections = {
        "effects": EffectBounds,
        "needs": NeedBounds,
        "voice": VoiceBounds,
        "coaching": CoachingBounds,
        "habits": HabitBounds,
        "suggest": SuggestionBounds,
        "before_after": BeforeAfterBounds,
        "alarms": AlarmBounds,
        "outgoing": OutgoingBounds,
    }
    unknown = set(document) - {*sections, "windows_days", "version"}
    missing = {*sections, "windows_days"} - set(document)
    if unknown or missing:
        raise InvalidInput(f"insight.yaml: unknown sections {sorted(unknown)}, missing sections {sorted(missing)}")
    read: dict[str, Any] = {name: _bounds(kind, document[name], name) for name, kind in sections.items()}
    return Insight(windows_days=dict(document["windows_days"]), **read)


def _bounds(kind: type[Bounds], section: Mapping[str, Any], name: str) -> Bounds:
    wanted = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if set(section) != wanted:
        unknown, missing = sorted(set(section) - wanted), sorted(wanted - set(section))
        raise InvalidInput(f"insight.yaml, {name}: unknown keys {unknown}, missing keys {missing}")
    values = {key: NESTED[key](**value) if key in NESTED else value for key, value in section.items()}
    return kind(**values)
