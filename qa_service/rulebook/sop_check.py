"""What no single value of an SOP file shows: duplicate ids, references to nothing, an order without end."""

from collections.abc import Sequence

from qa_service.domain.condition import facts_named, steps_named
from qa_service.domain.sop import Sop
from qa_service.rulebook.fields import Section


def check_sop(top: Section, sop: Sop) -> None:
    """Raise InvalidSop for the first contradiction between the parts of an SOP."""
    if not sop.steps:
        raise top.error("`steps` must hold at least one step", "steps")
    _refuse_duplicates(top, "steps", [step.id for step in sop.steps])
    _refuse_duplicates(top, "obligations", [obligation.id for obligation in sop.obligations])
    _refuse_duplicates(top, "red_lines", [line.id for line in sop.red_lines])
    _refuse_duplicates(top, "facts", [fact.id for fact in sop.fact_values])
    _refuse_duplicates(top, "checks", [check.id for check in sop.checks])
    _refuse_duplicates(top, "branches", [branch.id for branch in sop.branches])
    _refuse_unknown_steps(top, sop)
    _refuse_unknown_parts(top, sop)
    _refuse_unknown_facts(top, sop)
    _refuse_circles(top, sop)


def _refuse_duplicates(top: Section, key: str, ids: Sequence[str]) -> None:
    for index, name in enumerate(ids):
        if name in ids[:index]:
            raise top.error(f"the id {name!r} stands twice in `{key}`", key, index)


def _refuse_unknown_steps(top: Section, sop: Sop) -> None:
    steps = {step.id for step in sop.steps}
    for index, pair in enumerate(sop.order):
        for name in (pair.before, pair.after):
            if name not in steps:
                raise top.error(f"`order` names the step {name!r}, which does not exist", "order", index)
    for index, obligation in enumerate(sop.obligations):
        if obligation.response_step is not None and obligation.response_step not in steps:
            reason = f"the response names the step {obligation.response_step!r}, which does not exist"
            raise top.error(reason, "obligations", index)


def _refuse_circles(top: Section, sop: Sop) -> None:
    after: dict[str, set[str]] = {step.id: set() for step in sop.steps}
    for pair in sop.order:
        after[pair.before].add(pair.after)
    for step in sop.steps:
        reached: set[str] = set()
        frontier = set(after[step.id])
        while frontier:
            reached |= frontier
            frontier = {following for name in frontier for following in after[name]} - reached
        if step.id in reached:
            raise top.error(f"`order` goes in a circle through {step.id!r}: no conversation could keep it", "order")


def _refuse_unknown_parts(top: Section, sop: Sop) -> None:
    """Conditions and branches name steps and other parts of the SOP that exist."""
    steps = {step.id for step in sop.steps}
    for index, check in enumerate(sop.checks):
        for condition in (check.condition, check.when):
            for name in steps_named(condition) - steps:
                raise top.error(f"a condition names the step {name!r}, which does not exist", "checks", index)
    known = {
        "steps": steps,
        "obligations": {obligation.id for obligation in sop.obligations},
        "red_lines": {line.id for line in sop.red_lines},
        "checks": {check.id for check in sop.checks},
    }
    for index, branch in enumerate(sop.branches):
        for name in steps_named(branch.when) - steps:
            raise top.error(f"`when` names the step {name!r}, which does not exist", "branches", index)
        for key, ids in known.items():
            for name in getattr(branch, key) - ids:
                raise top.error(f"`{key}` names {name!r}, which does not exist", "branches", index, key)


def _refuse_unknown_facts(top: Section, sop: Sop) -> None:
    """Conditions name facts that can be compared."""
    facts = {fact.id for fact in sop.fact_values}
    for index, check in enumerate(sop.checks):
        for name in sorted((facts_named(check.condition) | facts_named(check.when)) - facts):
            raise top.error(f"a condition names the fact {name!r}, which is no structured fact", "checks", index)
    for index, branch in enumerate(sop.branches):
        for name in sorted(facts_named(branch.when) - facts):
            raise top.error(f"`when` names the fact {name!r}, which is no structured fact", "branches", index)
