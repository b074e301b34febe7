"""What may be said of an effect: the first that holds (contract, Insight)."""

from qa_service.domain.effect import BAD_OUTCOMES, Effect, EffectVerdict, Grade
from qa_service.domain.insight import EffectBounds


def verdict(effect: Effect, bounds: EffectBounds) -> EffectVerdict:
    """The verdict from the numbers of an effect."""
    if effect.effect is None or effect.ci_low is None or effect.ci_high is None:
        return EffectVerdict.NOT_ENOUGH_DATA
    if effect.q_value is not None and effect.q_value <= bounds.significant_q:
        good = (effect.effect > 0) != (effect.outcome in BAD_OUTCOMES)
        return EffectVerdict.HELPS if good else EffectVerdict.HURTS
    if effect.ci_low >= -bounds.negligible and effect.ci_high <= bounds.negligible:
        return EffectVerdict.NEGLIGIBLE
    half = (effect.ci_high - effect.ci_low) / 2
    few = min(effect.n_exposed, effect.n_unexposed) < bounds.fewest_group or effect.n_agents < bounds.fewest_agents
    return EffectVerdict.NOT_ENOUGH_DATA if few or half > bounds.widest_half else EffectVerdict.NO_EVIDENCE


def grade(adjusted_for: tuple[str, ...], agents_known: float) -> Grade:
    """C when who spoke is known nearly always and adjusted for; else it is an association only."""
    return Grade.ADJUSTED if "agent" in adjusted_for and agents_known >= 0.95 else Grade.ASSOCIATION
