"""The acts an SOP asks to be recognised, in the words of its YAML, and their probabilities in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.protocols import ActMatcher, ActText, Matrix
from qa_service.analyze.transcript import Transcript
from qa_service.domain.sop import Sop, Wording

AGENT, CUSTOMER = "agent", "customer"


@dataclass(frozen=True, slots=True)
class ActProbabilities:
    """P(turn performs act) for each group: (turns, acts of the group), columns in the SOP's order."""

    steps: Matrix
    elements: dict[str, Matrix]
    conditions: dict[str, Matrix]
    triggers: Matrix
    responses: Matrix
    red_lines: Matrix


def match_acts(read: Transcript, sop: Sop, matcher: ActMatcher) -> ActProbabilities:
    """Match every act of an SOP against every turn; acts compete only within their own group."""

    def matched(acts: Sequence[ActText]) -> Matrix:
        return matcher.match(read.texts, acts)

    own_lines = [line for line in sop.red_lines if not line.built_in]
    conditional = [step for step in sop.steps if step.when is not None]
    return ActProbabilities(
        steps=matched(step_acts(sop)),
        elements={step.id: matched(_element_acts(sop, index)) for index, step in enumerate(sop.steps) if step.elements},
        conditions={step.id: matched([_condition(step.when)]) for step in conditional if step.when is not None},
        triggers=matched([_act("trigger", CUSTOMER, o.title, o.title, o.trigger) for o in sop.obligations]),
        responses=matched([_act("response", AGENT, o.title, o.title, o.response) for o in sop.obligations]),
        red_lines=matched([_act("red_line", AGENT, r.title, r.description or r.title, r.wording) for r in own_lines]),
    )


def step_acts(sop: Sop) -> list[ActText]:
    """The steps, each with the place its position in the SOP suggests."""
    last = max(1, len(sop.steps) - 1)
    return [
        _act("step", AGENT, step.title, step.description, step.wording, place=index / last)
        for index, step in enumerate(sop.steps)
    ]


def _element_acts(sop: Sop, index: int) -> list[ActText]:
    place = index / max(1, len(sop.steps) - 1)
    elements = sop.steps[index].elements
    return [_act("step", AGENT, e.title, e.description, e.wording, place=place) for e in elements]


def _condition(wording: Wording) -> ActText:
    text = wording.examples[0] if wording.examples else "，".join(wording.keywords)
    return _act("trigger", CUSTOMER, text, text, wording)


def _act(
    kind: str, speaker: str, title: str, description: str, wording: Wording, *, place: float | None = None
) -> ActText:
    return ActText(
        kind=kind,
        speaker=speaker,
        title=title,
        description=description,
        examples=wording.examples,
        counter_examples=wording.counter_examples,
        keywords=wording.keywords,
        place=place,
    )
