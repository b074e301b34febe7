"""Which steps were done, where, and how near a missed one came."""

from collections.abc import Sequence

import numpy as np

from models.protocols import ActMatcher, Matrix
from qa_service.analyze.doubt import confidence, doubt
from qa_service.analyze.sop.acts import ActProbabilities
from qa_service.analyze.sop.keywords import mentioned
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.finding import ElementFinding, NearMiss, StepFinding, StepStatus
from qa_service.domain.sop import Sop, Step


def find_steps(
    read: Transcript, sop: Sop, acts: ActProbabilities, *, matcher: ActMatcher, judgement: Judgement
) -> tuple[StepFinding, ...]:
    """One finding for each step of the SOP, in its order."""
    searched = searchable(read, sop)
    begun = np.where(searched, acts.steps, 0.0)
    done = matcher.done(begun)
    findings = []
    for index, step in enumerate(sop.steps):
        if not _applies(read, step, acts, judgement):
            findings.append(_not_applicable(step, acts, judgement))
            continue
        findings.append(_finding(read, step, begun[:, index], float(done[index]), judgement=judgement))
    return tuple(
        _with_elements(step, finding, acts, searched[:, index : index + 1], matcher=matcher, judgement=judgement)
        for index, (step, finding) in enumerate(zip(sop.steps, findings, strict=True))
    )


def searchable(read: Transcript, sop: Sop) -> Matrix:
    """1 where a step may begin: `first_turns` counts moves from the start."""
    allowed = np.ones((len(read.move), len(sop.steps)))
    for index, step in enumerate(sop.steps):
        if step.first_turns is not None:
            late = [move is None or move >= step.first_turns for move in read.move]
            allowed[np.array(late, dtype=bool), index] = 0.0
    return allowed


def _applies(read: Transcript, step: Step, acts: ActProbabilities, judgement: Judgement) -> bool:
    if step.when is None:
        return True
    if bool((acts.conditions[step.id] >= judgement.detect_at["trigger"]).any()):
        return True
    return any(mentioned(read.texts[i].text, step.when.keywords) for i in read.turns_of(Speaker.CUSTOMER))


def _not_applicable(step: Step, acts: ActProbabilities, judgement: Judgement) -> StepFinding:
    sure = 1.0 - float(acts.conditions[step.id].max(initial=0.0))
    return StepFinding(step.id, StepStatus.NOT_APPLICABLE, (), p_done=0.0, **doubt(judgement, "step", sure))


def _finding(
    read: Transcript, step: Step, probabilities: Matrix, p_done: float, *, judgement: Judgement
) -> StepFinding:
    agent = read.turns_of(Speaker.AGENT)
    bound = judgement.detect_at["step"]
    best = max(agent, key=lambda i: (probabilities[i], -i), default=None)
    doubts = doubt(judgement, "step", max(p_done, 1.0 - p_done))
    if best is not None and p_done >= bound and probabilities[best] > 0.0:
        turns = tuple(i for i in agent if probabilities[i] >= bound or i == best)
        return StepFinding(step.id, StepStatus.DONE, turns, p_done=confidence(p_done), **doubts)
    near = NearMiss(best, confidence(probabilities[best])) if best is not None and probabilities[best] > 0 else None
    return StepFinding(
        step.id, StepStatus.MISSED, (), p_done=confidence(p_done), near_miss=near, searched=_range(read, step), **doubts
    )


def _range(read: Transcript, step: Step) -> tuple[int, int] | None:
    limit = step.first_turns
    inside = [i for i in read.turns_of(Speaker.AGENT) if limit is None or (read.move[i] or 0) < limit]
    return (inside[0], inside[-1]) if inside else None


def _with_elements(
    step: Step,
    finding: StepFinding,
    acts: ActProbabilities,
    searched: Matrix,
    *,
    matcher: ActMatcher,
    judgement: Judgement,
) -> StepFinding:
    """The step with its elements, which are looked for where the step is (`searched`: turns, 1)."""
    if not step.elements or finding.status is StepStatus.NOT_APPLICABLE:
        return finding
    probabilities = np.where(searched, acts.elements[step.id], 0.0)
    done = matcher.done(probabilities)
    elements = [_element(e.id, probabilities[:, i], float(done[i]), judgement) for i, e in enumerate(step.elements)]
    return _joined(finding, elements, judgement)


def _element(element_id: str, probabilities: Matrix, p_done: float, judgement: Judgement) -> ElementFinding:
    bound = judgement.detect_at["step"]
    best = int(probabilities.argmax())
    found = p_done >= bound and bool(probabilities[best] > 0.0)
    turns = tuple(i for i, p in enumerate(probabilities) if found and (p >= bound or i == best))
    return ElementFinding(element_id, found, turns, **doubt(judgement, "step", max(p_done, 1.0 - p_done)))


def _joined(finding: StepFinding, elements: Sequence[ElementFinding], judgement: Judgement) -> StepFinding:
    """A step with elements is done when one of them is; its points come from the elements, and so do doubts."""
    p_done = max(finding.p_done, *(one.confidence if one.done else 1.0 - one.confidence for one in elements))
    doubts = doubt(judgement, "step", max(p_done, 1.0 - p_done))
    turns = tuple(sorted({turn for element in elements for turn in element.turns} | set(finding.turns)))
    status = StepStatus.DONE if any(element.done for element in elements) else finding.status
    return StepFinding(
        id=finding.id,
        status=status,
        turns=turns if status is StepStatus.DONE else (),
        confidence=doubts["confidence"],
        p_done=confidence(p_done),
        near_miss=finding.near_miss if status is StepStatus.MISSED else None,
        searched=finding.searched if status is StepStatus.MISSED else None,
        elements=tuple(elements),
        unsure=doubts["unsure"] or any(one.unsure for one in elements),
    )
