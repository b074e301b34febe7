"""From judged conversations to effects: gather the contacts, estimate each target, judge them together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from itertools import chain

import numpy as np

from qa_service.domain.comparison import false_discovery
from qa_service.domain.conversation import Conversation
from qa_service.domain.declared_rollout import DeclaredRollout
from qa_service.domain.effect import Effect, EffectChecks, EffectVerdict, Target
from qa_service.domain.insight import EffectBounds
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.sop import Sop
from qa_service.effects.assigned import AssignedColumns
from qa_service.effects.checks import checks_of, graded, shrunk
from qa_service.effects.confounders import Design, design, folds_within_agents
from qa_service.effects.contacts import Contacts, ContactsOfSop, Ints
from qa_service.effects.estimate import Comparison, Estimate, doubly_robust
from qa_service.effects.phrases import phrase_sets
from qa_service.effects.randomised import Answer, Trial, effect_of_change, trials_of
from qa_service.effects.spoken import SpokenColumns
from qa_service.effects.targets import RiskSet, risk_sets
from qa_service.effects.verdicts import grade, verdict

METHOD = "aipw_crossfit"
NO_ESTIMATE = "no_estimate"
# The fits leave the interpreter's lock in numpy; more threads than this no longer help.
THREADS = 2


@dataclass(frozen=True)
class EffectsRun:
    """Everything fixed for one run: outcomes asked for, how they are found, zone, and SOPs that name orders.

    `promises` makes each kind of promise a phrase of its own. `changed` names what differs between the versions of an
    SOP's rollout, where both are known. With `phrases`, what agents say again and again is looked at too.
    """

    outcomes: tuple[str, ...]
    outcome_of: Callable[[Conversation, str], bool | None]
    zone: tzinfo
    sops: Mapping[str, Sop]
    promises: bool = False
    rollouts: tuple[DeclaredRollout, ...] = ()
    changed: Mapping[str, frozenset[Target]] = field(default_factory=dict)
    phrases: EffectBounds | None = None


@dataclass
class Gathering:
    """Takes conversations one by one and keeps the contacts of each SOP; those without one, and doubtful ones, are left
    out.
    """

    run: EffectsRun
    tables: dict[str, ContactsOfSop] = field(default_factory=dict)

    def add(self, pair: JudgedConversation) -> None:
        """Take one conversation."""
        sop_id = pair.analysis.sop
        if sop_id is None or pair.analysis.doubtful:
            return
        if sop_id not in self.tables:
            self.tables[sop_id] = self._table(sop_id)
        self.tables[sop_id].add(pair)

    def finish(self) -> list[Contacts]:
        """The contacts of each SOP, by its id."""
        return [self.tables[sop_id].finish() for sop_id in sorted(self.tables)]

    def _table(self, sop_id: str) -> ContactsOfSop:
        run = self.run
        orders = run.sops[sop_id].order if sop_id in run.sops else ()
        assigned = tuple(AssignedColumns(one, run.zone) for one in run.rollouts if one.sop == sop_id)
        spoken = SpokenColumns(run.phrases) if run.phrases else None
        return ContactsOfSop(sop_id, run.outcome_of, run.outcomes, run.zone, orders, run.promises, assigned, spoken)


def gather(judged: Iterable[JudgedConversation], run: EffectsRun) -> list[Contacts]:
    """The contacts of each SOP, in one pass over the conversations."""
    gathering = Gathering(run)
    for pair in judged:
        gathering.add(pair)
    return gathering.finish()


def effects_of(
    contacts: Contacts,
    outcome: str,
    bounds: EffectBounds,
    *,
    changed: frozenset[Target] | None = None,
    trials: Sequence[Trial] | None = None,
) -> list[Effect]:
    """The effect of each target of one SOP on one outcome, judged as one family.

    `changed`: see `EffectsRun`; `trials`: those of the SOP for the outcome, where they are known already.
    """
    rows = contacts.first_of_customers(outcome)
    if not len(rows):
        return []
    whole = design(contacts, rows, bounds.rare_level)
    folds = folds_within_agents(whole.agents, contacts.customers[rows], bounds.folds)
    place = np.full(len(contacts.agents), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))

    def one(risk_set: RiskSet) -> Effect:
        chosen = place[risk_set.rows]
        happened = contacts.outcomes[outcome][risk_set.rows].astype(float)
        comparison = Comparison(risk_set.exposed, risk_set.readings, happened, whole.take(chosen), folds[chosen])
        estimate, fitted = doubly_robust(comparison, bounds)
        effect = _effect(contacts, outcome, risk_set, comparison, estimate)
        started = contacts.started[risk_set.rows]
        return replace(effect, checks=checks_of(estimate, fitted, started, bounds)) if fitted else effect

    with ThreadPoolExecutor(THREADS) as pool:
        sets = chain(risk_sets(contacts, rows, bounds.landmark_share), phrase_sets(contacts, rows, outcome, bounds))
        effects = list(pool.map(one, sets))
    declared = trials_of(contacts, outcome, bounds) if trials is None else trials
    answers = (effect_of_change(trial, changed, bounds) for trial in declared)
    answered = {answer.target: answer for answer in answers if answer is not None}
    effects = [_answered(effect, answered.get(effect.target)) for effect in effects]
    return judge_together(graded(shrunk(effects, bounds), bounds), bounds)


def judge_together(effects: Sequence[Effect], bounds: EffectBounds) -> list[Effect]:
    """Set the q-values of effects taken as one family, and their verdicts."""
    q_values = false_discovery([effect.p_value for effect in effects])
    with_q = [replace(effect, q_value=q) for effect, q in zip(effects, q_values, strict=True)]
    return [replace(effect, verdict=verdict(effect, bounds)) for effect in with_q]


def _effect(contacts: Contacts, outcome: str, risk_set: RiskSet, rows: Comparison, estimate: Estimate) -> Effect:
    exposed = int(rows.exposed.sum())
    others = len(rows.exposed) - exposed
    raw = float(rows.outcome[rows.exposed].mean() - rows.outcome[~rows.exposed].mean()) if exposed and others else None
    names = _varying(contacts, risk_set.rows, rows.design) if estimate.effect is not None else ()
    return Effect(
        sop=contacts.sop,
        target=risk_set.target,
        outcome=outcome,
        n_exposed=exposed,
        n_unexposed=others,
        n_trimmed=estimate.n_trimmed,
        n_agents=len(np.unique(rows.design.agents)),
        raw_difference=raw,
        effect=estimate.effect,
        ci_low=estimate.low,
        ci_high=estimate.high,
        p_value=estimate.p_value,
        q_value=None,
        grade=grade(names, contacts.agents_known),
        verdict=EffectVerdict.NOT_ENOUGH_DATA,
        method=NO_ESTIMATE if estimate.effect is None else METHOD,
        adjusted_for=names,
    )


def _answered(effect: Effect, answer: Answer | None) -> Effect:
    """An effect as a rollout answers it: the counts stay those of the risk set."""
    if answer is None:
        return effect
    told = answer.estimate
    return replace(
        effect,
        n_trimmed=0,
        effect=told.effect,
        ci_low=told.low,
        ci_high=told.high,
        p_value=told.p_value,
        grade=answer.trial.grade,
        method=answer.method,
        adjusted_for=answer.trial.design.names,
        checks=EffectChecks(std_error=told.error),
        rollout=answer.comparison,
    )


def _varying(contacts: Contacts, rows: Ints, whole: Design) -> tuple[str, ...]:
    """The confounders that take more than one value within a risk set: only those are adjusted for there."""
    columns = {"agent": contacts.agents, **contacts.confounders}
    return tuple(name for name in whole.names if len(rows) and np.ptp(columns[name][rows]) > 0)
