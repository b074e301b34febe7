"""Steps over the contacts of a part: done once in the journey, or in each contact, as the SOP says."""

from collections.abc import Sequence
from dataclasses import replace

from qa_service.analyze.journey.joined import Joined, every, surest
from qa_service.domain.codebook import Judgement
from qa_service.domain.finding import ElementFinding, StepFinding, StepStatus
from qa_service.domain.journey import Contact, JourneyElement, JourneyStep, Seen
from qa_service.domain.part_scope import PartScope
from qa_service.domain.sop import Sop, Step


def join_steps(sop: Sop, part: Sequence[Contact], judgement: Judgement) -> tuple[JourneyStep, ...]:
    """One for each step of the SOP that was judged in any contact, in its order."""
    found = [_step(step, seen, judgement) for step in sop.steps if (seen := seen_steps(part, step.id))]
    return tuple(found)


def seen_steps(part: Sequence[Contact], step_id: str) -> list[Seen[StepFinding]]:
    """What was found about a step in each contact."""
    return [Seen(one.id, step) for one in part if one.analysis for step in one.analysis.steps if step.id == step_id]


def scored_step(step: JourneyStep) -> StepFinding:
    """The step as one finding, for the score."""
    shown = step.shown.finding
    elements = tuple(replace(e.shown.finding, done=e.done, confidence=e.confidence) for e in step.elements)
    return replace(
        shown, status=step.status, confidence=step.confidence, unsure=step.unsure, elements=elements, turns=()
    )


def _step(step: Step, seen: Sequence[Seen[StepFinding]], judgement: Judgement) -> JourneyStep:
    owed = [one for one in seen if one.finding.status is not StepStatus.NOT_APPLICABLE]
    if not owed:
        joined, status = every(seen, kind="step", judgement=judgement), StepStatus.NOT_APPLICABLE
    else:
        joined, status = _decided(step, owed, judgement)
    return JourneyStep(
        id=step.id,
        scope=step.scope,
        status=status,
        confidence=joined.confidence,
        unsure=joined.unsure,
        shown=joined.shown,
        contacts=tuple(seen),
        elements=tuple(_elements(step, owed)),
    )


def _decided(
    step: Step, owed: Sequence[Seen[StepFinding]], judgement: Judgement
) -> tuple[Joined[StepFinding], StepStatus]:
    done = [one for one in owed if one.finding.status is StepStatus.DONE]
    missed = [one for one in owed if one.finding.status is StepStatus.MISSED]
    if step.scope is PartScope.JOURNEY:
        if done:
            return surest(done), StepStatus.DONE
        nearest = max(missed, key=lambda one: one.finding.p_done)
        return every(missed, kind="step", judgement=judgement, shown=nearest), StepStatus.MISSED
    if missed:
        return surest(missed), StepStatus.MISSED
    return every(done, kind="step", judgement=judgement), StepStatus.DONE


def _elements(step: Step, owed: Sequence[Seen[StepFinding]]) -> list[JourneyElement]:
    joined = []
    for element in step.elements:
        seen = [Seen(s.conversation_id, e) for s in owed for e in s.finding.elements if e.id == element.id]
        if seen:
            joined.append(_element(element.id, seen, once=step.scope is PartScope.JOURNEY))
    return joined


def _element(element_id: str, seen: Sequence[Seen[ElementFinding]], *, once: bool) -> JourneyElement:
    """Found once is enough, or missing once is too much: what settles it is shown where it is there."""
    settling = [one for one in seen if one.finding.done is once]
    shown = max(settling or seen, key=lambda one: one.finding.confidence)
    return JourneyElement(element_id, once if settling else not once, shown.finding.confidence, shown)
