"""Steps before the judge: done, missed, or not applicable where they are conditional.

A step with elements is asked element by element, and decided only when all of them are. One that the models hold not
applicable is not asked in that case, since its elements were not looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa_service.analyze.language_judge.case import Case
from qa_service.analyze.language_judge.claims import UNMEASURED, claim
from qa_service.analyze.language_judge.items import Decision, Decisions, Item, Option, wording_texts
from qa_service.domain.finding import ElementFinding, NearMiss, StepFinding, StepStatus
from qa_service.domain.sop import Sop, Step

DONE, MISSED, NOT_APPLICABLE = (status.value for status in StepStatus)


def step_items(case: Case, sop: Sop) -> Iterator[Item]:
    """The steps and elements that the judge is asked about."""
    for finding in case.analysis.steps:
        step = sop.step(finding.id)
        if not case.asks(finding):
            continue
        if not step.elements:
            yield Item(finding.key, _texts(step), _options(case, step))
        elif finding.elements:
            either = {DONE: Option(case.agent), MISSED: Option(case.agent)}
            for element in step.elements:
                texts = {"title": element.title, "description": element.description, **wording_texts(element.wording)}
                yield Item(f"{finding.key}/{element.id}", texts, either)


def judged_steps(case: Case, sop: Sop, decisions: Decisions) -> tuple[StepFinding, ...]:
    """The steps with what the judge decided in them."""
    return tuple(_judged(case, sop.step(finding.id), finding, decisions) for finding in case.analysis.steps)


def _texts(step: Step) -> dict[str, object]:
    texts = {"title": step.title, "description": step.description, **wording_texts(step.wording)}
    return texts | ({"only_when": wording_texts(step.when)} if step.when else {})


def _options(case: Case, step: Step) -> dict[str, Option]:
    searched = _searched(case, step)
    options = {DONE: Option(searched), MISSED: Option(searched)}
    return options | ({NOT_APPLICABLE: Option(case.customer)} if step.when else {})


def _searched(case: Case, step: Step) -> frozenset[int]:
    """The turns at which a step may be done."""
    limit, move = step.first_turns, case.read.move
    return frozenset(i for i in case.agent if limit is None or (move[i] or 0) < limit)


def _judged(case: Case, step: Step, finding: StepFinding, decisions: Decisions) -> StepFinding:
    if finding.elements:
        found = [decisions.get(f"{finding.key}/{element.id}") for element in finding.elements]
        decided = [decision for decision in found if decision is not None]
        return _of_elements(case, step, finding, decided) if len(decided) == len(found) else finding
    decision = decisions.get(finding.key)
    return _decided(case, step, finding, decision) if decision else finding


def _decided(case: Case, step: Step, finding: StepFinding, decision: Decision) -> StepFinding:
    status = StepStatus(decision.verdict)
    agrees = status is finding.status
    judged = replace(
        finding,
        status=status,
        turns=tuple(sorted(decision.turns)) if status is StepStatus.DONE else (),
        p_done=finding.p_done if agrees else UNMEASURED if status is not StepStatus.NOT_APPLICABLE else 0.0,
        **claim(finding, agrees=agrees),
    )
    return _explained(case, step, judged, near=decision.turns[0])


def _explained(case: Case, step: Step, judged: StepFinding, *, near: int) -> StepFinding:
    """A missed step names the turns searched and the nearest miss: the judge's, with the models' number if the same."""
    if judged.status is not StepStatus.MISSED:
        return replace(judged, near_miss=None, searched=None)
    searched, theirs = _searched(case, step), judged.near_miss
    return replace(
        judged,
        near_miss=theirs if theirs and theirs.turn == near else NearMiss(near, judged.p_done),
        searched=(min(searched), max(searched)) if searched else None,
    )


def _of_elements(case: Case, step: Step, finding: StepFinding, decisions: Sequence[Decision]) -> StepFinding:
    """A step with elements is done when one of them is, as the models have it."""
    elements = tuple(map(_element, finding.elements, decisions))
    status = StepStatus.DONE if any(element.done for element in elements) else StepStatus.MISSED
    agrees = [element.done for element in elements] == [element.done for element in finding.elements]
    agrees = agrees and status is finding.status
    judged = replace(
        finding,
        status=status,
        turns=tuple(sorted({turn for element in elements for turn in element.turns})),
        p_done=finding.p_done if agrees else UNMEASURED,
        elements=elements,
        **claim(finding, agrees=agrees),
    )
    return _explained(case, step, judged, near=decisions[0].turns[0])


def _element(element: ElementFinding, decision: Decision) -> ElementFinding:
    done = decision.verdict == DONE
    sure = element.confidence if done is element.done else UNMEASURED
    return ElementFinding(element.id, done, tuple(sorted(decision.turns)) if done else (), sure)
