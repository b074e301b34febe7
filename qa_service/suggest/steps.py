"""Steps that help and are seldom done, steps that make no difference, steps that do harm, pairs in the wrong order."""

from collections.abc import Iterator, Mapping
from math import floor
from statistics import NormalDist
from typing import Any

from qa_service.domain.effect import BAD_OUTCOMES, Effect, EffectVerdict, Target, TargetKind
from qa_service.domain.sop import Step
from qa_service.domain.suggestion import RevisionSuggestion, SuggestionEvidence, SuggestionKind
from qa_service.suggest.equivalence import within
from qa_service.suggest.grounds import GOOD_OUTCOMES, Change, Grounds, share_of
from qa_service.suggest.patches import with_order_reversed, with_step, without_step
from qa_service.suggest.plan import Aim
from qa_service.suggest.wording import stated


def suggest_steps(grounds: Grounds) -> Iterator[RevisionSuggestion]:
    """At most one suggestion for each step."""
    for step in grounds.sop.steps:
        found = _enforce(grounds, step) or _drop(grounds, step) or _relax(grounds, step)
        if found is not None:
            yield found


def suggest_orders(grounds: Grounds) -> Iterator[RevisionSuggestion]:
    """Pairs whose order, where kept, goes with worse outcomes."""
    titles = {step.id: step.title for step in grounds.sop.steps}
    for order in grounds.sop.order:
        effect = grounds.surest(Target(TargetKind.ORDER, order.id), EffectVerdict.HURTS)
        if effect is None:
            continue
        document, turned = with_order_reversed(grounds.sop.document, order.before, order.after)
        names = {"before": titles[order.before], "after": titles[order.after]}
        turning = stated(grounds.statements, "reversed", None, **names) if turned else ""
        text = stated(grounds.statements, "reorder", effect, reversed=turning, **names)
        change = Change(SuggestionKind.REORDER, _named(effect), text, document)
        yield grounds.suggestion(change, effect, share=share_of(effect.n_exposed, effect))


def _enforce(grounds: Grounds, step: Step) -> RevisionSuggestion | None:
    evidence, bounds = grounds.numbers.evidence, grounds.bounds
    adherence = evidence.adherence(step.id).value
    effect = grounds.surest(Target(TargetKind.STEP, step.id), EffectVerdict.HELPS)
    if effect is None or adherence is None or adherence >= bounds.low_adherence:
        return None
    weight = _whole(max(step.weight * bounds.weight_factor, step.weight + 1))
    few = evidence.few_who_miss(step.id, bounds.few_agents)
    parts: Mapping[str, Any] = {
        "step": step.title,
        "weight_before": _whole(step.weight),
        "weight_after": weight,
        "adherence": round(100 * adherence),
        "agents": "、".join(few),
        "n_agents": len(few),
    }
    text = stated(grounds.statements, "coach_step" if few else "enforce_step", effect, **parts)
    document = with_step(grounds.sop.document, step.id, weight=weight, required=True)
    change = Change(SuggestionKind.ENFORCE_STEP, _named(effect), text, document, few)
    return grounds.suggestion(change, effect, share=1 - adherence)


def _drop(grounds: Grounds, step: Step) -> RevisionSuggestion | None:
    effect = grounds.surest(Target(TargetKind.STEP, step.id), EffectVerdict.HURTS)
    document = without_step(grounds.sop.document, step.id)
    if effect is None or document is None:
        return None
    text = stated(grounds.statements, "drop_step", effect, step=step.title)
    change = Change(SuggestionKind.DROP_STEP, _named(effect), text, document)
    return grounds.suggestion(change, effect, share=share_of(effect.n_exposed, effect))


def _relax(grounds: Grounds, step: Step) -> RevisionSuggestion | None:
    """Shown to make no difference that matters for any good outcome that is known, nor to guard against a bad one."""
    target = Target(TargetKind.STEP, step.id)
    good = [e for e in grounds.numbers.weighed.of(target, GOOD_OUTCOMES) if e.n_exposed + e.n_unexposed]
    sure = min((_equivalent(grounds, effect) for effect in good), default=0.0)
    equal = sure >= grounds.bounds.equivalence_level
    guards = any(e.ci_high is not None and e.ci_high < 0 for e in grounds.numbers.weighed.of(target, BAD_OUTCOMES))
    if not step.required or not equal or guards or grounds.also(target, EffectVerdict.HELPS):
        return None
    effect = good[0]
    parts = {"step": step.title, "sure": floor(100 * sure), "bound": f"{100 * grounds.bounds.equivalent:g}"}
    text = stated(grounds.statements, "relax_step", effect, **parts)
    document = with_step(grounds.sop.document, step.id, required=False)
    change = Change(SuggestionKind.RELAX_STEP, _named(effect), text, document)
    examples = grounds.numbers.evidence.examples(target)
    aim = Aim(effect.outcome, grounds.bounds.equivalent, missed_step=step.id, equal=True)
    evidence = SuggestionEvidence(effect.n_exposed + effect.n_unexposed, effect, examples, round(sure, 3))
    return grounds.finished(change, evidence, aim, target)


def _equivalent(grounds: Grounds, effect: Effect) -> float:
    """How surely the effect lies within the bounds of what matters; 0 where it is one, or data are too few."""
    if effect.verdict not in (EffectVerdict.NEGLIGIBLE, EffectVerdict.NO_EVIDENCE):
        return 0.0
    mine = _estimate(effect)
    same = (e for e in grounds.numbers.weighed.effects if e.target.kind is TargetKind.STEP)
    estimates = [_estimate(e) for e in same if e.outcome == effect.outcome]
    known = [one for one in estimates if one is not None]
    return within(grounds.bounds.equivalent, mine, known) if mine is not None else 0.0


def _estimate(effect: Effect) -> tuple[float, float] | None:
    """An effect and its standard error."""
    if effect.effect is None or effect.ci_low is None or effect.ci_high is None:
        return None
    return effect.effect, (effect.ci_high - effect.ci_low) / (2 * NormalDist().inv_cdf(0.975))


def _named(effect: Effect) -> tuple[str, str]:
    return effect.target.kind.value, effect.target.id


def _whole(points: float) -> int | float:
    return int(points) if float(points).is_integer() else round(points)
