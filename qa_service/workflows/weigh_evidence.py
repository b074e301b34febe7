"""What suggestions rest on: effects of everything in an SOP and of what agents say beside it, and whether they held.

All targets and outcomes of an SOP are one family of claims. What stands out is looked at again in parts of the
contacts: without the latest part of the time, in that part alone, and, for habits, in each half of the agents.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qa_service.aggregate.habits import (
    NEVER,
    Heard,
    Sales,
    Slope,
    Usage,
    Vectors,
    agents_habits,
    pooled,
    slope,
    unexplained,
)
from qa_service.domain.effect import BAD_OUTCOMES, OUTCOMES, Effect, EffectVerdict, Grade, Target, TargetKind
from qa_service.domain.habit import POOLED, AgentsHabit, Habit
from qa_service.domain.insight import EffectBounds, Insight
from qa_service.domain.metrics import Rate, rate
from qa_service.domain.weighed import Weighed
from qa_service.effects import Contacts, effects_of, judge_together

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Values of a phrase in a contact, of a step whose turn is not known, and of an outcome that is not (effects/).
ABSENT, NO, YES = -2, 0, 1
DONE_SOMEWHERE = 2**30
UNKNOWN = -1
# How the best sellers are told from the others: by sales, else by attendance. What their agents are is no excuse.
SOLD = ("converted", "trial_attended")
OWN = frozenset({"team", "tenure", "shift"})
# An agent is adjusted for where nearly every contact names one.
KNOWN = 0.95
METHOD, NO_ESTIMATE = "within_agents_linear", "no_estimate"
# Parts of what may be claimed by chance: the SOP's own steps, orders and lines have as many as all that is mined.
OWN_QUESTION = ("own", False)
OWN_PARTS = 3


def weigh(contacts: Contacts, usage: Usage, insight: Insight, encode: Vectors | None = None) -> Weighed:
    """Estimate what the contacts tell; only what could lead to a suggestion is asked."""
    outcomes = [outcome for outcome in OUTCOMES if outcome in contacts.outcomes]
    late = _late(contacts, insight.suggest.later_share)
    spread = _spread(contacts, usage, late, insight)
    usage, surely = _Variants(contacts, usage, spread, insight, encode).taken_together(outcomes)
    spread |= _spread_of_pooled(contacts, usage, late, insight, spread)
    habits = tuple(one.habit for one in usage.heard)
    columns = _Columns.of(contacts, usage, insight.habits.landmark_share)
    asked = {
        outcome: {h.target for h in habits if not h.pooled and _worth_asking(h, outcome, spread.get(h.id), insight)}
        for outcome in outcomes
    }
    everything = [e for outcome in outcomes for e in _of_outcome(contacts, columns, outcome, asked[outcome], insight)]
    everything += _of_pooled(contacts, columns, surely)
    effects = _judged(everything, insight.effects)
    strong = {e.target for e in effects if e.q_value is not None and e.q_value <= insight.suggest.significant_q}
    own = {target: column for target, column in contacts.targets.items() if target in strong}

    def within(part: Flags, own: Mapping[Target, Ints]) -> list[Effect]:
        masked = replace(_part(contacts, part), targets=own)
        found: list[Effect] = []
        for outcome in outcomes:
            found += effects_of(masked, outcome, insight.effects) if own else []
            found += _of_habits(masked, columns.of_outcome(outcome, strong), outcome)
        return found

    first, second = _halves(contacts, usage)
    return Weighed(
        effects=effects,
        early=within(~late, own),
        later=within(late, own),
        halves=(within(first, {}), within(second, {})),
        habits=habits,
        spread=spread,
        associations=_associations(contacts, columns, spread, insight),
        bases={outcome: _base(contacts, outcome) for outcome in outcomes},
    )


@dataclass(frozen=True)
class _Variants:
    """Variants of one thing said: chosen and taken together in one half of the customers, tested in the other."""

    contacts: Contacts
    usage: Usage
    spread: Mapping[str, AgentsHabit]
    insight: Insight
    encode: Vectors | None

    def taken_together(self, outcomes: Sequence[str]) -> tuple[Usage, dict[tuple[Target, str], float]]:
        """The usage with variants as one beside it, and how surprising those that stand out are where held out."""
        tested, surely = self.found(outcomes)
        pools = {one.habit.id: one for one in [*tested, *self.apart()]}
        return replace(self.usage, heard=(*self.usage.heard, *pools.values())), surely

    def found(self, outcomes: Sequence[str]) -> tuple[list[Heard], dict[tuple[Target, str], float]]:
        """What is alike and stands out in either half, and how surprising it is in the other half."""
        columns = _Columns.of(self.contacts, self.usage, self.insight.habits.landmark_share)
        first = self.contacts.customers % 2 == 0
        pools: dict[str, Heard] = {}
        surely: dict[tuple[Target, str], float] = {}
        for chosen, held_out in ((first, ~first), (~first, first)):
            for outcome in outcomes:
                for pool in self._chosen(columns, chosen, outcome):
                    pools[pool.habit.id] = pool
                    p_value = self._tested(pool, held_out, outcome)
                    key = pool.habit.target, outcome
                    # Chosen in both halves, it is tested twice.
                    surely[key] = min(1.0, 2 * min(p_value, surely[key])) if key in surely else p_value
        return list(pools.values()), surely

    def apart(self) -> list[Heard]:
        """What is alike of that which sets the best sellers apart."""
        sure = self.insight.suggest.significant_q
        mine = {one.habit for one in self.spread.values() if one.q_value <= sure}
        heard = [one for one in self.usage.heard if one.habit.id in mine]
        return pooled(heard, self.usage, self.insight.habits, self.encode)

    def _chosen(self, columns: "_Columns", part: Flags, outcome: str) -> list[Heard]:
        asked = {
            one.habit.target: one
            for one in self.usage.heard
            if one.habit.step is None and _worth_asking(one.habit, outcome, self.spread.get(one.habit.id), self.insight)
        }
        found = _of_habits(_part(self.contacts, part), columns.of_outcome(outcome, asked), outcome)
        # Helpful for a good outcome, harmful for a bad one: both are more of it.
        bound = self.insight.habits.pool_p
        standing_out = [e for e in found if (e.effect or 0) > 0 and e.p_value is not None and e.p_value <= bound]
        heard = [asked[effect.target] for effect in standing_out]
        return pooled(heard, self.usage, self.insight.habits, self.encode)

    def _tested(self, pool: Heard, part: Flags, outcome: str) -> float:
        alone = replace(self.usage, heard=(pool,))
        columns = _Columns.of(self.contacts, alone, self.insight.habits.landmark_share)
        (effect,) = _of_habits(
            _part(self.contacts, part), columns.of_outcome(outcome, {pool.habit.target}), outcome
        ) or (None,)
        known = effect is not None and effect.p_value is not None and (effect.effect or 0) > 0
        return float(effect.p_value or 0.0) if known and effect is not None else 1.0


def _part(contacts: Contacts, part: Flags) -> Contacts:
    """The contacts with the outcomes of a part of them only."""
    return replace(
        contacts, outcomes={name: np.where(part, column, UNKNOWN) for name, column in contacts.outcomes.items()}
    )


def _spread_of_pooled(
    contacts: Contacts, usage: Usage, late: Flags, insight: Insight, spread: Mapping[str, AgentsHabit]
) -> dict[str, AgentsHabit]:
    """Who says what several habits have in common; as sure as the surest of those that set the best sellers apart."""
    alone = replace(usage, heard=tuple(one for one in usage.heard if one.habit.pooled))
    found = _spread(contacts, alone, late, insight) if alone.heard else {}
    sure = {h.habit.label: spread[h.habit.id].q_value for h in usage.heard if h.habit.id in spread}
    labels = {one.habit.id: one.habit.label for one in alone.heard}
    return {name: replace(one, q_value=sure.get(labels[name], 1.0)) for name, one in found.items()}


def _worth_asking(habit: Habit, outcome: str, spread: AgentsHabit | None, insight: Insight) -> bool:
    """Whether a difference in the outcome could lead to a suggestion; each question less leaves more certainty.

    That the best sellers say something more often than others tells nothing of the difference within an agent's own
    conversations, so that choosing by it makes no chance find likelier.
    """
    if habit.step is not None:
        return not habit.standard and outcome not in BAD_OUTCOMES
    if outcome in BAD_OUTCOMES:
        return habit.crossed < insight.suggest.crossed_already
    bounds = insight.habits
    return spread is not None and spread.ratio >= bounds.part_ratio and spread.several(bounds)


def _of_habits(
    contacts: Contacts, columns: Mapping[Target, Ints], outcome: str, *, by_agent: bool = True
) -> list[Effect]:
    """How an outcome goes with habits; without `by_agent`, agents are clusters, and nothing is adjusted for them."""
    rows = contacts.first_of_customers(outcome)
    if not columns or not len(rows):
        return []
    adjusted = by_agent and contacts.agents_known >= KNOWN
    named = {"agent": contacts.agents, **contacts.confounders} if adjusted else contacts.confounders
    varying = {name: column[rows] for name, column in named.items() if np.ptp(column[rows]) > 0}
    happened = contacts.outcomes[outcome][rows].astype(float)
    left = unexplained(happened, varying.values())
    found = []
    for target, column in columns.items():
        inside = column[rows] != ABSENT
        said = column[rows][inside] == YES
        clusters = contacts.agents[rows][inside]
        difference = slope(left[inside], said, [values[inside] for values in varying.values()], clusters)
        counted = _counted(contacts.sop, (target, outcome), happened[inside], said, clusters)
        found.append(_told(counted, difference, tuple(varying), adjusted=adjusted))
    return found


def _counted(sop: str, asked: tuple[Target, str], happened: Floats, said: Flags, agents: Ints) -> Effect:
    """Who is compared, before anything is adjusted for."""
    exposed = int(said.sum())
    both = 0 < exposed < len(said)
    return Effect(
        sop=sop,
        target=asked[0],
        outcome=asked[1],
        n_exposed=exposed,
        n_unexposed=len(said) - exposed,
        n_trimmed=0,
        n_agents=len(np.unique(agents)),
        raw_difference=float(happened[said].mean() - happened[~said].mean()) if both else None,
        effect=None,
        ci_low=None,
        ci_high=None,
        p_value=None,
        q_value=None,
        grade=Grade.ASSOCIATION,
        verdict=EffectVerdict.NOT_ENOUGH_DATA,
        method=NO_ESTIMATE,
        adjusted_for=(),
    )


def _told(counted: Effect, difference: Slope | None, names: tuple[str, ...], *, adjusted: bool) -> Effect:
    if difference is None:
        return counted
    return replace(
        counted,
        effect=difference.value,
        ci_low=difference.low,
        ci_high=difference.high,
        p_value=difference.p_value,
        grade=Grade.ADJUSTED if adjusted else Grade.ASSOCIATION,
        method=METHOD,
        adjusted_for=names,
    )


def _of_outcome(
    contacts: Contacts, columns: "_Columns", outcome: str, asked: set[Target], insight: Insight
) -> list[Effect]:
    """The effects of the SOP's own targets and of the habits that are asked about."""
    own = effects_of(contacts, outcome, insight.effects)
    return [*own, *_of_habits(contacts, columns.of_outcome(outcome, asked), outcome)]


def _of_pooled(contacts: Contacts, columns: "_Columns", surely: Mapping[tuple[Target, str], float]) -> Iterator[Effect]:
    """Effects of variants taken together: their size is that among all, their p that of the half held out."""
    for outcome in sorted({outcome for _, outcome in surely}):
        mine = {target for target, what in surely if what == outcome}
        for effect in _of_habits(contacts, columns.of_outcome(outcome, mine), outcome):
            yield replace(effect, p_value=surely[effect.target, outcome])


def _judged(effects: Sequence[Effect], bounds: EffectBounds) -> list[Effect]:
    """One family, in which each kind of question has the same share of what may be claimed by chance.

    Weighted p-values (Genovese, Roeder, Wasserman 2006): the many habits of which one could go with refunds do not
    drown the few steps, and what few questions are left of a kind need not pay for the others.
    """
    kinds = [_question(effect) for effect in effects]
    sizes = Counter(kind for kind, effect in zip(kinds, effects, strict=True) if effect.p_value is not None)
    shares = {kind: OWN_PARTS if kind == OWN_QUESTION else 1 for kind in sizes}
    each = sum(shares.values()) / max(1, sum(sizes.values()))
    weighed = [
        effect
        if effect.p_value is None
        else replace(effect, p_value=min(1.0, effect.p_value * each * sizes[kind] / shares[kind]))
        for kind, effect in zip(kinds, effects, strict=True)
    ]
    judged = judge_together(weighed, bounds)
    return [replace(one, p_value=effect.p_value) for one, effect in zip(judged, effects, strict=True)]


def _question(effect: Effect) -> tuple[str, bool]:
    """What a claim would be about: the SOP's own parts, a wording, a new step, or words that do harm."""
    if effect.target.kind is not TargetKind.PHRASE:
        return OWN_QUESTION
    pooled = f"/{POOLED}" in effect.target.id
    return ("pooled" if pooled else effect.target.id.split("/")[0]), effect.outcome in BAD_OUTCOMES


@dataclass(frozen=True)
class _Columns:
    """Whether each contact holds each habit, among those in which it could: `due`, and `ever` in any of them."""

    due: Mapping[Target, Ints]
    ever: Mapping[Target, Ints]

    @classmethod
    def of(cls, contacts: Contacts, usage: Usage, landmark_share: float) -> "_Columns":
        due = {one.habit.target: _column(contacts, usage, one, landmark_share) for one in usage.heard}
        ever = {one.habit.target: _filled(contacts, usage, one.first_turns != NEVER) for one in usage.heard}
        return cls(due, ever)

    def of_outcome(self, outcome: str, wanted: Collection[Target]) -> dict[Target, Ints]:
        """The columns to compare by: of a refund, which only buyers can ask for, whatever was said to them counts."""
        columns = self.ever if outcome == "refunded" else self.due
        return {target: column for target, column in columns.items() if target in wanted}


def _column(contacts: Contacts, usage: Usage, heard: Heard, landmark_share: float) -> Ints:
    """Whether each contact holds a habit by the time it is due.

    Off script, it is compared among the conversations still open at the turn by which most of its first occurrences
    have happened; a wording of a step among those in which the step was done.
    """
    first = heard.first_turns
    if heard.within is None:
        seen = np.sort(first[first != NEVER])
        due = seen[int(np.ceil(landmark_share * len(seen))) - 1]
        inside, exposed = contacts.last_customer_turn[usage.rows] >= due, (first != NEVER) & (first <= due)
    else:
        step = contacts.targets.get(Target(TargetKind.STEP, heard.habit.step or ""))
        turns = np.full(len(usage.rows), ABSENT) if step is None else step[usage.rows]
        inside, exposed = (turns >= 0) & (turns < DONE_SOMEWHERE), heard.within != NEVER
    return _filled(contacts, usage, exposed, inside)


def _filled(contacts: Contacts, usage: Usage, exposed: Flags, inside: Flags | None = None) -> Ints:
    """A column of all contacts; those that are not in the sample of speech, or not inside, are absent."""
    column = np.full(len(contacts.agents), ABSENT, dtype=np.int64)
    values = np.where(exposed, YES, NO)
    column[usage.rows] = values if inside is None else np.where(inside, values, ABSENT)
    return column


def _late(contacts: Contacts, share: float) -> Flags:
    """The latest part of the contacts; where most have no time, a part by chance."""
    dated = np.isfinite(contacts.started)
    if dated.mean() < 0.5 if len(dated) else True:
        return np.asarray(contacts.order_key % round(1 / share) == 0)
    cut = np.quantile(contacts.started[dated], 1 - share, method="lower")
    return np.asarray(dated & (contacts.started >= cut))


def _halves(contacts: Contacts, usage: Usage) -> tuple[Flags, Flags]:
    """The contacts of every other agent, by name, and those of the rest."""
    place = {name: number for number, name in enumerate(sorted(set(usage.agents)))}
    halves = np.zeros((2, len(contacts.agents)), dtype=bool)
    dealt = np.array([place[name] % 2 for name in usage.agents], dtype=np.int64)
    halves[dealt, usage.rows] = True
    return halves[0], halves[1]


def _spread(contacts: Contacts, usage: Usage, late: Flags, insight: Insight) -> dict[str, AgentsHabit]:
    """Who says each habit: the best sellers, by sales adjusted for the leads they got, or everybody."""
    outcome = next(_sold(contacts), None)
    if outcome is None or not contacts.agents_known or not len(usage.rows):
        return {}
    happened = contacts.outcomes[outcome][usage.rows]
    known = happened != UNKNOWN
    leads = [column[usage.rows][known] for name, column in contacts.confounders.items() if name not in OWN]
    surplus = np.zeros(len(known))
    surplus[known] = unexplained(happened[known].astype(float), leads)
    place = {name: number for number, name in enumerate(sorted(set(usage.agents)))}
    agents = np.array([place[name] for name in usage.agents], dtype=np.int64)
    named = known & (agents != place.get("", -1))
    return agents_habits(usage, Sales(agents, surplus, named, late[usage.rows]), insight.habits)


def _associations(
    contacts: Contacts, columns: _Columns, spread: Mapping[str, AgentsHabit], insight: Insight
) -> list[Effect]:
    """How sales differ with a habit that sets the best sellers apart, whoever speaks: an association only."""
    sure = insight.suggest.significant_q
    apart = {Target(TargetKind.PHRASE, f"said/{one.habit}") for one in spread.values() if one.q_value <= sure}
    outcome = next(_sold(contacts), None)
    return _of_habits(contacts, columns.of_outcome(outcome, apart), outcome, by_agent=False) if outcome else []


def _sold(contacts: Contacts) -> Iterator[str]:
    for outcome in SOLD:
        if outcome in contacts.outcomes and (contacts.outcomes[outcome] != UNKNOWN).any():
            yield outcome


def _base(contacts: Contacts, outcome: str) -> Rate:
    rows = contacts.first_of_customers(outcome)
    return rate(int(contacts.outcomes[outcome][rows].sum()), len(rows))
