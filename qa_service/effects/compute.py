"""From judged conversations to effects: gather the contacts, estimate each target, judge them together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo

import numpy as np

from qa_service.domain.comparison import false_discovery
from qa_service.domain.conversation import Conversation
from qa_service.domain.effect import Effect, EffectVerdict
from qa_service.domain.insight import EffectBounds
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.sop import Sop
from qa_service.effects.confounders import Design, design, folds_within_agents
from qa_service.effects.contacts import Contacts, ContactsOfSop, Ints
from qa_service.effects.estimate import Comparison, Estimate, doubly_robust
from qa_service.effects.targets import RiskSet, risk_sets
from qa_service.effects.verdicts import grade, verdict

METHOD = "aipw_crossfit"
NO_ESTIMATE = "no_estimate"


@dataclass(frozen=True)
class EffectsRun:
    """Everything fixed for one run: outcomes asked for, how they are found, zone, and SOPs that name orders.

    `promises` makes each kind of promise a phrase of its own.
    """

    outcomes: tuple[str, ...]
    outcome_of: Callable[[Conversation, str], bool | None]
    zone: tzinfo
    sops: Mapping[str, Sop]
    promises: bool = False


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
            run = self.run
            orders = run.sops[sop_id].order if sop_id in run.sops else ()
            table = ContactsOfSop(sop_id, run.outcome_of, run.outcomes, run.zone, orders, run.promises)
            self.tables[sop_id] = table
        self.tables[sop_id].add(pair)

    def finish(self) -> list[Contacts]:
        """The contacts of each SOP, by its id."""
        return [self.tables[sop_id].finish() for sop_id in sorted(self.tables)]


def gather(judged: Iterable[JudgedConversation], run: EffectsRun) -> list[Contacts]:
    """The contacts of each SOP, in one pass over the conversations."""
    gathering = Gathering(run)
    for pair in judged:
        gathering.add(pair)
    return gathering.finish()


def effects_of(contacts: Contacts, outcome: str, bounds: EffectBounds, *, latest: float = 1.0) -> list[Effect]:
    """The effect of each target of one SOP on one outcome, judged as one family.

    `latest` below 1 takes only that share of the contacts, the latest ones.
    """
    rows = contacts.first_of_customers(outcome)
    if latest < 1 and len(rows):
        rows = rows[contacts.started[rows] >= np.quantile(contacts.started[rows], 1 - latest, method="lower")]
    if not len(rows):
        return []
    whole = design(contacts, rows, bounds.rare_level)
    folds = folds_within_agents(whole.agents, contacts.customers[rows], bounds.folds)
    place = np.full(len(contacts.agents), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    effects = []
    for risk_set in risk_sets(contacts, rows, bounds.landmark_share):
        chosen = place[risk_set.rows]
        happened = contacts.outcomes[outcome][risk_set.rows].astype(float)
        comparison = Comparison(risk_set.exposed, risk_set.readings, happened, whole.take(chosen), folds[chosen])
        estimate, _ = doubly_robust(comparison, bounds)
        effects.append(_effect(contacts, outcome, risk_set, comparison, (estimate, whole)))
    return judge_together(effects, bounds)


def judge_together(effects: Sequence[Effect], bounds: EffectBounds) -> list[Effect]:
    """Set the q-values of effects taken as one family, and their verdicts."""
    q_values = false_discovery([effect.p_value for effect in effects])
    with_q = [replace(effect, q_value=q) for effect, q in zip(effects, q_values, strict=True)]
    return [replace(effect, verdict=verdict(effect, bounds)) for effect in with_q]


def _effect(
    contacts: Contacts, outcome: str, risk_set: RiskSet, rows: Comparison, found: tuple[Estimate, Design]
) -> Effect:
    estimate, whole = found
    exposed = int(rows.exposed.sum())
    others = len(rows.exposed) - exposed
    raw = float(rows.outcome[rows.exposed].mean() - rows.outcome[~rows.exposed].mean()) if exposed and others else None
    names = _varying(contacts, risk_set.rows, whole.names) if estimate.effect is not None else ()
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


def _varying(contacts: Contacts, rows: Ints, names: tuple[str, ...]) -> tuple[str, ...]:
    """The confounders that take more than one value within a risk set: only those are adjusted for there."""
    columns = {"agent": contacts.agents, **contacts.confounders}
    return tuple(name for name in names if len(rows) and np.ptp(columns[name][rows]) > 0)
