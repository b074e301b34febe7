"""The acts an SOP asks to be recognised, in the words of its YAML, and their probabilities in a conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.protocols import ActMatcher, ActText, Matrix
from qa_service.analyze.sop.checks.compiled import compiled
from qa_service.analyze.transcript import Transcript
from qa_service.domain.condition import Act
from qa_service.domain.reason import Reason
from qa_service.domain.sop import RedLine, Sop
from qa_service.domain.wording import Wording

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
    checks: Mapping[Act, Matrix]


def match_acts(read: Transcript, sop: Sop, matcher: ActMatcher) -> ActProbabilities:
    """Match every act of an SOP against every turn, all at once; acts compete only within their own group."""
    groups = act_groups(sop)
    found = matcher.match(read.texts, [act for acts in groups.values() for act in acts])
    columns: dict[str, Matrix] = {}
    start = 0
    for name, acts in groups.items():
        columns[name] = found[:, start : start + len(acts)]
        start += len(acts)
    return ActProbabilities(
        steps=columns["steps"],
        elements={step.id: columns[f"elements/{step.id}"] for step in sop.steps if step.elements},
        conditions={step.id: columns[f"when/{step.id}"] for step in sop.steps if step.when is not None},
        triggers=columns["triggers"],
        responses=columns["responses"],
        red_lines=columns["red_lines"],
        checks={act: columns[f"checks/{number}"][:, 0] for number, act in enumerate(compiled(sop).acts)},
    )


def named_acts(sop: Sop) -> dict[str, list[tuple[str, ActText]]]:
    """The ids of steps, triggers, responses and own red lines, each with its act as it is matched; by kind of act."""
    groups = act_groups(sop)
    obligations = [obligation.id for obligation in sop.obligations]
    ids = {
        "steps": [step.id for step in sop.steps],
        "triggers": obligations,
        "responses": obligations,
        "red_lines": [line.id for line in sop.red_lines if not line.built_in],
    }
    kinds = {"steps": "step", "triggers": "trigger", "responses": "response", "red_lines": "red_line"}
    return {kinds[group]: list(zip(names, groups[group], strict=True)) for group, names in ids.items()}


def act_groups(sop: Sop) -> dict[str, list[ActText]]:
    """All acts of an SOP, by the group within which they compete for a turn."""
    groups = {
        "steps": step_acts(sop),
        "triggers": [_act("trigger", CUSTOMER, o.title, o.title, o.trigger) for o in sop.obligations],
        "responses": [_act("response", AGENT, o.title, o.title, o.response) for o in sop.obligations],
        "red_lines": red_line_acts([line for line in sop.red_lines if not line.built_in]),
    }
    groups |= {f"elements/{step.id}": _element_acts(sop, i) for i, step in enumerate(sop.steps) if step.elements}
    groups |= {f"when/{step.id}": [_condition(step.when)] for step in sop.steps if step.when is not None}
    groups |= {f"checks/{number}": [_sought_act(act)] for number, act in enumerate(compiled(sop).acts)}
    return {name: [replace(act, rivals=name) for act in acts] for name, acts in groups.items()}


def reason_acts(reasons: Sequence[Reason]) -> list[ActText]:
    """A company's own reasons as acts of the customer, which compete with each other."""
    acts = [_act("trigger", CUSTOMER, one.title, one.title, one.wording) for one in reasons]
    return [replace(act, rivals="reasons") for act in acts]


def red_line_acts(lines: Sequence[RedLine]) -> list[ActText]:
    """Red lines that no model has learnt."""
    acts = [_act("red_line", AGENT, line.title, line.description or line.title, line.wording) for line in lines]
    return [replace(act, rivals="red_lines") for act in acts]


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


def _sought_act(act: Act) -> ActText:
    customer = act.scope.speaker == CUSTOMER
    wording = Wording(act.examples, act.counter_examples, act.words)
    return _act("trigger" if customer else "response", CUSTOMER if customer else AGENT, act.act, act.act, wording)


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
