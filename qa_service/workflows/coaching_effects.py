"""Which steps and obligations go with better results, for coaching: what to work on first."""

from collections.abc import Iterable
from dataclasses import replace

from qa_service.domain.coaching import Estimate, Helpful
from qa_service.domain.effect import Effect, EffectVerdict, TargetKind
from qa_service.domain.judged import JudgedConversation
from qa_service.workflows.compute_effects import EffectsQuestion, compute_effects

# What sellers work for, the first that a step was found to help with.
RESULTS = ("converted", "trial_attended")
COACHED = (TargetKind.STEP, TargetKind.OBLIGATION)
What = tuple[str, str, str]


def helping(judged: Iterable[JudgedConversation], question: EffectsQuestion) -> dict[What, Helpful]:
    """What the data tell to help with what sellers work for; everything else is ranked by the points of its SOP."""
    found: dict[What, Helpful] = {}
    asked = replace(question, outcomes=RESULTS)
    effects = [one for one in compute_effects(judged, asked) if _helps(one)]
    for effect in sorted(effects, key=lambda one: RESULTS.index(one.outcome)):
        what = (effect.sop, effect.target.kind.value, effect.target.id)
        found.setdefault(what, _helpful(effect))
    return found


def _helps(effect: Effect) -> bool:
    return effect.verdict is EffectVerdict.HELPS and effect.target.kind in COACHED


def _helpful(effect: Effect) -> Helpful:
    """The size to expect where it is known: the largest of several effects found is partly luck."""
    checks = effect.checks
    size = (checks.shrunk_effect, checks.shrunk_low, checks.shrunk_high)
    if None in size:
        size = (effect.effect, effect.ci_low, effect.ci_high)
    value, low, high = (float(one or 0.0) for one in size)
    n = effect.n_exposed + effect.n_unexposed - effect.n_trimmed
    return Helpful(effect.outcome, Estimate(value, low, high), n, effect.grade.value)
