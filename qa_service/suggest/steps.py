"""Steps that help and are seldom done, steps that make no difference, steps that do harm, pairs in the wrong order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qa_service.domain.effect import BAD_OUTCOMES, OUTCOMES, Effect, EffectVerdict, Target, TargetKind
from qa_service.domain.insight import SuggestionBounds
from qa_service.domain.sop import Sop, Step
from qa_service.domain.suggestion import RevisionSuggestion, SuggestionEvidence, SuggestionKind
from qa_service.suggest.evidence import Numbers
from qa_service.suggest.patches import with_order_reversed, with_step, without_step
from qa_service.suggest.wording import Statements, stated, suggestion_id

GOOD_OUTCOMES = tuple(outcome for outcome in OUTCOMES if outcome not in BAD_OUTCOMES)


@dataclass(frozen=True)
class Grounds:
    """What suggestions about the steps of one SOP are made from."""

    sop: Sop
    numbers: Numbers
    bounds: SuggestionBounds
    statements: Statements

    def surest(self, target: Target, verdict: EffectVerdict) -> Effect | None:
        """The surest effect with that verdict, strong enough to act on, its sign kept in the latest part of the time.

        None where another outcome says the contrary.
        """
        if self.also(target, _CONTRARY[verdict]):
            return None
        for effect in self.numbers.effects_on(target, OUTCOMES):
            strong = effect.q_value is not None and effect.q_value <= self.bounds.significant_q
            if effect.verdict is verdict and strong and self.numbers.sign_kept(effect):
                return effect
        return None

    def also(self, target: Target, verdict: EffectVerdict) -> bool:
        """Whether some outcome has that verdict."""
        return any(effect.verdict is verdict for effect in self.numbers.effects_on(target, OUTCOMES))

    def suggestion(
        self, kind: SuggestionKind, effect: Effect, statement: str, document: Mapping[str, Any]
    ) -> RevisionSuggestion:
        """A suggestion that rests on an effect."""
        target = effect.target
        n = effect.n_exposed + effect.n_unexposed
        return RevisionSuggestion(
            id=suggestion_id(self.sop.id, kind, target.id),
            sop=self.sop.id,
            kind=kind,
            target_kind=target.kind.value,
            target_id=target.id,
            statement=statement,
            evidence=SuggestionEvidence(n, effect, self.numbers.evidence.examples(target)),
            document=document,
        )


_CONTRARY = {EffectVerdict.HELPS: EffectVerdict.HURTS, EffectVerdict.HURTS: EffectVerdict.HELPS}


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
        yield grounds.suggestion(SuggestionKind.REORDER, effect, text, document)


def _enforce(grounds: Grounds, step: Step) -> RevisionSuggestion | None:
    adherence = grounds.numbers.evidence.adherence(step.id).value
    effect = grounds.surest(Target(TargetKind.STEP, step.id), EffectVerdict.HELPS)
    if effect is None or adherence is None or adherence >= grounds.bounds.low_adherence:
        return None
    weight = _whole(max(step.weight * grounds.bounds.weight_factor, step.weight + 1))
    parts = {"step": step.title, "weight_before": _whole(step.weight), "weight_after": weight}
    text = stated(grounds.statements, "enforce_step", effect, adherence=round(100 * adherence), **parts)
    document = with_step(grounds.sop.document, step.id, weight=weight, required=True)
    return grounds.suggestion(SuggestionKind.ENFORCE_STEP, effect, text, document)


def _drop(grounds: Grounds, step: Step) -> RevisionSuggestion | None:
    effect = grounds.surest(Target(TargetKind.STEP, step.id), EffectVerdict.HURTS)
    document = without_step(grounds.sop.document, step.id)
    if effect is None or document is None:
        return None
    text = stated(grounds.statements, "drop_step", effect, step=step.title)
    return grounds.suggestion(SuggestionKind.DROP_STEP, effect, text, document)


def _relax(grounds: Grounds, step: Step) -> RevisionSuggestion | None:
    """Shown negligible for every good outcome that is known, and of no help against a bad one."""
    target = Target(TargetKind.STEP, step.id)
    good = [e for e in grounds.numbers.effects_on(target, GOOD_OUTCOMES) if e.n_exposed + e.n_unexposed]
    negligible = bool(good) and all(effect.verdict is EffectVerdict.NEGLIGIBLE for effect in good)
    if not step.required or not negligible or grounds.also(target, EffectVerdict.HELPS):
        return None
    text = stated(grounds.statements, "relax_step", good[0], step=step.title)
    document = with_step(grounds.sop.document, step.id, required=False)
    return grounds.suggestion(SuggestionKind.RELAX_STEP, good[0], text, document)


def _whole(points: float) -> int | float:
    return int(points) if float(points).is_integer() else round(points)
