"""A step of the SOP is done: its turns are the matches.

{step: greeting}
holds: where the analysis finds the step done · does not: where it is missed or does not apply
"""

from qa_service.analyze.sop.checks.found import Found, Places, Reading, turn_matches
from qa_service.domain.condition import StepDone
from qa_service.domain.finding import StepStatus


def find_step(condition: StepDone, reading: Reading, _where: Places) -> Found:
    """As likely as the step is done."""
    step = reading.steps[condition.step]
    if step.status is StepStatus.NOT_APPLICABLE:
        return Found(0.0)
    return Found(step.p_done, turn_matches(reading.read.wholes, step.turns, step.p_done))
