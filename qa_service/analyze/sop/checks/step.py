"""A step of the SOP is done: its turns are the matches.

{step: greeting}
holds: where the analysis finds the step done · does not: where it is missed or does not apply
"""

from qa_service.analyze.sop.checks.found import Found, Match, Places, Reading
from qa_service.domain.condition import StepDone
from qa_service.domain.finding import StepStatus


def find_step(condition: StepDone, reading: Reading, _where: Places) -> Found:
    """As likely as the step is done."""
    step = reading.steps[condition.step]
    if step.status is StepStatus.NOT_APPLICABLE:
        return Found(0.0)
    spans = [reading.read.wholes[turn] for turn in step.turns]
    return Found(step.p_done, tuple(Match(span, step.p_done) for span in spans if span is not None))
