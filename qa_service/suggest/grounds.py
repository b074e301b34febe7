"""What the suggestions of one SOP are made from, and how one is put together: evidence, guard-rail, plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qa_service.domain.effect import BAD_OUTCOMES, OUTCOMES, Effect, EffectVerdict, Target
from qa_service.domain.insight import SuggestionBounds
from qa_service.domain.quote import Quote
from qa_service.domain.sop import Sop
from qa_service.domain.suggestion import RevisionSuggestion, SuggestionEvidence, SuggestionKind
from qa_service.suggest.evidence import Numbers
from qa_service.suggest.plan import Aim, guard_rail, rollout_plan
from qa_service.suggest.wording import Statements, suggestion_id

GOOD_OUTCOMES = tuple(outcome for outcome in OUTCOMES if outcome not in BAD_OUTCOMES)
_CONTRARY = {EffectVerdict.HELPS: EffectVerdict.HURTS, EffectVerdict.HURTS: EffectVerdict.HELPS}


@dataclass(frozen=True)
class Change:
    """What a suggestion changes: the words and the document of it."""

    kind: SuggestionKind
    target: tuple[str, str]
    statement: str
    document: Mapping[str, Any]
    coach: tuple[str, ...] = ()


def share_of(count: int, effect: Effect) -> float:
    """The share of some of the contacts that an effect rests on."""
    return count / max(1, effect.n_exposed + effect.n_unexposed)


@dataclass(frozen=True)
class Grounds:
    """What the suggestions of one SOP are made from."""

    sop: Sop
    numbers: Numbers
    bounds: SuggestionBounds
    statements: Statements

    def surest(self, target: Target, verdict: EffectVerdict, outcomes: tuple[str, ...] = OUTCOMES) -> Effect | None:
        """The surest effect with that verdict, strong enough to act on, that held before and in the latest part.

        None where another outcome says the contrary.
        """
        if self.also(target, _CONTRARY[verdict]):
            return None
        for effect in self.numbers.weighed.of(target, outcomes):
            strong = effect.q_value is not None and effect.q_value <= self.bounds.significant_q
            if effect.verdict is verdict and strong and self.numbers.weighed.held(effect, self.bounds.early_p):
                return effect
        return None

    def also(self, target: Target, verdict: EffectVerdict) -> bool:
        """Whether some outcome has that verdict."""
        return any(effect.verdict is verdict for effect in self.numbers.weighed.of(target, OUTCOMES))

    def suggestion(
        self, change: Change, effect: Effect, *, share: float, examples: tuple[Quote, ...] | None = None
    ) -> RevisionSuggestion:
        """A suggestion that rests on an effect; `share` of the conversations would change if everybody follows."""
        n = effect.n_exposed + effect.n_unexposed
        shown = self.numbers.evidence.examples(effect.target) if examples is None else examples
        aim = Aim(effect.outcome, abs(effect.effect or 0.0) * share, missed_step=change.target[1])
        return self.finished(change, SuggestionEvidence(n, effect, shown), aim, effect.target)

    def finished(
        self, change: Change, evidence: SuggestionEvidence, aim: Aim, target: Target | None
    ) -> RevisionSuggestion:
        """A suggestion with its plan and guard-rail."""
        kind, identity = change.target
        return RevisionSuggestion(
            id=suggestion_id(self.sop.id, change.kind, identity),
            sop=self.sop.id,
            kind=change.kind,
            target_kind=kind,
            target_id=identity,
            statement=change.statement,
            evidence=evidence,
            document=change.document,
            plan=rollout_plan(self.numbers, aim, self.bounds, self.statements),
            guard_rail=guard_rail(self.numbers.weighed, target),
            coach=change.coach,
        )
