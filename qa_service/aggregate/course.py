"""How many conversations keep the course of their SOP: steps in their place, skipped, out of it, and pairs swapped."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo

from qa_service.aggregate.groups import groups_of
from qa_service.aggregate.means import Moments
from qa_service.aggregate.tally import Tally
from qa_service.domain.analysis import Analysis
from qa_service.domain.coaching import Mean
from qa_service.domain.conformance import Conformance, conformance
from qa_service.domain.counted import CountRow
from qa_service.domain.finding import StepStatus
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.part_scope import PartScope
from qa_service.domain.sop import Sop
from qa_service.domain.weekly import Group

SopOf = Callable[[str, int], Sop | None]
What = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Fitness:
    """The mean share of steps in their place, in percent, under one SOP within one group."""

    sop: str
    dimension: str
    level: str
    mean: Mean


@dataclass(frozen=True, slots=True)
class Course:
    """How an SOP's course was kept; `what` of the counts is (sop, kind, id).

    Kinds: `skipped`, of conversations in which the step was due; `out_of_order`, of those in which it was done;
    `swapped`, of those in which both steps of an order pair were. `unknown` conversations name a version of an SOP that
    nobody has.
    """

    fitness: tuple[Fitness, ...]
    counts: tuple[CountRow, ...]
    unknown: int


def conformance_of(analysis: Analysis, sop: Sop) -> Conformance:
    """How a conversation keeps the course of the SOP that it was judged by.

    An order pair that stands the other way round and is no finding was excused: by a question of the customer, or by a
    person.
    """
    status = {step.id: step for step in analysis.steps}
    first = {step.id: step.turns[0] for step in analysis.steps if step.status is StepStatus.DONE and step.turns}
    found = {(order.before, order.after) for order in analysis.orders}
    course = [(pair.before, pair.after) for pair in sop.order]
    kept = [pair for pair in course if pair in found or not _reversed(pair, first)]
    due = [name for name in _owed(sop) if name in status and status[name].status is not StepStatus.NOT_APPLICABLE]
    return conformance(due, first, kept)


def count_course(judged: Iterable[JudgedConversation], sop_of: SopOf, zone: tzinfo, *, keep: int = 0) -> Course:
    """Count the courses of conversations, for all and by product, team, agent and week; doubtful ones are left out.

    `keep` conversations are listed behind each count.
    """
    counts = _Counts(keep)
    for pair in judged:
        analysis = pair.analysis
        if analysis.sop is None or analysis.sop_version is None or analysis.doubtful:
            continue
        sop = sop_of(analysis.sop, analysis.sop_version)
        if sop is None:
            counts.unknown += 1
            continue
        counts.add(pair, sop, zone)
    return counts.course()


@dataclass
class _Counts:
    keep: int
    unknown: int = 0
    fitness: dict[tuple[str, Group], Moments] = field(default_factory=lambda: defaultdict(Moments))
    tallies: dict[tuple[What, Group], Tally] = field(default_factory=dict)

    def add(self, pair: JudgedConversation, sop: Sop, zone: tzinfo) -> None:
        kept = conformance_of(pair.analysis, sop)
        happenings = list(_happenings(pair.analysis, sop, kept))
        for group in groups_of(pair, zone):
            if kept.fitness is not None:
                self.fitness[sop.id, group].add(100.0 * kept.fitness)
            for what, happened in happenings:
                tally = self.tallies.setdefault((what, group), Tally(self.keep))
                tally.add(pair.id, happened=happened)

    def course(self) -> Course:
        means = (Fitness(sop, *group, moments.mean()) for (sop, group), moments in self.fitness.items())
        rows = (CountRow(what, *group, tally.counted()) for (what, group), tally in self.tallies.items())
        return Course(
            fitness=tuple(sorted(means, key=lambda one: (one.sop, one.dimension, one.level))),
            counts=tuple(sorted(rows, key=lambda row: (row.dimension, row.level, row.what))),
            unknown=self.unknown,
        )


def _happenings(analysis: Analysis, sop: Sop, kept: Conformance) -> Iterator[tuple[What, bool]]:
    done = set(kept.steps) - set(kept.skipped)
    owed = set(_owed(sop))
    for step in kept.steps:
        if step in owed:
            yield (sop.id, "skipped", step), step not in done
        if step in done:
            yield (sop.id, "out_of_order", step), step in kept.out_of_order
    found = {(order.before, order.after) for order in analysis.orders}
    for pair in sop.order:
        if {pair.before, pair.after} <= done:
            yield (sop.id, "swapped", pair.id), (pair.before, pair.after) in found


def _reversed(pair: tuple[str, str], first: dict[str, int]) -> bool:
    before, after = pair
    return before in first and after in first and first[before] > first[after]


def _owed(sop: Sop) -> list[str]:
    """The steps that one conversation owes: what may be done in any contact of a journey is skipped in none."""
    return [step.id for step in sop.steps if step.required and step.scope is PartScope.CONVERSATION]
